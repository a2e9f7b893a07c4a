"""A bot at its server: the line, the way out and a reader, for tests over real sockets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.telegram.line import Line, open_line
from adapters.telegram.places import key_of
from adapters.telegram.sender import TelegramSender
from adapters.telegram.settings import TelegramSettings
from core.errors import StoreAway
from core.messages import ConversationKey, Inbound
from tests.adapters.telegram.memory import MemoryNotes, MemoryPace
from tests.wire.telegram.people import Group, Person
from tests.wire.telegram.server import BotApi, bot_api

COMMANDS = ("start", "help", "video", "forget")
TRUSTED = ssl.create_default_context()  # takes a while to make, and nobody is asked for a certificate here
SECRET = "a-made-up-webhook-secret"


@dataclass
class Desk:
    """What a test has in hand."""

    server: BotApi
    line: Line
    notes: MemoryNotes
    pace: MemoryPace
    sender: TelegramSender

    @property
    def settings(self) -> TelegramSettings:
        """How the server is reached."""
        return self.line.settings


def at(place: Person | Group, thread: int = 0) -> ConversationKey:
    """The conversation of a person or a group."""
    return key_of(place.chat.id, thread)


@asynccontextmanager
async def desk(*, told: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Desk]:
    """A server and a bot; `told` is for the server, the rest are settings."""
    async with bot_api(**{"strict_videos": False, **(told or {})}) as server:
        if settings.get("local_mode") and "local_folder" not in settings:
            settings["local_folder"] = server.folder
        told_too = {"api_url": server.url, "poll_seconds": 1, "webhook_secret": SECRET, **settings}
        whole = TelegramSettings(server.token, **told_too)
        notes, pace = MemoryNotes(), MemoryPace()
        async with open_line(whole, TRUSTED) as line:
            yield Desk(server, line, notes, pace, TelegramSender(line, pace, notes))


def another_process(hand: Desk, *, now: float | None = None) -> TelegramSender:
    """A sender that shares the store with the first one; `now` is its clock."""
    if now is None:
        return TelegramSender(hand.line, hand.pace, hand.notes)
    return TelegramSender(hand.line, hand.pace, hand.notes, now=lambda: now)


@dataclass
class Mailbox:
    """Takes in what comes. `away` makes the store be away; `poison` are ids that it chokes on."""

    arrived: list[Inbound] = field(default_factory=list)
    away: bool = False
    poison: set[str] = field(default_factory=set)
    tries: int = 0

    async def receive(self, inbound: Inbound) -> None:
        """A `core.ports.Receive`."""
        self.tries += 1
        if self.away:
            raise StoreAway("switched off")
        if inbound.id in self.poison:
            raise ValueError("indigestible")
        if inbound not in self.arrived:
            self.arrived.append(inbound)
