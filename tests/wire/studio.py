"""The studio as a hostile or friendly backend for the tests of others: a real server on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np

from studio.render import Plan, RenderResult
from studio.serve import Studio, serve
from studio.settings import StudioSettings

QUICK = {
    "generation_seconds": 0.02,
    "edit_seconds": 0.02,
    "answer_seconds": 0.0,
    "delta_seconds": 0.0,
    "heartbeat_seconds": 0.005,
}
"""A studio that does not keep tests waiting."""


class QuickRenderer:
    """Hands out an MP4 of the right size and length with two pictures in it."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        on_progress(0.5)
        output.write_bytes(await asyncio.to_thread(grey_film, plan.width, plan.height, round(plan.seconds, 2)))
        return RenderResult(plan.seconds, output.stat().st_size, plan.width, plan.height)


@cache
def grey_film(width: int, height: int, seconds: float) -> bytes:
    """An MP4 with one picture at the start and one at the end; each is painted only once for all tests."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        grey = np.full((height, width, 3), 127, np.uint8)
        for half_second in sorted({0, max(0, round(seconds * 2) - 1)}):
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = half_second
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@asynccontextmanager
async def studio(folder: Path, *, port: int = 0, **changes: Any) -> AsyncIterator[Studio]:
    """A studio in this event loop. `changes` are fields of `StudioSettings`; `renderer` replaces the quick one."""
    renderer = changes.pop("renderer", QuickRenderer)
    async with serve(StudioSettings(folder=folder, **{**QUICK, **changes}), port=port, renderer=renderer) as running:
        yield running


@contextmanager
def studio_in_thread(folder: Path, **changes: Any) -> Iterator[Studio]:
    """A studio in a thread with an event loop of its own, for tests that block theirs."""
    started: list[Studio] = []
    failed: list[BaseException] = []
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def live() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(over.set))
        async with studio(folder, **changes) as running:
            started.append(running)
            ready.set()
            await over.wait()

    def main() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 (handed on to the test)
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    ready.wait(10)
    if not started:
        raise RuntimeError("the studio did not start") from (failed[0] if failed else None)
    try:
        yield started[0]
    finally:
        stop[0]()
        thread.join(10)
