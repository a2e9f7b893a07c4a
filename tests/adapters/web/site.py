"""The web chat on a loopback port, with a core that only takes notes: what wire and page tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import httpx

from adapters.web.access import WebSettings
from adapters.web.app import WebChat
from adapters.web.listener import WebListener
from adapters.web.sender import WebSender
from adapters.web.server import bind
from adapters.web.translate import chat_of_cookie
from core.messages import Inbound
from core.ports import CommandRow
from tests.adapters.web.memory import MemoryBlobs, MemoryFeed

COMMANDS = (
    CommandRow("help", "what I can do"),
    CommandRow("new", "start a new project"),
    CommandRow("video", "make a video", takes_text=True),
)
IN_CHINESE = (CommandRow("help", "我能做什么"),)


@dataclass(slots=True)
class Core:
    """Stands for the core: `received` is what came, `trouble` is raised instead of taking it."""

    received: list[Inbound] = field(default_factory=list)
    trouble: Exception | None = None
    react: Callable[[Inbound], Awaitable[None]] | None = None

    async def receive(self, inbound: Inbound) -> None:
        """Take a note; the same id has no further effect."""
        if self.trouble:
            raise self.trouble
        if inbound.id not in {known.id for known in self.received}:
            self.received.append(inbound)
            if self.react:
                await self.react(inbound)


@dataclass(slots=True)
class Site:
    """A running web chat."""

    address: str
    settings: WebSettings
    feed: MemoryFeed
    blobs: MemoryBlobs
    core: Core
    sender: WebSender
    closing: asyncio.Event

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.address.rpartition(":")[2])


async def _ready() -> bool:
    return True


@asynccontextmanager
async def site(
    settings: WebSettings | None = None,
    *,
    feed: MemoryFeed | None = None,
    blobs: MemoryBlobs | None = None,
    core: Core | None = None,
    commands: Sequence[CommandRow] = COMMANDS,
    ready: Callable[[], Awaitable[bool]] = _ready,
    worries: Sequence[str] = (),
    port: int = 0,
) -> AsyncIterator[Site]:
    """Serve until the block is left. Passing the parts of an earlier site is a restart of the process."""
    settings = replace(settings or WebSettings(beat_seconds=0.5), port=port)
    feed, blobs, core = feed or MemoryFeed(), blobs or MemoryBlobs(), core or Core()

    def rows(locale: str) -> Sequence[CommandRow]:
        return IN_CHINESE if locale.startswith("zh") else commands

    async def told() -> Sequence[str]:
        return worries

    chat = WebChat(settings, feed, blobs, rows, ready, worries=told)
    bound = bind(settings)
    listener = WebListener(chat, bound)
    serving = asyncio.create_task(listener.listen(core.receive))
    try:
        yield Site(listener.address, settings, feed, blobs, core, WebSender(feed, blobs), chat.closing)
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        bound.close()


@asynccontextmanager
async def visitor(place: Site, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a page: cookies are kept, the chat is open."""
    async with httpx.AsyncClient(base_url=place.address, headers=headers, timeout=10) as client:
        (await client.post("/api/chat", json={})).raise_for_status()
        yield client


def chat_of(client: httpx.AsyncClient) -> str:
    """The chat that the visitor's cookie opens."""
    return chat_of_cookie(client.cookies["photoreel_chat"])


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for a condition; it is looked at often and given up after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
