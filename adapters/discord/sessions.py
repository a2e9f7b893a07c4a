"""New sessions at the gateway, which are counted: not too close together, and ever rarer in a loop of crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from adapters.discord.notebook import Notebook
from adapters.discord.settings import HOUR, DiscordTimes
from core.errors import StoreError
from core.ports import Pace

log = structlog.get_logger(__name__)

FREE: Final = 5  # sessions an hour that need no explanation
LONGEST: Final = 600.0  # a thousand a day are allowed: one in ten minutes never gets there
HELD: Final = 45.0  # so long an open connection may wait for its session


class Sessions:
    """Says when a shard may identify. `starts` is what Discord has told of how many it still allows."""

    def __init__(
        self, book: Notebook, pace: Pace, times: DiscordTimes, starts: Callable[[], Mapping[str, int]]
    ) -> None:
        self._book = book
        self._pace = pace
        self._times = times
        self._starts = starts

    async def calm(self, shard: int) -> None:
        """Wait, before anything is dialled, where this shard was started too often lately."""
        try:
            wait = penalty(await self._recent(shard), self._book.now())
        except StoreError:
            return
        if wait > 0:
            log.warning("too_many_sessions", shard=shard, seconds=round(wait))
            await asyncio.sleep(wait)

    async def identify(self, shard: int | None) -> None:
        """Wait for the turn of a shard. Raises `TimeoutError` where that takes longer than its connection may wait:
        discord.py then tries again, ever later."""
        starts = self._starts()
        if starts.get("remaining", 1) <= 0:
            log.error("no_sessions_left", seconds=starts.get("reset_after", 0) / 1000)
            raise TimeoutError("Discord allows no new session today")
        number = shard or 0
        try:
            async with asyncio.timeout(HELD):
                await self._wait_turn(number % max(1, starts.get("max_concurrency", 1)))
                await self._count(number)
        except StoreError as error:
            log.warning("session_not_counted", error=type(error).__name__)
            await asyncio.sleep(self._times.identify)

    async def _wait_turn(self, bucket: int) -> None:
        rate, name = 1 / self._times.identify, f"discord-identify:{bucket}"
        while wait := await self._pace.take(name, rate=rate):  # noqa: ASYNC110  # no event tells when it is time
            await asyncio.sleep(wait)

    async def _count(self, shard: int) -> None:
        recent = await self._recent(shard)
        wait = penalty(recent, self._book.now())
        if wait > HELD:
            raise TimeoutError("too many sessions")
        await asyncio.sleep(wait)
        await self._book.note(_name(shard), [*recent, self._book.now()][-20:], HOUR)

    async def _recent(self, shard: int) -> list[float]:
        noted = await self._book.recall(_name(shard)) or []
        return [float(at) for at in noted if at > self._book.now() - HOUR]


def penalty(recent: list[float], now: float) -> float:
    """How long to wait after so many sessions within the hour, the last one at the end."""
    over = len(recent) - FREE
    if over < 0:
        return 0.0
    pause: float = min(LONGEST, 5.0 * 2**over)
    return max(0.0, recent[-1] + pause - now)


def _name(shard: int) -> str:
    return f"sessions:{shard}"
