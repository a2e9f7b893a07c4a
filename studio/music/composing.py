"""A whole piece: key, tempo and chords are drawn from the seed, the mood's players play, the mix is mastered."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from studio.music.harmony import Chord, Key
from studio.music.mixing import dull, master, perform
from studio.music.moods import STYLES, Style
from studio.music.parts import Piece
from studio.music.score import Grid
from studio.music.waves import Wave


def compose(mood: str, seed: int, length: int, rate: int) -> Wave:
    """A piece of `length` samples, two channels between -1 and 1, about -16 LUFS. It comes home to its tonic shortly
    before the end and fades to silence. The same mood and seed give the same piece; another seed gives another key,
    tempo, progression and tune. Raises `KeyError` for a mood that is none of the four."""
    style = STYLES[mood]
    piece = write(style, abs(seed), np.random.default_rng([crc32(mood.encode()), abs(seed)]), length / rate)
    sound = perform(style.arrange(piece), piece.grid.beat, length, rate, style.hall_seconds)
    return master(dull(sound, rate) if style.dull else sound, rate)


def write(style: Style, seed: int, random: np.random.Generator, seconds: float) -> Piece:
    """What the players agree on. Neighbouring seeds never share both key and progression: chance would now and then."""
    key = Key(style.tonics[seed % len(style.tonics)], style.scale)
    grid = Grid.fitting(seconds, float(random.uniform(*style.tempo)))
    progression = style.progressions[(seed + seed // len(style.tonics)) % len(style.progressions)]
    roots = [progression[bar % len(progression)] for bar in range(grid.bars)]
    if grid.bars > 1:
        roots[-1] = style.cadence
    chords = tuple(Chord(key, root, style.chord_size) for root in (*roots, 0))
    return Piece(key, grid, chords, random, style.swing)
