"""Pixels as a video stores them: a plane of brightness, two of colour with half the pixels each way (BT.709, limited
range). A sample of colour lies amid the four of brightness that it belongs to."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Rgb = NDArray[np.uint8]

BLACK, WHITE, NEUTRAL = 16, 235, 128

_TO_LUMA = np.array([[0.2126, 0.7152, 0.0722]]) * 219 / 255
_TO_BLUE = np.array([[-0.2126, -0.7152, 0.9278]]) / 1.8556 * 224 / 255
_TO_RED = np.array([[0.7874, -0.7152, -0.0722]]) / 1.5748 * 224 / 255
_FROM_RGB = np.hstack([np.vstack([_TO_LUMA, _TO_BLUE, _TO_RED]), [[BLACK], [NEUTRAL], [NEUTRAL]]]).astype(np.float32)


class Planes(NamedTuple):
    """One picture. `u` and `v` have half of `y`'s width and height."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.shape[1], self.y.shape[0]


def from_rgb(picture: Rgb) -> Planes:
    """The planes of a picture with even width and height."""
    y, blue, red = cv2.split(cv2.transform(picture, _FROM_RGB))
    return Planes(_plane(y), _halved(blue), _halved(red))


def empty(width: int, height: int) -> Planes:
    """Planes to be written to."""
    half = (height // 2, width // 2)
    return Planes(np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8))


def copy(source: Planes, target: Planes) -> None:
    """Write `source` over `target`, which has the same size."""
    for plane, into in zip(source, target, strict=True):
        np.copyto(into, plane)


def _halved(plane: cv2.typing.MatLike) -> Plane:
    return _plane(cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA))


def _plane(array: cv2.typing.MatLike) -> Plane:
    return np.ascontiguousarray(array, np.uint8)
