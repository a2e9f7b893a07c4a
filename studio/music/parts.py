"""What a player does with a chord progression: hold it, break it, walk below it, sing above it, beat time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from studio.music.harmony import STEPS, Chord, Key
from studio.music.score import BEATS, Grid, Note

Rhythm = Sequence[tuple[float, float]]
"""Beats of a bar at which something sounds, and how strongly."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What all players agree on. `chords` has one for every bar, and the last one, which ends the piece. `swing` delays
    every other half beat by that share of a beat."""

    key: Key
    grid: Grid
    chords: tuple[Chord, ...]
    random: np.random.Generator
    swing: float = 0.0

    @property
    def intro(self) -> int:
        """The bars before everybody plays."""
        return min(2, self.grid.bars // 4)

    @property
    def last(self) -> Chord:
        """The chord on which it ends."""
        return self.chords[-1]

    def bars(self, first: int = 0) -> Iterator[tuple[int, Chord]]:
        """Every bar from `first` on, by its first beat, with its chord."""
        for bar in range(first, self.grid.bars):
            yield bar * BEATS, self.chords[bar]

    def growth(self, beat: float) -> float:
        """How far the piece has grown, from 0 at its beginning to 1 at its end."""
        return min(1.0, beat / max(1, self.grid.end))

    def swung(self, beat: float) -> float:
        """The beat as it is played."""
        return beat + self.swing if round(beat * 2) % 2 and abs(beat * 2 - round(beat * 2)) < 1e-6 else beat

    def lively(self, strength: float) -> float:
        """A strength as a hand would give it."""
        return float(np.clip(strength * (1 + self.random.integers(-1, 2) * 0.12), 0.05, 1))


def held(piece: Piece, voice: str, centre: int, strength: float, *, growing: float = 0.0) -> Iterator[Note]:
    """Every chord for as long as it lasts, spread from left to right; the last one rings."""
    for beat, chord in piece.bars():
        loud = strength * (1 + growing * piece.growth(beat))
        yield from _spread(chord.voiced(centre), voice, beat, BEATS - 0.1, min(1.0, loud))
    yield from _spread(piece.last.voiced(centre), voice, piece.grid.end, 2.5 / piece.grid.beat, strength)


def broken(
    piece: Piece, voice: str, centre: int, strength: float, pattern: Sequence[int], step: float
) -> Iterator[Note]:
    """Every chord note by note: `pattern` counts the tones of a chord from below, on and on into higher octaves."""
    for beat, chord in piece.bars():
        tones = chord.voiced(centre)
        for count in range(round(BEATS / step)):
            octave, tone = divmod(pattern[count % len(pattern)], len(tones))
            at = piece.swung(beat + count * step)
            loud = piece.lively(strength * (1.0 if count % 4 == 0 else 0.78))
            yield Note(voice, at, step * 2.5, tones[tone] + 12 * octave, loud, -0.3 + 0.15 * (count % 5))
    yield from rolled(piece, voice, centre, strength)


def rolled(piece: Piece, voice: str, centre: int, strength: float) -> Iterator[Note]:
    """The last chord, from below, one note after the other."""
    tones = (*piece.last.voiced(centre), piece.key.pitch(piece.last.root + STEPS))
    for count, pitch in enumerate(sorted(tones)):
        yield Note(voice, piece.grid.end + count * 0.07, 3 / piece.grid.beat, pitch, strength, -0.3 + 0.2 * count)


def stabs(piece: Piece, voice: str, centre: int, strength: float, rhythm: Rhythm, length: float) -> Iterator[Note]:
    """Every chord at certain beats of the bar."""
    for beat, chord in piece.bars():
        for offset, accent in rhythm:
            yield from _spread(chord.voiced(centre), voice, piece.swung(beat + offset), length, strength * accent)
    yield from _spread(piece.last.voiced(centre), voice, piece.grid.end, 2.5 / piece.grid.beat, strength)


def walk(piece: Piece, voice: str, centre: int, strength: float, rhythm: Rhythm, *, fifths: bool) -> Iterator[Note]:
    """The roots below, now and then the fifth."""
    for beat, chord in piece.bars():
        root = chord.bass(centre)
        for count, (offset, accent) in enumerate(rhythm):
            following = rhythm[count + 1][0] if count + 1 < len(rhythm) else BEATS
            pitch = root + 7 if fifths and count == len(rhythm) - 1 and piece.random.random() < 0.6 else root
            yield Note(voice, piece.swung(beat + offset), (following - offset) * 0.9, pitch, strength * accent)
    yield Note(voice, piece.grid.end, 2.2 / piece.grid.beat, piece.last.bass(centre), strength)


def melody(
    piece: Piece, voice: str, centre: int, strength: float, rhythms: Sequence[Rhythm], *, first: int
) -> Iterator[Note]:
    """A tune: a motif, the motif again on another chord, an answer, and home to the tonic at the end."""
    motifs = [_motif(piece, rhythms) for _ in range(2)]
    degree = _degree_near(piece.key, centre)
    home = degree
    for bar, (beat, chord) in enumerate(piece.bars(first)):
        degree = chord.closest(home + (degree - home) // 2)  # it may stray, but not out of its register
        for offset, length, move, accent in motifs[1 if bar % 4 == 2 else 0]:
            degree = chord.closest(degree + move) if offset == int(offset) else degree + move
            at = piece.swung(beat + offset)
            yield Note(voice, at, length, piece.key.pitch(degree), piece.lively(strength * accent), 0.15)
    if first < piece.grid.bars:
        tonic = piece.last.closest(degree - degree % STEPS if degree % STEPS < 4 else degree + STEPS - degree % STEPS)
        yield Note(voice, piece.grid.end, 2.5 / piece.grid.beat, piece.key.pitch(tonic), strength, 0.15)


def beat(
    piece: Piece, voice: str, pitch: float, strength: float, rhythm: Rhythm, *, first: int, place: float = 0.0
) -> Iterator[Note]:
    """A drum that repeats its bar, and stops before the last chord."""
    for start, _ in piece.bars(first):
        for offset, accent in rhythm:
            yield Note(voice, piece.swung(start + offset), 0.5, pitch, piece.lively(strength * accent), place)


def _motif(piece: Piece, rhythms: Sequence[Rhythm]) -> list[tuple[float, float, int, float]]:
    """Offset, length, steps from the note before, accent."""
    rhythm = rhythms[int(piece.random.integers(len(rhythms)))]
    ends = [*(offset for offset, _ in rhythm[1:]), float(BEATS)]
    moves = [0, *(int(piece.random.choice((-2, -1, -1, 1, 1, 2))) for _ in rhythm[1:])]
    return [
        (offset, (end - offset) * 0.95, move, accent)
        for (offset, accent), end, move in zip(rhythm, ends, moves, strict=True)
    ]


def _degree_near(key: Key, pitch: int) -> int:
    return min(range(-14, 22), key=lambda degree: abs(key.pitch(degree) - pitch))


def _spread(pitches: Sequence[int], voice: str, start: float, length: float, strength: float) -> Iterator[Note]:
    for count, pitch in enumerate(pitches):
        place = (count / max(1, len(pitches) - 1) - 0.5) * 0.9
        yield Note(voice, start, length, pitch, strength / len(pitches) ** 0.5, place)
