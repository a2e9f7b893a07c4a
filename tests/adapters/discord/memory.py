"""Notes and send budgets in memory, as the store keeps them for all processes."""

from __future__ import annotations

import asyncio
import time

from core.errors import StoreAway


class MemoryNotes:
    """`core.ports.Notes`. While `away` is true, the store is; `puts` are the names of what was noted. `hiccups` are
    beginnings of names: each makes one call fail."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[float, bytes]] = {}
        self.puts: list[str] = []
        self.away = False
        self.hiccups: list[str] = []

    async def get(self, chat: str, name: str) -> bytes | None:
        await self._reach(name)
        until, value = self.kept.get((chat, name), (0.0, b""))
        return value if until > time.monotonic() else None

    async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
        await self._reach(name)
        self.puts.append(name)
        self.kept[chat, name] = time.monotonic() + seconds, value

    async def claim(self, chat: str, name: str, value: bytes, *, seconds: float) -> bytes | None:
        there = await self.get(chat, name)
        if there is None:
            self.kept[chat, name] = time.monotonic() + seconds, value
        return there

    async def remove(self, chat: str, name: str) -> None:
        await self._reach()
        self.kept.pop((chat, name), None)

    async def forget(self, chat: str) -> None:
        await self._reach()
        for place, name in list(self.kept):
            if place == chat:
                del self.kept[place, name]

    async def _reach(self, name: str = "") -> None:
        await asyncio.sleep(0)
        hiccup = next((one for one in self.hiccups if name.startswith(one)), None)
        if hiccup is not None:
            self.hiccups.remove(hiccup)
        if self.away or hiccup is not None:
            raise StoreAway("by plan")


class MemoryPace:
    """`core.ports.Pace` that lets everything through but what was held."""

    def __init__(self) -> None:
        self.held: dict[str, float] = {}
        self.taken: list[str] = []

    async def take(self, budget: str, *, rate: float, burst: float = 1.0) -> float:
        wait = self.held.get(budget, 0.0) - time.monotonic()
        if wait > 0:
            return wait
        self.taken.append(budget)
        return 0.0

    async def hold(self, budget: str, seconds: float) -> None:
        self.held[budget] = max(self.held.get(budget, 0.0), time.monotonic() + seconds)
