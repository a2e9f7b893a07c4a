"""What is known of a video once it has been looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """The facts of a playable video.

    `width` and `height` are what a player shows: turned upright, with square pixels. `audio_codec` is None for a silent
    video. `size` is in bytes. `fast_start`: a player can begin before it has the whole file. `fps` is the average.
    """

    width: int
    height: int
    seconds: float
    video_codec: str
    audio_codec: str | None
    size: int
    fast_start: bool
    fps: float
