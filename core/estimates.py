"""How long a stage is likely to take, judged by how long it took before; nothing where that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import ceil
from typing import Final

SAMPLES: Final = 10  # with fewer, nothing is said
SHARE: Final = 80  # of a hundred were over by then
STEPS: Final = (10, 20, 40)  # seconds; above them whole minutes, so that a status changes three times a minute at most


class Stage(StrEnum):
    """What takes long: making a first video, changing one, and rendering."""

    GENERATION = "generation"
    EDIT = "edit"
    RENDER = "render"


def likely(durations: Sequence[float]) -> float | None:
    """Seconds within which four of five were done; None where too few are known."""
    if len(durations) < SAMPLES:
        return None
    return sorted(durations)[ceil(len(durations) * SHARE / 100) - 1]


def rounded(left: float) -> int | None:
    """Seconds as people say them, never fewer than there are; None where nothing is left."""
    if left <= 0:
        return None
    return next((step for step in STEPS if left <= step), ceil(left / 60) * 60)
