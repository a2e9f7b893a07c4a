"""The owner of everything that goes on in the background: what it started, it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

_log = logging.getLogger(__name__)


class Crew:
    """Starts background work, each piece on its own: one that fails is logged and takes nothing else along."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Begin the work; the task can be cancelled."""
        task = self._group.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def dismiss(self) -> None:
        """Cancel everything that still goes on."""
        for task in tuple(self._tasks):
            task.cancel()


@asynccontextmanager
async def crew() -> AsyncIterator[Crew]:
    """A crew that has ended all its work when the block is left."""
    async with asyncio.TaskGroup() as group:
        hired = Crew(group)
        try:
            yield hired
        finally:
            hired.dismiss()


async def _guarded(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 (one turn's mistake must not end the studio)
        _log.exception("background work failed")
