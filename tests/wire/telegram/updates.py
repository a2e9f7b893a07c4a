"""The queue of updates, and the one poller that may read it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.wire.telegram.errors import conflict

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only to those who ask for them."""


@dataclass(slots=True)
class Updates:
    """What has happened and is not confirmed yet, oldest first."""

    pending: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    confirmed: dict[int, float] = field(default_factory=dict)
    allowed: frozenset[str] | None = None
    webhook: dict[str, Any] = field(default_factory=dict)
    next_id: int = 700_000_001
    _loop: asyncio.AbstractEventLoop | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: int = 0

    def live_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop whose readers are woken."""
        self._loop = loop

    def put(self, kind: str, body: Any) -> int:
        """Tell of something that happened; the update's id, 0 where nobody wants to hear of it."""
        asked = kind in self.allowed if self.allowed else kind not in UNASKED
        return self.put_raw({kind: body}) if asked else 0

    def put_raw(self, update: dict[str, Any]) -> int:
        """An update as it is, however odd; without an `update_id` it gets the next one."""
        whole = {"update_id": self.next_id, **update}
        if "update_id" not in update:
            self.next_id += 1
        self.pending.append(whole)
        self.sent.append(whole)
        self.wake()
        return int(whole["update_id"])

    def wake(self) -> None:
        """Whoever waits looks again; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    async def news(self, seconds: float) -> None:
        """Return when something may have happened, or after so long."""
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def confirm(self, before: int) -> None:
        """Everything before this id has arrived."""
        if before < 0:
            before = self.pending[max(0, len(self.pending) + before)]["update_id"] if self.pending else 0
        self.forget([update for update in self.pending if update["update_id"] < before])

    def forget(self, arrived: list[dict[str, Any]]) -> None:
        """These have arrived."""
        now, ids = time.monotonic(), {update["update_id"] for update in arrived}
        for number in ids:
            self.confirmed.setdefault(number, now)
        if ids:
            self.pending = [update for update in self.pending if update["update_id"] not in ids]

    def allow(self, kinds: list[str] | None) -> None:
        """From now on, these kinds; None leaves it as it is, an empty list is the default again."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    async def poll(self, values: dict[str, Any], gone: Callable[[], bool]) -> list[dict[str, Any]]:
        """A call of `getUpdates`; `gone` tells that the caller hung up. Raises `Refusal` where another one reads."""
        if self.webhook:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self.allow(values.get("allowed_updates"))
        self.confirm(values.get("offset", 0))
        self._turn += 1
        turn, end = self._turn, time.monotonic() + min(50, values.get("timeout", 0))
        self.wake()
        while not self.pending and time.monotonic() < end and not gone():
            await self.news(min(0.1, max(0.0, end - time.monotonic())))
            if self._turn != turn:
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        return self.pending[: values.get("limit", 100)]
