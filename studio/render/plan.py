"""What to render, as plain values: shots in order, titles over them, sound beneath."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal


class Motion(StrEnum):
    """How the camera moves over a shot. `END_FRAME` moves so that the last frame is the whole picture, untouched."""

    STILL = "still"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    PAN_UP = "pan_up"
    PAN_DOWN = "pan_down"
    END_FRAME = "end_frame"


class Transition(StrEnum):
    """How a shot goes over into the next one. `FADE` passes through black, `DISSOLVE` is a cross-fade."""

    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"
    SLIDE = "slide"
    WIPE = "wipe"


class Fit(StrEnum):
    """How a picture of another shape fills the frame: `CROP` cuts its edges, `BLUR` shows all of it before a blurred
    backdrop of itself, `SMART` crops where little is lost and blurs elsewhere."""

    SMART = "smart"
    BLUR = "blur"
    CROP = "crop"


class Place(StrEnum):
    """Where a caption stands."""

    CENTER = "center"
    TOP = "top"
    BOTTOM = "bottom"


class Mood(StrEnum):
    """The four kinds of music that can be made."""

    CALM = "calm"
    HAPPY = "happy"
    EPIC = "epic"
    LOFI = "lofi"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture or video on the timeline.

    `seconds` is how long it is seen, transitions included. `transition` leads into the next shot and lasts `overlap`
    seconds, during which both are seen (none for `CUT`, none after the last shot, at most half of either shot).
    `trim_start` is where a video begins; one that is shorter than `seconds` holds its last frame.
    """

    source: Path
    seconds: float
    motion: Motion = Motion.STILL
    transition: Transition = Transition.CUT
    overlap: float = 0.5
    fit: Fit = Fit.SMART
    kind: Literal["image", "video"] = "image"
    trim_start: float = 0.0


@dataclass(frozen=True, slots=True)
class Caption:
    """A title, shown from `start` to `end` (seconds of the finished video), fading in and out. Long text is wrapped."""

    text: str
    start: float
    end: float
    place: Place = Place.CENTER


@dataclass(frozen=True, slots=True)
class Music:
    """Music made for this video. `volume` is 0 to 1; the same `seed` gives the same piece."""

    mood: Mood
    volume: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio file (or a video's sound track), repeated or cut to the video's length. `volume` is 0 to 1."""

    source: Path
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole video: `width` and `height` are even numbers of pixels, `fps` whole frames a second.

    It lasts as long as its shots together, less their overlaps. Raises `ValueError` for what cannot be a video.
    """

    width: int
    height: int
    fps: int = 30
    shots: tuple[Shot, ...] = ()
    captions: tuple[Caption, ...] = ()
    sound: Music | Sound | None = None

    def __post_init__(self) -> None:
        if self.width < 16 or self.height < 16 or self.width % 2 or self.height % 2:
            raise ValueError(f"frame of {self.width}x{self.height}: even numbers from 16 on are needed")
        if not 1 <= self.fps <= 120:
            raise ValueError(f"{self.fps} frames a second")
        if not self.shots:
            raise ValueError("no shots")
        if shortest := [shot.seconds for shot in self.shots if not shot.seconds * self.fps >= 1]:
            raise ValueError(f"a shot of {shortest[0]} s")

    @property
    def overlaps(self) -> tuple[float, ...]:
        """The seconds that each shot really shares with its successor; the last one shares none."""
        pairs = zip(self.shots, self.shots[1:], strict=False)
        return (*(_shared(shot, following) for shot, following in pairs), 0.0)

    @property
    def seconds(self) -> float:
        """How long the video lasts."""
        return sum(shot.seconds for shot in self.shots) - sum(self.overlaps)

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        return max(1, round(self.seconds * self.fps))


def facts(part: Shot | Caption | Music | Sound) -> tuple[object, ...]:
    """What a part of a plan consists of, for comparing and naming: 2 and 2.0 seconds are the same."""
    return tuple(float(value) if isinstance(value, int) else value for value in astuple(part))


def _shared(shot: Shot, following: Shot) -> float:
    if shot.transition is Transition.CUT:
        return 0.0
    return max(0.0, min(shot.overlap, shot.seconds / 2, following.seconds / 2))
