"""The studio over real HTTP, in the event loop of whoever starts it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from studio.app import create_app
from studio.backend import Backend, open_backend
from studio.faults import Faults
from studio.folder import FolderTaken, StudioAway, claimed
from studio.ledger import Ledger
from studio.render import RenderProcess
from studio.renders import Renderer
from studio.settings import StudioSettings

__all__ = ["FolderTaken", "Studio", "StudioAway", "join_or_serve", "serve"]

SHUTDOWN_SECONDS = 1.0
"""So long streams that are still read may go on when the studio ends."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A studio that answers at `url`. `ledger`, `faults` and `backend` are for tests that look behind the scenes."""

    url: str
    settings: StudioSettings
    ledger: Ledger
    faults: Faults
    backend: Backend


@asynccontextmanager
async def serve(
    settings: StudioSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    renderer: Callable[[], Renderer] = RenderProcess,
) -> AsyncIterator[Studio]:
    """A studio for as long as the block lasts; port 0 takes any free one.

    Raises `OSError` where the port is taken, `FolderTaken` where another studio works in the same folder, and
    `StudioAway` where what is in the folder cannot be read.

    Signals stay with whoever has them. On leaving, open streams are cut; turns and renders go on with the next start
    from the same folder.
    """
    ledger, faults = Ledger(), Faults(list(settings.faults))
    app = create_app(settings, ledger, faults)
    with claimed(settings.folder) as claim, _bound(host, port) as listener:
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        running = asyncio.create_task(server.run_on(listener, _at_work(app, settings, faults, renderer)))
        try:
            await server.until_ready(running)
            address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
            claim.answer_at(address)
            yield Studio(address, settings, ledger, faults, app.state.backend)
        finally:
            server.stop()
            await asyncio.wait({running})
        running.result()  # a server that broke down meanwhile says so


@asynccontextmanager
async def join_or_serve(settings: StudioSettings, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The address of the studio that works in the settings' folder: the one that does already, or else one of ours."""
    async with AsyncExitStack() as stack:
        try:
            studio = await stack.enter_async_context(serve(settings, host=host, port=port))
            url = studio.url
        except FolderTaken as taken:
            if not taken.url:
                raise
            url = taken.url
        yield url


@asynccontextmanager
async def _at_work(
    app: Starlette, settings: StudioSettings, faults: Faults, renderer: Callable[[], Renderer]
) -> AsyncIterator[None]:
    """The backend behind the app. It is not opened by the app's own lifespan: that writes a traceback into the log when
    a second Ctrl-C ends everything at once."""
    async with AsyncExitStack() as stack:
        try:
            app.state.backend = await stack.enter_async_context(open_backend(settings, faults, renderer))
        except Exception as error:
            raise StudioAway(f"{settings.folder}: what is kept there cannot be read ({error!r})") from error
        yield


class _Server(uvicorn.Server):
    """A server that leaves signals alone and tells when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Answer nobody any more."""
        self.should_exit = True
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none over."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell so."""
        await super().startup(sockets=sockets)
        self._ready.set()

    async def main_loop(self) -> None:
        """Until stopped, at once: the original looks ten times a second. The ticks keep the date in the answers."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 10  # tenths of a second, as the original counts
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End as the original does, without its pause: what is idle goes at once, what is not has a second."""
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for listener in sockets or ():
            listener.close()
        await asyncio.sleep(0)  # idle connections are gone now
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                await self._wait_tasks_to_complete()
        for task in self.server_state.tasks:
            task.cancel()

    async def run_on(self, listener: socket.socket, at_work: AbstractAsyncContextManager[None]) -> None:
        """Serve until stopped, with the backend at work."""
        async with at_work:
            await self.serve(sockets=[listener])

    async def until_ready(self, running: asyncio.Task[None]) -> None:
        """Return when requests are answered, or when there will never be one."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if running.done():
            await running


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once; without it each of them may wait for 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        yield listener
