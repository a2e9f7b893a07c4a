"""The four moods: keys, tempo, progressions, and who plays what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from studio.music import parts
from studio.music.harmony import MAJOR, MINOR
from studio.music.parts import Piece, Rhythm
from studio.music.score import Note

Arrange = Callable[[Piece], Iterator[Note]]


@dataclass(frozen=True, slots=True)
class Style:
    """How a mood is made. Progressions are chord roots by step of the scale, a bar each; `cadence` is the chord that
    leads home. `tempo` is in beats a minute, from and to."""

    tempo: tuple[int, int]
    scale: tuple[int, ...]
    tonics: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    cadence: int
    chord_size: int
    hall_seconds: float
    swing: float
    arrange: Arrange
    dull: bool = False


_QUARTERS: Rhythm = ((0, 1), (1, 0.8), (2, 0.9), (3, 0.8))
_EIGHTHS: Rhythm = tuple((count / 2, 1.0 if count % 2 == 0 else 0.55) for count in range(8))
_SIXTEENTHS: Rhythm = tuple((count / 4, (1.0, 0.45, 0.7, 0.45)[count % 4]) for count in range(16))


def calm(piece: Piece) -> Iterator[Note]:
    """Pad, a piano that breaks the chords, a low bass, a few bells."""
    pattern = ((0, 2, 3, 4, 3, 2), (0, 1, 2, 3, 2, 1), (0, 2, 4, 2, 3, 2, 1, 2))[int(piece.random.integers(3))]
    yield from parts.held(piece, "pad", 58, 0.5)
    yield from parts.broken(piece, "piano", 58, 0.5, pattern, 0.5)
    yield from parts.walk(piece, "bass", 39, 0.4, ((0, 1), (2.5, 0.6)), fifths=True)
    slow = (((0, 0.9), (2, 0.7)), ((0, 0.8), (1.5, 0.6), (3, 0.7)), ((1, 0.8), (2.5, 0.7)))
    yield from parts.melody(piece, "bell", 77, 0.38, slow, first=min(1, piece.intro))


def happy(piece: Piece) -> Iterator[Note]:
    """A plucked guitar, off-beat keys, a bouncing bass, hands, drums and a glockenspiel."""
    strum = ((0, 1), (1, 0.75), (1.5, 0.6), (2.5, 0.8), (3, 0.7), (3.5, 0.5))
    tunes = (
        ((0, 1), (0.5, 0.7), (1, 0.9), (2, 1), (3, 0.8)),
        ((0, 1), (1.5, 0.8), (2, 0.9), (2.5, 0.7), (3, 0.9)),
        ((0, 0.9), (1, 0.8), (1.5, 0.7), (2.5, 0.9), (3.5, 0.7)),
    )
    yield from parts.stabs(piece, "pluck", 64, 0.75, strum, 0.5)
    yield from parts.stabs(piece, "electric", 60, 0.4, ((0.5, 1), (1.5, 0.9), (2.5, 1), (3.5, 0.9)), 0.3)
    yield from parts.walk(piece, "bass", 43, 0.62, ((0, 1), (1.5, 0.7), (2, 0.9), (3, 0.8)), fifths=True)
    yield from parts.beat(piece, "kick", 30, 0.75, ((0, 1), (2, 0.95)), first=piece.intro)
    yield from parts.beat(piece, "clap", 60, 0.5, ((1, 1), (3, 1)), first=piece.intro, place=0.1)
    yield from parts.beat(piece, "hat", 60, 0.55, _EIGHTHS, first=0, place=-0.25)
    yield from parts.melody(piece, "bell", 79, 0.4, tunes, first=piece.intro)


def epic(piece: Piece) -> Iterator[Note]:
    """Strings that grow, a driving figure, low basses, large drums, horns."""
    figure = ((0, 1, 2, 1), (0, 2, 1, 2), (0, 0, 2, 1))[int(piece.random.integers(3))]
    calls = (((0, 1), (2, 0.9), (3, 0.8)), ((0, 1), (1.5, 0.8), (2, 1)), ((0, 0.9), (3, 0.8)))
    yield from parts.held(piece, "strings", 60, 0.45, growing=0.7)
    yield from parts.held(piece, "strings", 41, 0.35, growing=0.7)
    yield from parts.broken(piece, "spiccato", 55, 0.5, figure, 0.5)
    yield from parts.walk(piece, "bass", 34, 0.6, ((0, 1), (2, 0.8)), fifths=False)
    yield from parts.beat(piece, "taiko", 31, 0.8, ((0, 1), (1.5, 0.55), (2, 0.8), (3.5, 0.6)), first=piece.intro)
    yield from parts.melody(piece, "brass", 62, 0.5, calls, first=piece.intro)
    rise = min(4, piece.grid.end)
    yield Note("swell", piece.grid.end - rise, rise, 60, 0.6)
    yield Note("taiko", piece.grid.end, 1, 28, 1.0)


def lofi(piece: Piece) -> Iterator[Note]:
    """An electric piano with many-toned chords, a lazy beat, a round bass, a guitar now and then, an old record."""
    comping = (((0, 1), (2.5, 0.7)), ((0, 1), (1.5, 0.6), (3, 0.5)), ((0, 0.9), (2, 0.6), (3.5, 0.6)))
    licks = (
        ((0.5, 0.8), (1, 0.7), (2.5, 0.9)),
        ((1, 0.8), (1.5, 0.7), (3, 0.8)),
        ((0, 0.8), (2.5, 0.6), (3, 0.7), (3.5, 0.6)),
    )
    chosen = comping[int(piece.random.integers(len(comping)))]
    yield from parts.stabs(piece, "electric", 60, 0.75, chosen, 1.6)
    yield from parts.walk(piece, "bass", 38, 0.6, ((0, 1), (1.5, 0.6), (2.5, 0.8)), fifths=True)
    yield from parts.beat(piece, "kick", 29, 0.75, ((0, 1), (1.75, 0.6), (2.5, 0.85)), first=piece.intro)
    yield from parts.beat(piece, "snare", 60, 0.42, ((1, 1), (3, 1)), first=piece.intro, place=0.05)
    yield from parts.beat(piece, "hat", 60, 0.24, _EIGHTHS, first=0, place=-0.2)
    yield from parts.melody(piece, "pluck", 72, 0.6, licks, first=piece.intro)
    yield Note("crackle", 0, piece.grid.end + 3 / piece.grid.beat, int(piece.random.integers(99)), 0.4)


STYLES: Mapping[str, Style] = {
    "calm": Style(
        (64, 78),
        MAJOR,
        (60, 62, 65, 67),
        ((0, 4, 5, 3), (0, 5, 3, 4), (0, 2, 3, 4), (3, 0, 4, 5)),
        4,
        3,
        2.6,
        0.0,
        calm,
    ),
    "happy": Style(
        (108, 124),
        MAJOR,
        (60, 62, 65, 67),
        ((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 1, 4), (0, 3, 1, 4)),
        4,
        3,
        0.9,
        0.0,
        happy,
    ),
    "epic": Style(
        (84, 100),
        MINOR,
        (57, 60, 62, 64),
        ((0, 5, 2, 6), (0, 3, 5, 6), (0, 6, 5, 6), (0, 2, 5, 6)),
        6,
        3,
        3.0,
        0.0,
        epic,
    ),
    "lofi": Style(
        (70, 84),
        MAJOR,
        (58, 60, 63, 65),
        ((1, 4, 0, 5), (3, 2, 1, 0), (0, 5, 1, 4), (5, 1, 4, 0)),
        4,
        5,
        1.2,
        0.14,
        lofi,
        dull=True,
    ),
}
