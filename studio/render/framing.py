"""The geometry of a shot: what part of a picture fills the frame, and how the camera moves over it. No pixels here.

Lengths are in *units*: the frame at rest is the unit square, whatever its shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.render.plan import Fit, Motion

NEAR = 0.27
"""`Fit.SMART` crops up to this share away (4:3 in a 16:9 frame loses a quarter) and shows the whole picture beyond."""

HEADROOM = 0.3
"""Of what must go vertically, this share goes at the top: faces and skylines stand in the upper part."""

ZOOM_A_SECOND = 0.035
ZOOM_MOST = 0.16
PAN_ZOOM = 1.10
OUTSIDE = 0.75
"""Around a whole picture the camera moves so much less: there is nothing to be discovered."""

END_ZOOM = 1.25
REST_SECONDS = 0.5
"""So long an end frame rests at the end, or a sixth of its shot if that is less."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the picture lies: in units, seen from the frame at rest. With a `backdrop` it leaves bars to be filled;
    without, it covers the frame, and what juts out is what a pan may show."""

    picture: Box
    backdrop: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What the camera sees: the upper left corner and the size, the same both ways, in units. (0, 0, 1) is at rest."""

    x: float
    y: float
    size: float


AT_REST = Window(0.0, 0.0, 1.0)


def lay_out(picture: tuple[int, int], frame: tuple[int, int], fit: Fit, motion: Motion) -> Layout:
    """Fit a picture of so many pixels into the frame. An end frame always shows the whole picture."""
    ratio = (picture[0] / picture[1]) / (frame[0] / frame[1])
    lost = 1 - min(ratio, 1 / ratio)
    if _shows_whole(lost, frame, fit, motion):
        return Layout(_contained(ratio, frame), backdrop=True)
    return Layout(_covering(ratio), backdrop=False)


def travel(layout: Layout, motion: Motion, seconds: float) -> tuple[Window, Window]:
    """Where the camera starts and where it ends. It stays outside a picture that is shown whole, and inside one that
    fills the frame; only an end frame starts inside and ends on the whole."""
    zoom = 1 + min(ZOOM_MOST, ZOOM_A_SECOND * seconds)
    near, far = (AT_REST, _centred(1 + (zoom - 1) * OUTSIDE)) if layout.backdrop else (_centred(1 / zoom), AT_REST)
    match motion:
        case Motion.STILL:
            return AT_REST, AT_REST
        case Motion.ZOOM_IN:
            return far, near
        case Motion.ZOOM_OUT:
            return near, far
        case Motion.END_FRAME:
            return _centred(1 / END_ZOOM), AT_REST
        case _:
            return _pan(layout, motion)


def between(start: Window, end: Window, share: float) -> Window:
    """The window on the way. A zoom is even to the eye when the size changes by equal ratios; the centre follows the
    size, so that the whole way stays within what start and end see."""
    if math.isclose(start.size, end.size):
        along = share
        size = start.size
    else:
        size = start.size * (end.size / start.size) ** share
        along = (size - start.size) / (end.size - start.size)
    return Window(start.x + (end.x - start.x) * along, start.y + (end.y - start.y) * along, size)


def pace(motion: Motion, frame: int, frames: int, fps: int) -> float:
    """How far along its way the camera is in a frame of the shot, 0 to 1. An end frame slows down and rests."""
    if motion is not Motion.END_FRAME:
        return frame / max(1, frames - 1)
    share = min(1.0, frame / max(1, frames - 1 - rest(frames, fps)))
    return share * share * (3 - 2 * share)


def rest(frames: int, fps: int) -> int:
    """For how many frames before its last one a shot that ends on a whole picture stands still already."""
    return min(round(REST_SECONDS * fps), frames // 6)


def seen(start: Window, end: Window) -> Box:
    """All that is seen on the way."""
    left, top = min(start.x, end.x), min(start.y, end.y)
    right = max(start.x + start.size, end.x + end.size)
    bottom = max(start.y + start.size, end.y + end.size)
    return Box(left, top, right - left, bottom - top)


def _shows_whole(lost: float, frame: tuple[int, int], fit: Fit, motion: Motion) -> bool:
    if lost * max(frame) < 1:  # less than a line of pixels: neither bars nor a loss that anybody sees
        return False
    if motion is Motion.END_FRAME or fit is Fit.BLUR:
        return True
    return fit is Fit.SMART and lost > NEAR


def _covering(ratio: float) -> Box:
    width, height = max(1.0, ratio), max(1.0, 1 / ratio)
    return Box((1 - width) / 2, (1 - height) * HEADROOM, width, height)


def _contained(ratio: float, frame: tuple[int, int]) -> Box:
    width = _whole_pixels(min(1.0, ratio), frame[0])
    height = _whole_pixels(min(1.0, 1 / ratio), frame[1])
    return Box(_whole_pixels((1 - width) / 2, frame[0]), _whole_pixels((1 - height) / 2, frame[1]), width, height)


def _whole_pixels(length: float, pixels: int) -> float:
    return 2 * round(length * pixels / 2) / pixels  # even: colour has half the pixels


def _centred(size: float) -> Window:
    """A window of that size in the middle of the frame, somewhat higher where it leaves something out."""
    return Window((1 - size) / 2, (1 - size) * (HEADROOM + 0.5) / 2 if size < 1 else (1 - size) / 2, size)


def _pan(layout: Layout, motion: Motion) -> tuple[Window, Window]:
    middle = _centred(1 + (PAN_ZOOM - 1) * OUTSIDE if layout.backdrop else 1 / PAN_ZOOM)
    size = middle.size
    left, right = (1 - size, 0.0) if layout.backdrop else _reach(layout.picture.x, layout.picture.width, size)
    top, bottom = (1 - size, 0.0) if layout.backdrop else _reach(layout.picture.y, layout.picture.height, size)
    match motion:
        case Motion.PAN_LEFT:
            return Window(right, middle.y, size), Window(left, middle.y, size)
        case Motion.PAN_RIGHT:
            return Window(left, middle.y, size), Window(right, middle.y, size)
        case Motion.PAN_UP:
            return Window(middle.x, bottom, size), Window(middle.x, top, size)
        case _:
            return Window(middle.x, top, size), Window(middle.x, bottom, size)


def _reach(start: float, length: float, size: float) -> tuple[float, float]:
    """The outermost places of a window of this size on a picture, half a frame beyond the frame at most."""
    return max(start, -0.5), min(start + length, 1.5) - size
