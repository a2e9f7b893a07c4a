"""Transitions: two frames in, one frame out."""

from __future__ import annotations

from typing import assert_never

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.render.plan import Transition
from studio.render.planes import BLACK, NEUTRAL, Plane, Planes, copy

SOFT_EDGE = 0.12
"""A wipe's edge is so much of the frame wide."""

_GROUND = Planes(*(np.full((1, 1), value, np.uint8) for value in (BLACK, NEUTRAL, NEUTRAL)))


def blend(leaving: Planes, entering: Planes, transition: Transition, share: float, target: Planes) -> None:
    """Draw a transition of which `share` has passed (0 to 1). `target` may be `leaving`."""
    eased = share * share * (3 - 2 * share)
    match transition:
        case Transition.CUT:
            copy(leaving, target)
        case Transition.DISSOLVE:
            _dissolve(leaving, entering, eased, target)
        case Transition.FADE:
            _through_black(leaving, entering, share, target)
        case Transition.SLIDE:
            _push(leaving, entering, share, target)
        case Transition.WIPE:
            _wipe(leaving, entering, eased, target)
        case never:
            assert_never(never)


def _dissolve(leaving: Planes, entering: Planes, share: float, target: Planes) -> None:
    for old, new, into in zip(leaving, entering, target, strict=True):
        cv2.addWeighted(new, share, old, 1 - share, 0, dst=into)


def _through_black(leaving: Planes, entering: Planes, share: float, target: Planes) -> None:
    seen, light = (leaving, 1 - 2 * share) if share < 0.5 else (entering, 2 * share - 1)
    light = light * light * (3 - 2 * light)
    for plane, ground, into in zip(seen, _GROUND, target, strict=True):
        cv2.addWeighted(plane, light, plane, 0, float(ground[0, 0]) * (1 - light), dst=into)


def _push(leaving: Planes, entering: Planes, share: float, target: Planes) -> None:
    """The new picture comes in from the right and pushes the old one out."""
    eased = 4 * share**3 if share < 0.5 else 1 - 4 * (1 - share) ** 3
    pairs = round(eased * leaving.u.shape[1])
    for old, new, into in zip(leaving, entering, target, strict=True):
        moved = pairs * into.shape[1] // leaving.u.shape[1]
        kept = into.shape[1] - moved
        into[:, :kept] = old[:, moved:].copy() if into is old else old[:, moved:]
        into[:, kept:] = new[:, :moved]


def _wipe(leaving: Planes, entering: Planes, share: float, target: Planes) -> None:
    """The new picture is uncovered from the left, with a soft edge."""
    for old, new, into in zip(leaving, entering, target, strict=True):
        weights = _edge(share, into.shape[1])
        first = int(np.argmax(weights < 1)) if weights[-1] < 1 else into.shape[1]
        last = int(into.shape[1] - np.argmax(weights[::-1] > 0)) if weights[0] > 0 else 0
        _mix(old[:, first:last], new[:, first:last], weights[first:last], into[:, first:last])
        into[:, :first] = new[:, :first]
        if into is not old:
            into[:, last:] = old[:, last:]


def _edge(share: float, columns: int) -> NDArray[np.float32]:
    """How much of the new picture each column shows."""
    middle = share * (1 + SOFT_EDGE) - SOFT_EDGE / 2
    along = (np.arange(columns, dtype=np.float32) + 0.5) / columns
    ramp = np.clip((middle - along) / SOFT_EDGE + 0.5, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)


def _mix(old: Plane, new: Plane, weights: NDArray[np.float32], target: Plane) -> None:
    if old.shape[1]:
        target[:] = (old + (new.astype(np.float32) - old) * weights + 0.5).astype(np.uint8)
