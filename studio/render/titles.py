"""Captions over a video: drawn once, white with a soft shadow, then laid over the pixels they cover."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from studio.render.lettering import Letters
from studio.render.plan import Caption, Place, Plan
from studio.render.planes import BLACK, NEUTRAL, WHITE, Plane, Planes
from studio.render.wrapping import shorten, wrap

FADE_SECONDS = 0.4
LINE_HEIGHT = 1.3
BREADTH = 0.84
"""Lines take so much of the frame's width."""

_LARGEST = {Place.CENTER: 0.105, Place.TOP: 0.062, Place.BOTTOM: 0.062}
"""Letter height as a share of the frame's shorter side, by place."""

_SMALLEST = 0.036
_TALLEST = {Place.CENTER: 0.6, Place.TOP: 0.3, Place.BOTTOM: 0.3}
"""How much of the frame's height a title may take."""

_MARGIN = 0.075
_LONGEST = 400
_RULER = 100  # widths are measured in this size, once
_CLOSE_SHADOW, _WIDE_SHADOW = 1.5, 0.75


@dataclass(frozen=True, slots=True)
class Title:
    """A drawn caption. `alpha` hides what is below (0 to 255), `ink` is the brightness added in its stead; the even
    corner `left`, `top` is where both lie."""

    caption: Caption
    left: int
    top: int
    alpha: Plane
    ink: Plane

    def lay_over(self, target: Planes, seconds: float) -> None:
        """Draw it as it is at a time of the video."""
        strength = self.strength(seconds)
        if strength <= 0 or not self.alpha.size:
            return
        alpha = self.alpha if strength >= 1 else cv2.convertScaleAbs(self.alpha, alpha=strength)
        ink = self.ink if strength >= 1 else cv2.convertScaleAbs(self.ink, alpha=strength)
        _cover(self._under(target.y, 1), 255 - alpha, ink)
        half = cv2.resize(alpha, (alpha.shape[1] // 2, alpha.shape[0] // 2), interpolation=cv2.INTER_AREA)
        grey = cv2.convertScaleAbs(half, alpha=NEUTRAL / 255)
        for plane in target[1:]:
            _cover(self._under(plane, 2), 255 - half, grey)

    def strength(self, seconds: float) -> float:
        """How much of it is there: it fades in and out."""
        length = self.caption.end - self.caption.start
        fade = max(1e-6, min(FADE_SECONDS, length / 3))
        share = min(1.0, (seconds - self.caption.start) / fade, (self.caption.end - seconds) / fade)
        return share * share * (3 - 2 * share) if share > 0 else 0.0

    def _under(self, plane: Plane, halves: int) -> Plane:
        rows, columns = (length // halves for length in self.alpha.shape)
        top, left = self.top // halves, self.left // halves
        return plane[top : top + rows, left : left + columns]


def draw_title(caption: Caption, plan: Plan) -> Title:
    """Draw a caption for the frames of a plan. What no bundled font has is left out."""
    letters = Letters()
    text = letters.writable(_shortened(caption.text.strip()))
    lines, size = _set(text, caption.place, plan, letters)
    mask = Image.new("L", (plan.width, plan.height))
    pen = ImageDraw.Draw(mask)
    baseline = _first_baseline(len(lines), size, caption.place, plan.height)
    for line in lines:
        letters.write(pen, line, size, (plan.width - letters.width(line, size)) / 2, baseline)
        baseline += size * LINE_HEIGHT
    return _cut_out(caption, mask, size)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + "…"


def _set(text: str, place: Place, plan: Plan, letters: Letters) -> tuple[list[str], int]:
    """The lines and the largest size in which they fit."""
    shorter, width = min(plan.width, plan.height), plan.width * BREADTH
    size = largest = max(8, round(shorter * _LARGEST[place]))
    smallest = max(8, round(shorter * _SMALLEST))
    while True:
        measure = partial(_width, letters, size)
        lines = wrap(text, width, measure)
        room = max(1, int(plan.height * _TALLEST[place] / (size * LINE_HEIGHT)))
        comfortable = min(room, 3 if size > largest * 0.6 else room)
        if len(lines) <= comfortable or size <= smallest:
            return shorten(lines, room, width, measure), size
        size = max(smallest, round(size * 0.9))


def _width(letters: Letters, size: int, text: str) -> float:
    return letters.width(text, _RULER) * size / _RULER


def _first_baseline(lines: int, size: int, place: Place, height: int) -> float:
    tall = (lines - 1) * size * LINE_HEIGHT
    match place:
        case Place.TOP:
            return height * _MARGIN + size * 0.8
        case Place.BOTTOM:
            return height * (1 - _MARGIN) - tall - size * 0.2
        case Place.CENTER:
            return (height - tall) / 2 + size * 0.36


def _cut_out(caption: Caption, mask: Image.Image, size: int) -> Title:
    """Shadow and ink of the written mask, no larger than they are."""
    box = mask.getbbox()
    if box is None:
        return Title(caption, 0, 0, np.empty((0, 0), np.uint8), np.empty((0, 0), np.uint8))
    spread = size
    left, top = (max(0, edge - spread) // 2 * 2 for edge in box[:2])
    right, bottom = (min(most, edge + spread) // 2 * 2 for most, edge in zip(mask.size, box[2:], strict=True))
    written = mask.crop((left, top, right, bottom))
    text = np.asarray(written, np.float32) / 255
    close = _blurred(written, size * 0.05) * _CLOSE_SHADOW
    wide = _blurred(written, size * 0.3) * _WIDE_SHADOW
    shadow = (1 - (1 - np.clip(close, 0, 0.7)) * (1 - np.clip(wide, 0, 0.6))) * (1 - text)
    alpha = np.clip((text + shadow) * 255 + 0.5, 0, 255).astype(np.uint8)
    ink = np.clip(WHITE * text + BLACK * shadow + 0.5, 0, 255).astype(np.uint8)
    return Title(caption, left, top, alpha, ink)


def _blurred(mask: Image.Image, radius: float) -> cv2.typing.MatLike:
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def _cover(below: Plane, through: cv2.typing.MatLike, ink: cv2.typing.MatLike) -> None:
    cv2.multiply(below, through, dst=below, scale=1 / 255)
    cv2.add(below, ink, dst=below)
