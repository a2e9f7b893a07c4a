"""A picture laid out for the camera: scaled once, with its backdrop, so that a frame costs one warp."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.render.backdrops import compose
from studio.render.framing import Box, Layout, Window
from studio.render.pictures import Picture
from studio.render.planes import Plane, Planes, copy, from_rgb

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True)
class Canvas:
    """What the camera can see of a shot: `area` in units, drawn on `planes`."""

    planes: Planes
    area: Box

    def show(self, window: Window, target: Planes) -> None:
        """Draw what is in the window, to fractions of a pixel."""
        across = _Axis.of(window.x - self.area.x, window.size, self.planes.size[0] / self.area.width, target.size[0])
        down = _Axis.of(window.y - self.area.y, window.size, self.planes.size[1] / self.area.height, target.size[1])
        if across.is_identity and down.is_identity and self.planes.size == target.size:
            copy(self.planes, target)
            return
        _warp(self.planes.y, across, down, target.y)
        for plane, into in zip(self.planes[1:], target[1:], strict=True):
            _warp(plane, across.of_colour(), down.of_colour(), into)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where on the canvas the pixels of a frame lie, in one direction: pixel i at `first + i * step`."""

    first: float
    step: float

    @classmethod
    def of(cls, start: float, length: float, pixels_a_unit: float, pixels: int) -> _Axis:
        step = length * pixels_a_unit / pixels
        return cls(start * pixels_a_unit + step / 2 - 0.5, step)

    @property
    def is_identity(self) -> bool:
        return abs(self.first) < 1e-6 and abs(self.step - 1) < 1e-9

    def of_colour(self) -> _Axis:
        """The same for the smaller planes, whose samples lie between two pixels."""
        return _Axis((self.step / 2 + self.first - 0.5) / 2, self.step)


def paint(picture: Picture, layout: Layout, area: Box, size: tuple[int, int], *, exactly: bool) -> Canvas:
    """Draw the `area` (in units) of a laid out picture with `size` pixels (even numbers)."""
    cut = picture.cut_exactly if exactly else picture.cut
    if not layout.backdrop:
        return Canvas(from_rgb(cut(_within(area, layout.picture), size)), area)
    left, top, width, height = pixels_of(_within(layout.picture, area), size)
    return Canvas(compose(from_rgb(cut(Box(0, 0, 1, 1), (width, height))), size, left, top), area)


def pixels_of(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of a box in units, in even numbers of pixels."""
    return _even(box.x * size[0]), _even(box.y * size[1]), _even(box.width * size[0]), _even(box.height * size[1])


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _within(box: Box, whole: Box) -> Box:
    """A box as shares of another one."""
    return Box(
        (box.x - whole.x) / whole.width,
        (box.y - whole.y) / whole.height,
        box.width / whole.width,
        box.height / whole.height,
    )


def _warp(source: Plane, across: _Axis, down: _Axis, target: Plane) -> None:
    matrix = np.array([[across.step, 0, across.first], [0, down.step, down.first]])
    size = (target.shape[1], target.shape[0])
    cv2.warpAffine(source, matrix, size, dst=target, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)
