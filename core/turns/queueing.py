"""Waiting in line where as much is worked on at once as may be: the place is told, and how long it will take."""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import Final

from core.desk import Desk
from core.errors import StoreError
from core.estimates import Stage, likely, rounded
from core.jobs import Parked

ASKED: Final = 1.5  # seconds between two questions whether it is one's turn
PATIENCE: Final = 10.0  # seconds of waiting after which the place is told


async def enter(desk: Desk, *, since: float) -> Parked | None:
    """None when the work may begin, which waits `since` then (seconds since the epoch); else when to ask again."""
    turnstile = desk.shop.turnstile
    if turnstile is None:
        return None
    key, sender = desk.job.key, desk.job.message.sender
    place = await turnstile.enter(desk.job.id, f"{key.platform}/{sender.id}", since=since)
    if not place:
        return None
    if desk.shop.now() - desk.job.accepted_at > PATIENCE:
        desk.progress.show(desk.words.in_line(place, await _wait(desk, place, turnstile.most)))
    return Parked(desk.shop.now() + ASKED)


async def leave(desk: Desk) -> None:
    """Make room for the next. Where the store is away, the room comes back by itself."""
    if desk.shop.turnstile is not None:
        with suppress(StoreError):
            await desk.shop.turnstile.leave(desk.job.id)


async def _wait(desk: Desk, place: int, most: int) -> int | None:
    """By how long such work took lately: so many at a time, one round after the other."""
    seconds = likely(await desk.shop.durations.recent(Stage.GENERATION.value))
    return rounded(seconds * ceil(place / most)) if seconds and most else None
