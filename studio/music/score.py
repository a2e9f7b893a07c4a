"""What is to be played: notes on a time line of bars that ends when the video ends."""

from __future__ import annotations

from dataclasses import dataclass

BEATS = 4
"""Beats in a bar."""

TAIL_SECONDS = 3.2
"""The last chord rings so long, or for a quarter of a short piece."""


@dataclass(frozen=True, slots=True)
class Note:
    """One tone of one voice. `start` and `length` are in beats, `strength` is 0 to 1, `place` is -1 (left) to 1."""

    voice: str
    start: float
    length: float
    pitch: float
    strength: float
    place: float = 0.0


@dataclass(frozen=True, slots=True)
class Grid:
    """So many bars, then one last chord at beat `end`. `beat` is the length of a beat in seconds."""

    bars: int
    beat: float

    @classmethod
    def fitting(cls, seconds: float, tempo: float) -> Grid:
        """The grid whose last chord falls right before the end, at about `tempo` beats a minute."""
        body = max(0.5, seconds - min(TAIL_SECONDS, seconds / 4))
        bars = max(1, round(body * tempo / 60 / BEATS))
        return cls(bars, body / bars / BEATS)

    @property
    def end(self) -> int:
        """The beat of the last chord."""
        return self.bars * BEATS
