"""Notes, budgets and leadership in memory that keep the ports' promises, with a switch for the store being away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from core.errors import StoreAway


@dataclass
class MemoryNotes:
    """`core.ports.Notes`. `away` makes every call raise; `lifetimes` is for how long each was noted."""

    away: bool = False
    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    lifetimes: dict[tuple[str, str], float] = field(default_factory=dict)

    async def get(self, chat: str, name: str) -> bytes | None:
        """See the port."""
        self._check()
        return self.kept.get((chat, name))

    async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
        """See the port."""
        self._check()
        self.kept[chat, name], self.lifetimes[chat, name] = value, seconds

    async def claim(self, chat: str, name: str, value: bytes, *, seconds: float) -> bytes | None:
        """See the port."""
        self._check()
        there = self.kept.get((chat, name))
        if there is None:
            await self.put(chat, name, value, seconds=seconds)
        return there

    async def remove(self, chat: str, name: str) -> None:
        """See the port."""
        self._check()
        self.kept.pop((chat, name), None)

    async def forget(self, chat: str) -> None:
        """See the port."""
        self._check()
        self.kept = {place: value for place, value in self.kept.items() if place[0] != chat}

    def _check(self) -> None:
        if self.away:
            raise StoreAway("switched off")


@dataclass
class MemoryPace:
    """`core.ports.Pace`. Hands out everything at once unless `strict`; `held` are the pauses that were ordered."""

    strict: bool = False
    away: bool = False
    held: dict[str, float] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def take(self, budget: str, *, rate: float, burst: float = 1.0) -> float:
        """See the port."""
        self._check()
        now = monotonic()
        if self.held.get(budget, 0.0) > now:
            return self.held[budget] - now
        tokens, at = self._tokens.get(budget, (burst, now))
        tokens = min(burst, tokens + (now - at) * rate)
        if self.strict and tokens < 1:
            return (1 - tokens) / rate
        self._tokens[budget] = (tokens - 1, now)
        self.taken.append(budget)
        return 0.0

    async def hold(self, budget: str, seconds: float) -> None:
        """See the port."""
        self._check()
        self.held[budget] = max(self.held.get(budget, 0.0), monotonic() + seconds)

    def _check(self) -> None:
        if self.away:
            raise StoreAway("switched off")


@dataclass
class MemoryTerm:
    """`core.ports.Term`."""

    fence: int
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def lost(self) -> None:
        """See the port."""
        await self.over.wait()


@dataclass
class MemoryLeadership:
    """`core.ports.Leadership` among the tasks of one test. `terms` are all there were."""

    terms: list[MemoryTerm] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[MemoryTerm]:
        """See the port."""
        async with self.lock:
            self.terms.append(MemoryTerm(len(self.terms) + 1))
            yield self.terms[-1]
