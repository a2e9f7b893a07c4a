"""Shots of one picture: decoded once, then a camera moving over it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from studio.render.canvases import Canvas, paint
from studio.render.framing import AT_REST, Box, Layout, Window, between, lay_out, pace, seen, travel
from studio.render.pictures import read, read_size
from studio.render.plan import Motion, Shot
from studio.render.planes import Planes, empty

OVERSAMPLE = 1.3
"""A canvas has so many pixels for one of the closest view: less, and slow motion pulses between sharp and soft."""

SETTLING = 0.9
"""From this size of the window on, an end frame is blended over into the picture scaled for the frame itself."""


@dataclass(frozen=True, slots=True)
class Still:
    """A picture and the camera's way over it. `resting` is the picture at rest, scaled for exactly that."""

    motion: Motion
    start: Window
    end: Window
    moving: Canvas | None
    resting: Canvas | None

    def draw(self, frame: int, frames: int, fps: int, target: Planes) -> None:
        """Draw one of the shot's `frames`."""
        window = between(self.start, self.end, pace(self.motion, frame, frames, fps))
        share = _settled(window) if self.moving else 1.0
        if self.moving is not None and (share == 0 or self.resting is None):
            self.moving.show(window, target)
        elif self.resting is not None:
            self.resting.show(window, target)
            if self.moving is not None and share < 1:
                _mix(self.moving, window, share, target)


def load(shot: Shot, size: tuple[int, int]) -> Still:
    """Decode a shot's picture for frames of this size. Raises `SourceUnreadable`."""
    pixels = read_size(shot.source)
    layout = lay_out(pixels, size, shot.fit, shot.motion)
    start, end = travel(layout, shot.motion, shot.seconds)
    area = seen(start, end)
    scale = _scale(pixels, layout, size, min(start.size, end.size))
    wanted = (layout.picture.width * size[0] * scale, layout.picture.height * size[1] * scale)
    picture = read(shot.source, wanted)
    moving = resting = None
    if shot.motion is not Motion.STILL:
        drawn = (_even(area.width * size[0] * scale), _even(area.height * size[1] * scale))
        moving = paint(picture, layout, area, drawn, exactly=False)
    if shot.motion in (Motion.STILL, Motion.END_FRAME):
        resting = paint(picture, layout, Box(0, 0, 1, 1), size, exactly=True)
    return Still(shot.motion, start, end, moving, resting)


def _scale(pixels: tuple[int, int], layout: Layout, size: tuple[int, int], closest: float) -> float:
    """Canvas pixels for one of the frame: as many as the picture has, but neither wasteful nor coarse."""
    own = pixels[0] / (layout.picture.width * size[0])
    return min(OVERSAMPLE / closest, max(own, 1 / closest))


def _settled(window: Window) -> float:
    share = max(0.0, (window.size - SETTLING) / (AT_REST.size - SETTLING))
    return share * share * (3 - 2 * share)


def _mix(canvas: Canvas, window: Window, share: float, target: Planes) -> None:
    other = empty(*target.size)
    canvas.show(window, other)
    for plane, into in zip(other, target, strict=True):
        cv2.addWeighted(into, share, plane, 1 - share, 0, dst=into)


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))
