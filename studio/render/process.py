"""A render in a process of its own: it can be killed, costs the event loop nothing, and takes its memory along."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, assert_never

from studio.render.faults import RenderCancelled, RenderDied
from studio.render.plan import Plan
from studio.render.result import RenderResult

Pipe = TypeVar("Pipe")

LAST_WORDS = 600
"""So many bytes of what a dying process had to say are kept."""


LAST_SECONDS = 5.0
"""A child that has closed its pipe without a result has so long to end by itself, and to say with which code."""


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
        command = (sys.executable, "-m", "studio.render")
        child = self._child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        words = asyncio.create_task(_listen_to_the_end(_open(child.stderr)))
        try:
            self._refuse_if_cancelled()
            _open(child.stdin).write(
                pack_order(Order(plan, output, work))
            )  # stays open: its end tells the child of ours
            result = await _listen(_open(child.stdout), on_progress)
            if result is None:
                await _ending(child)
        finally:
            self._child = None
            await _end(child)
        self._refuse_if_cancelled()
        if result is None:
            raise RenderDied(child.returncode or 0, await words)
        return result

    def cancel(self) -> None:
        """Stop now: `run` raises `RenderCancelled`. Finished segments stay. Harmless before, after and twice."""
        self._cancelled = True
        if self._child is not None and self._child.returncode is None:
            self._child.kill()

    def _refuse_if_cancelled(self) -> None:
        if self._cancelled:
            raise RenderCancelled


async def _listen(news: asyncio.StreamReader, on_progress: Callable[[float], None]) -> RenderResult | None:
    """Until the result, or the end of the child without one. Raises what went wrong."""
    from studio.render.wire import Done, Failed, Progressed, unpack_news

    async for line in news:
        match unpack_news(line):
            case Progressed(share):
                on_progress(share)
            case Done(result):
                return result
            case Failed() as failed:
                raise failed.error()
            case never:
                assert_never(never)
    return None


async def _listen_to_the_end(errors: asyncio.StreamReader) -> str:
    heard = b""
    while chunk := await errors.read(4096):
        heard = (heard + chunk)[-LAST_WORDS:]
    return heard.decode(errors="replace").strip()


async def _ending(child: Process) -> None:
    # asyncio's kill looks first whether the child is dead, and then its watcher finds no exit code any more: 255
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await child.wait()


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await asyncio.shield(child.wait())


def _open(pipe: Pipe | None) -> Pipe:
    if pipe is None:
        raise RenderDied(0, "no pipe")
    return pipe
