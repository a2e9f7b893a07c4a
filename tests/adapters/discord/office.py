"""The adapter at work against the local Discord: a listener that hands what comes to an inbox, and a sender."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from adapters.discord.listener import DiscordListener
from adapters.discord.menu import Menu, SkillRow
from adapters.discord.sender import DiscordSender, open_sender
from adapters.discord.settings import DiscordSettings, DiscordTimes
from bot.platforms.discord import phrases_in
from core.errors import StoreAway
from core.messages import Inbound, InboundMessage, Press
from core.ports import CommandRow
from tests.adapters.discord.memory import MemoryNotes, MemoryPace
from tests.wire.discord.server import DiscordServer

T = TypeVar("T")

TIMES = DiscordTimes(accept=1.0, identify=0.001, patience=1.0, call=10.0, leave=0.5)
ENGLISH = (
    CommandRow("start", "what I do"),
    CommandRow("help", "all commands"),
    CommandRow("video", "make a video", takes_text=True),
    CommandRow("credits", "how many credits are left"),
    CommandRow("settings", "language, format", takes_text=True),
    CommandRow("export", "render and post the video again"),
    CommandRow("link", "use your own token", private_only=True, takes_text=True, secret="nmv_usr_[a-z]+"),
    CommandRow("forget", "delete everything about this chat"),
)
CHINESE = tuple(replace(row, summary=f"中文 {row.name}") for row in ENGLISH)
SKILLS = (
    SkillRow("image-video", "Slideshow", ("a slideshow with music", "put my pictures into one video")),
    SkillRow("image-to-video-end-frame", "End frame", ("zoom out until the whole picture shows",)),
)
MENU = Menu(
    rows={"en": ENGLISH, "zh-CN": CHINESE},
    skills={"en": SKILLS, "zh-CN": SKILLS},
    phrases={tag: phrases_in(tag) for tag in ("en", "zh-CN")},
)


@dataclass(slots=True)
class Office:
    """What a test holds in its hands. `inbox` is what was recorded; while `closed`, nothing can be."""

    server: DiscordServer
    settings: DiscordSettings
    sender: DiscordSender
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    pace: MemoryPace = field(default_factory=MemoryPace)
    inbox: list[Inbound] = field(default_factory=list)
    closed: bool = False

    async def receive(self, inbound: Inbound) -> None:
        if self.closed or self.notes.away:
            raise StoreAway("by plan")
        self.inbox.append(inbound)

    async def gets(self, number: int = 1) -> InboundMessage:
        """The `number`-th message that was recorded."""
        message = await self.eventually(lambda: self.messages[number - 1 : number])
        return message[0]

    async def gets_press(self, number: int = 1) -> Press:
        """The `number`-th press that was recorded."""
        press = await self.eventually(lambda: self.presses[number - 1 : number])
        return press[0]

    @property
    def messages(self) -> list[InboundMessage]:
        return [one for one in self.inbox if isinstance(one, InboundMessage)]

    @property
    def presses(self) -> list[Press]:
        return [one for one in self.inbox if isinstance(one, Press)]

    async def eventually(self, what: Callable[[], T], seconds: float = 30.0) -> T:
        """What comes true in time."""
        deadline = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < deadline, f"not in time; recorded: {self.inbox}"
            await asyncio.sleep(0.005)
        return found

    @asynccontextmanager
    async def listening(self, **changes: Any) -> AsyncIterator[asyncio.Task[None]]:
        """A listener, connected."""
        settings = replace(self.settings, **changes)
        before = len(self.server.gateway.identifies)
        listener = DiscordListener(settings, self.pace, self.notes, MENU)
        task = asyncio.create_task(listener.listen(self.receive))
        try:
            await self.eventually(lambda: len(self.server.gateway.identifies) > before and self.server.gateway.is_heard)
            await self.eventually(lambda: bool(self.server.commands.get(0)))
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def open_office(server: DiscordServer, **changes: Any) -> AsyncIterator[Office]:
    """A sender over a server. Nothing may have been asked for that the server does not know."""
    times = changes.pop("times", TIMES)
    settings = DiscordSettings(server.token, server.api_url, times=times, **changes)
    notes, pace = MemoryNotes(), MemoryPace()
    async with open_sender(settings, pace, notes) as sender:
        yield Office(server, settings, sender, notes, pace)
    assert not server.unknown, server.unknown
