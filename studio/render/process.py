"""A render in a process of its own: it can be killed, costs the event loop nothing, and takes its memory along."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from studio.render.faults import RenderCancelled, RenderDied
from studio.render.plan import Plan
from studio.render.result import RenderResult


class RenderProcess:
    """One render, once: make another for the next.

    The child ends by itself when this process is gone, whatever killed it.
    """

    def __init__(self) -> None:
        self._child: Process | None = None
        self._cancelled = False

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        """Render as `studio.render.render` does. Raises `RenderError`; cancelling the task kills the child."""
        from studio.render.wire import Order, pack_order  # pydantic takes its time to load

        self._refuse_if_cancelled()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "studio.render", stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        self._child = child
        try:
            self._refuse_if_cancelled()
            _stdin(child).write(
                pack_order(Order(plan, output, work))
            )  # stays open: its end is how the child learns of ours
            return await self._listen(child, on_progress)
        finally:
            self._child = None
            await _end(child)

    def cancel(self) -> None:
        """Stop now: `run` raises `RenderCancelled`. Finished segments stay. Harmless before, after and twice."""
        self._cancelled = True
        if self._child is not None and self._child.returncode is None:
            self._child.kill()

    async def _listen(self, child: Process, on_progress: Callable[[float], None]) -> RenderResult:
        from studio.render.wire import Done, Failed, Progressed, unpack_news

        assert child.stdout is not None  # noqa: S101 (it was asked for)
        async for line in child.stdout:
            match unpack_news(line):
                case Progressed(share):
                    on_progress(share)
                case Done(result):
                    return result
                case Failed() as failed:
                    raise failed.error()
                case never:
                    assert_never(never)
        self._refuse_if_cancelled()
        raise RenderDied(await child.wait())

    def _refuse_if_cancelled(self) -> None:
        if self._cancelled:
            raise RenderCancelled


def _stdin(child: Process) -> asyncio.StreamWriter:
    if child.stdin is None:
        raise RenderDied(0, "no pipe")
    return child.stdin


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await asyncio.shield(child.wait())
