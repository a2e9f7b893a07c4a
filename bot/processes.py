"""Processes: what runs in one, how it is told to stop, and how it stops in two stages."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from socket import socket

import structlog

from adapters.web.listener import WebListener
from adapters.web.server import bind
from bot import descriptors, wiring
from bot.backends import open_backend
from bot.platforms import Platforms, open_platforms
from bot.settings import Settings
from core.errors import StoreError
from core.ports import Listener
from core.store.health import worries_of
from core.workshop import Workshop

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts a process runs. `move_on`: a busy port is passed over for the next free one."""

    web: bool = False
    listen: bool = False
    work: bool = False
    move_on: bool = False


@contextmanager
def stop_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `stop`; the second one cancels the task that is in the block, and with it all that it has
    begun."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def heard() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":  # there loops take no signal handlers
        for one in signals:
            signal.signal(one, lambda *_: loop.call_soon_threadsafe(heard))
        yield
        return
    for one in signals:
        loop.add_signal_handler(one, heard)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


async def run(settings: Settings, parts: Parts, *, announce: Callable[[House], None]) -> None:
    """Run the parts until told to stop. `announce` is told when all of it is there, unless it is to stop already."""
    stop = asyncio.Event()
    descriptors.raise_limit()
    with stop_signals(stop):
        async with open_house(settings, parts) as house:
            gc.freeze()  # what is loaded now stays: no need to look through it again and again
            if not stop.is_set():
                announce(house)
                await house.run(stop)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs in this process. `address` is where the page is, empty without one."""

    shop: Workshop
    ground: wiring.Ground
    settings: Settings
    parts: Parts
    web: WebListener | None
    platforms: Platforms

    @property
    def hears(self) -> str:
        """What this process listens to, in words."""
        chat = [f"web chat on {self.address}"] if self.web else []
        return ", ".join([*chat, *self.platforms.hears])

    @property
    def address(self) -> str:
        """Where a browser finds the web chat."""
        return self.web.address if self.web else ""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: then no message is taken any more, and running work gets its time to end."""
        receive = wiring.intake_of(self.shop).receive
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(one.listen(receive)) for one in self._listeners()]
            if self.parts.work:
                listening.append(group.create_task(self._sweep()))
                await wiring.worker_of(self.shop, self.settings).run(stop)
            else:
                await stop.wait()
            for task in listening:
                task.cancel()

    async def _sweep(self) -> None:
        """Make room, now and then, where bytes have outlived their time."""
        while True:
            try:
                await self.ground.blobs.sweep()
                await self.ground.leftovers.sweep()
            except StoreError as error:
                log.warning("not_swept", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    def _listeners(self) -> list[Listener]:
        return [*([self.web] if self.web else []), *self.platforms.listeners]


@asynccontextmanager
async def open_house(settings: Settings, parts: Parts) -> AsyncIterator[House]:
    """Open everything that the parts need; leaving closes it in the reverse order."""
    async with AsyncExitStack() as stack:
        bound = stack.enter_context(_bound(settings, parts)) if parts.web else None
        ground = await stack.enter_async_context(wiring.open_ground(settings))
        for worry in await worries_of(ground.connection):
            log.warning("store_may_lose_work", what=worry.detail, fix=worry.fix)
        api_url = await stack.enter_async_context(open_backend(settings)) if parts.work else settings.nemo_api_url
        skills = wiring.skills_of(settings)
        platforms = await stack.enter_async_context(
            open_platforms(settings, wiring.stores_of(ground), skills, listen=parts.listen, serve=parts.web)
        )
        outbounds = wiring.outbounds_of(ground, platforms)
        shop = await stack.enter_async_context(wiring.open_workshop(ground, api_url, outbounds))
        routes = platforms.routes(wiring.intake_of(shop).receive)
        web = wiring.web_listener(ground, bound, wiring.web_settings(settings), routes) if bound else None
        yield House(shop, ground, settings, parts, web, platforms)


@contextmanager
def _bound(settings: Settings, parts: Parts) -> Iterator[socket]:
    """The web chat's socket, taken before anything is started: a busy port is known at once."""
    bound = bind(wiring.web_settings(settings), move_on=parts.move_on)
    with contextlib.closing(bound):
        yield bound


async def serve_studio(settings: Settings, host: str, port: int, *, announce: Callable[[str], None]) -> None:
    """The local backend alone, until told to stop."""
    from bot import studios

    stop = asyncio.Event()
    with stop_signals(stop):
        async with studios.served(settings, host, port) as address:
            announce(f"The studio listens on {address}. Use it: NEMO_API_URL={address}")
            await stop.wait()
