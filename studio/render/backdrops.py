"""Filling the bars beside a whole picture: its own light and colours, blurred and darkened."""

from __future__ import annotations

import cv2
import numpy as np

from studio.render.framing import Box
from studio.render.planes import BLACK, NEUTRAL, Plane, Planes, empty

PIXELS = 64
"""A backdrop is this wide before it is blown up: light and colour, no detail."""

LIGHT = 0.6
SHADOW = 0.45
BLUR, SHADOW_BLUR = 2.5, 1.2
_GROUNDS = (BLACK, NEUTRAL, NEUTRAL)


def compose(whole: Planes, size: tuple[int, int], left: int, top: int) -> Planes:
    """Put a whole picture on a backdrop of itself, `size` pixels in all; `left` and `top` are even."""
    target = empty(*size)
    box = Box(left / size[0], top / size[1], whole.size[0] / size[0], whole.size[1] / size[1])
    light = _light(box, size)
    for plane, ground, into in zip(whole, _GROUNDS, target, strict=True):
        halves = 1 if into is target.y else 2
        _fill(plane, ground, light, into)
        x, y = left // halves, top // halves
        into[y : y + plane.shape[0], x : x + plane.shape[1]] = plane
    return target


def _fill(plane: Plane, ground: int, light: cv2.typing.MatLike, target: Plane) -> None:
    """Blow up the middle of a plane, blurred, to cover all of the target."""
    piece = _middle(plane, target.shape[1] / target.shape[0])
    small = cv2.resize(piece, (light.shape[1], light.shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32)
    dark = ground + (cv2.GaussianBlur(small, (0, 0), BLUR) - ground) * light
    eight = np.clip(dark + 0.5, 0, 255).astype(np.uint8)
    cv2.resize(eight, target.shape[::-1], dst=target, interpolation=cv2.INTER_CUBIC)


def _middle(plane: Plane, ratio: float) -> Plane:
    height, width = plane.shape
    across, down = min(width, max(1, round(height * ratio))), min(height, max(1, round(width / ratio)))
    x, y = (width - across) // 2, (height - down) // 2
    return plane[y : y + down, x : x + across]


def _light(picture: Box, size: tuple[int, int]) -> cv2.typing.MatLike:
    """How bright the backdrop is at each place: darker close to the picture, as if it threw a shadow."""
    rows = max(8, round(PIXELS * size[1] / size[0]))
    mask = np.zeros((rows, PIXELS), np.float32)
    left, top = round(picture.x * PIXELS), round(picture.y * rows)
    mask[top : top + round(picture.height * rows), left : left + round(picture.width * PIXELS)] = 1
    return LIGHT * (1 - SHADOW * cv2.GaussianBlur(mask, (0, 0), SHADOW_BLUR))
