"""The things that a storyboard is made of: boxes, texts and clips at their places, and how they cross to a child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

WIDE_ENOUGH: Final = 20
"""A clip narrower than this, in pixels, shows nothing that could be recognised."""


class Tone(StrEnum):
    """What a colour is for; which one it is, whoever draws decides."""

    TEXT = "text"
    MUTED = "muted"
    FAINT = "faint"
    ACCENT = "accent"
    STILL = "still"
    TITLE = "title"
    AUDIO = "audio"
    OTHER = "other"


class Align(StrEnum):
    """Which end of a text stands at its place."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle with round corners."""

    x: int
    y: int
    width: int
    height: int
    tone: Tone
    radius: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of the video's frame, to show its shape."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text on the baseline `y`, shortened to `room`."""

    x: int
    y: int
    room: int
    text: str
    size: int = 44
    tone: Tone = Tone.TEXT
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Still:
    """A clip, shown by the picture of its `source`, or by the symbol `stand_in` where there is none. `film` marks what
    moves, `number` tells which clips these are ("3", "12–16"); empty where there is no room for it."""

    x: int
    y: int
    width: int
    height: int
    source: str
    stand_in: str
    film: bool = False
    number: str = ""


Mark = Box | Outline | Label | Still

_KINDS: Final[Mapping[str, type[Mark]]] = {kind.__name__: kind for kind in (Box, Outline, Label, Still)}


def encode(mark: Mark) -> list[Any]:
    """A mark as JSON: its kind, and its fields in order."""
    return [type(mark).__name__, *(getattr(mark, name) for name in mark.__slots__)]


def decode(facts: Sequence[Any]) -> Mark:
    """The mark that `encode` wrote; its enums are plain strings of the same value."""
    kind, *fields = facts
    return _KINDS[kind](*fields)


@dataclass(frozen=True, slots=True)
class Board:
    """A picture to be drawn: `marks` in the order of drawing."""

    width: int
    height: int
    marks: tuple[Mark, ...]

    def sources(self, most: int) -> tuple[str, ...]:
        """The sources whose pictures are worth having; where there are more than `most`, so many from all over it."""
        stills = (mark for mark in self.marks if isinstance(mark, Still) and mark.width >= WIDE_ENOUGH)
        found = list(dict.fromkeys(still.source for still in stills if still.source))
        if len(found) <= most:
            return tuple(found)
        return tuple(found[number * len(found) // most] for number in range(most))
