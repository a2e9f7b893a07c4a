"""One after the other, in the order of arrival, where it matters; elsewhere side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """A queue for each name, for as long as somebody stands in it."""

    def __init__(self) -> None:
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until all who came before are through."""
        lock, waiting = self._queues.get(name, (asyncio.Lock(), 0))
        self._queues[name] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._queues[name]
            if waiting == 1:
                del self._queues[name]
            else:
                self._queues[name] = lock, waiting - 1
