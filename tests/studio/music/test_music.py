"""Music of the studio: as long as it has to be, in tune, in its mood, and another piece for another seed."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from studio.music import compose
from studio.music.composing import write
from studio.music.mixing import CEILING, loudness, master
from studio.music.moods import STYLES

RATE = 24_000
MOODS = sorted(STYLES)


def composed(mood: str, seed: int = 1, seconds: float = 12) -> np.ndarray:
    return compose(mood, seed, round(seconds * RATE), RATE)


made = cache(composed)  # many tests listen to the same piece


def colour(sound: np.ndarray) -> np.ndarray:
    """How its power is spread over the octaves, in decibels."""
    power = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
    pitch = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
    edges = [40 * 2**octave for octave in range(9)]
    bands = [power[(pitch >= low) & (pitch < 2 * low)].sum() for low in edges]
    return np.asarray(10 * np.log10(np.array(bands) / power.sum() + 1e-9))


def tones(sound: np.ndarray) -> np.ndarray:
    """How much of each of the twelve tones is heard."""
    power = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
    pitch = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
    heard = (pitch > 60) & (pitch < 1500)
    classes = np.round(69 + 12 * np.log2(pitch[heard] / 440)).astype(int) % 12
    share = np.bincount(classes, power[heard], 12)
    return share / np.linalg.norm(share)


def onsets(sound: np.ndarray) -> int:
    """How many notes begin, roughly: sudden rises of the level above 200 Hz."""
    bright = np.diff(sound.mean(axis=0), prepend=0)
    frames = np.sqrt(np.mean(bright[: bright.size // 480 * 480].reshape(-1, 480) ** 2, axis=1))
    rises = np.diff(20 * np.log10(frames + 1e-5))
    return int(np.count_nonzero((rises[1:] > 3) & (rises[:-1] <= 3)))


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("seconds", [1, 4, 12])
def test_music_is_as_long_as_it_has_to_be_and_never_clips(mood: str, seconds: float) -> None:
    sound = made(mood, seconds=seconds)
    assert sound.shape == (2, seconds * RATE)
    assert 0.1 < np.abs(sound).max() <= CEILING
    assert loudness(sound, RATE) == pytest.approx(-16, abs=1.5)


@pytest.mark.parametrize("mood", MOODS)
def test_music_begins_and_ends_in_silence_and_does_not_click(mood: str) -> None:
    sound = made(mood)
    assert np.abs(sound[:, 0]).max() < 0.01
    assert np.abs(sound[:, -RATE // 50 :]).max() < 0.01
    jumps = np.abs(np.diff(sound, n=2))  # a click is a corner: far sharper than any drum
    assert jumps.max() < 0.5


def test_the_same_seed_gives_the_same_piece_and_another_seed_another_one() -> None:
    for mood in MOODS:
        assert np.array_equal(made(mood, 3, 8), composed(mood, 3, 8))
        pieces = [tones(made(mood, seed, 8)) for seed in range(4)]
        for one, other in combinations(range(4), 2):
            assert float(pieces[one] @ pieces[other]) < 0.97, (mood, one, other)


def test_the_four_moods_are_clearly_different() -> None:
    pieces = {mood: made(mood) for mood in MOODS}
    for one, other in combinations(MOODS, 2):
        apart = np.abs(colour(pieces[one]) - colour(pieces[other]))
        assert apart.max() > 6, (one, other)
    assert onsets(pieces["happy"]) > 1.5 * onsets(pieces["calm"])


@pytest.mark.parametrize("mood", MOODS)
def test_a_piece_has_voices_chords_a_cadence_and_an_end_on_its_tonic(mood: str) -> None:
    piece = write(STYLES[mood], 5, np.random.default_rng(5), 20)
    notes = list(STYLES[mood].arrange(piece))
    assert len({note.voice for note in notes}) >= 4
    assert len({chord.root for chord in piece.chords}) >= 3
    assert piece.chords[-2].root == STYLES[mood].cadence
    assert piece.last.root == 0
    last = [note for note in notes if note.start >= piece.grid.end and note.voice not in {"taiko", "swell", "crackle"}]
    members = {piece.key.pitch(degree) % 12 for degree in piece.last.degrees}
    assert len({note.voice for note in last}) >= 3
    assert all(int(note.pitch) % 12 in members for note in last)
    assert 1 <= (20 - piece.grid.end * piece.grid.beat) <= 4


@pytest.mark.parametrize("mood", MOODS)
def test_every_note_belongs_to_the_key(mood: str) -> None:
    piece = write(STYLES[mood], 2, np.random.default_rng(2), 30)
    scale = {(piece.key.tonic + step) % 12 for step in piece.key.scale}
    drums = {"kick", "snare", "clap", "hat", "taiko", "swell", "crackle"}
    strange = [
        note for note in STYLES[mood].arrange(piece) if note.voice not in drums and int(note.pitch) % 12 not in scale
    ]
    assert not [note for note in strange if note.voice != "bass"]  # the bass may play a fifth that is none of the scale


def test_peaks_are_turned_down_and_not_cut() -> None:
    time = np.arange(4 * RATE) / RATE
    quiet = 0.05 * np.sin(2 * np.pi * 220 * time)
    beats = np.exp(-((time % 1.0 - 0.5) ** 2) / 2e-5) * np.sin(2 * np.pi * 440 * time)
    sound = master(np.stack([quiet + beats] * 2).astype(np.float32), RATE)
    assert 0.7 * CEILING < np.abs(sound).max() <= CEILING
    flat = np.abs(sound[0]) > CEILING * 0.9999
    assert not np.any(flat[2:] & flat[1:-1] & flat[:-2])  # a cut peak is a plateau


def test_a_mood_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        compose("grumpy", 1, RATE, RATE)
