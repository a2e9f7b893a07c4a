"""The whole house with Discord as its chat, in one event loop: real store, real studio, real SDK, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.discord.listener import DiscordListener
from adapters.discord.places import key_of
from adapters.discord.sender import open_sender
from adapters.discord.settings import DiscordSettings, DiscordTimes
from bot.platforms.discord import menu_of
from core.control import Control
from core.intake import Intake
from core.messages import ConversationKey
from core.store.notes import StoredNotes
from core.store.pace import StorePace
from core.store.secrets import Sealer
from core.turns import Turns
from core.worker import Worker
from tests.core.house import House, Premises, house
from tests.wire.discord.server import DiscordServer, discord_server
from tests.wire.discord.world import Channel

TIMES = DiscordTimes(identify=0.05)


@dataclass(slots=True)
class DiscordHouse:
    """The server with its people, and the house behind it. Parts can be stopped and begun anew."""

    server: DiscordServer
    home: House
    settings: DiscordSettings
    listener: DiscordListener
    receive: Any
    listening: list[asyncio.Task[None]] = field(default_factory=list)

    def key_of(self, channel: Channel) -> ConversationKey:
        """The conversation of a place."""
        parent = channel.parent
        return key_of(parent.id, channel.id) if parent is not None else key_of(channel.id)

    async def listen(self) -> None:
        """Begin to listen, and wait until the bot is there and its commands are."""
        task = asyncio.create_task(self.listener.listen(self.receive))
        self.listening.append(task)
        await self.server.until(lambda: self.server.gateway.is_heard and self.server.commands.get(0), "the bot")

    async def stop_listening(self) -> None:
        """Leave the gateway."""
        while self.listening:
            task = self.listening.pop()
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def discord_house(
    ground: Premises, folder: Path, *, told: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[DiscordHouse]:
    """A house that listens to Discord. `told` are fields of `DiscordSettings`, `more` is for the house."""
    async with discord_server() as server, house(ground, folder, at_work=False, **more) as home:
        connection = copy(ground.connection)
        connection.keys = home.keys  # what was noted in other houses is not known here
        notes = StoredNotes(connection, Sealer(bytes(range(32))), "discord")
        pace = StorePace(connection)
        given: dict[str, Any] = {"token": server.token, "api_url": server.api_url, "times": TIMES} | (told or {})
        settings = DiscordSettings(**given)
        async with open_sender(settings, pace, notes) as sender:
            shop = replace(home.shop, outbounds={"discord": sender})
            listener = DiscordListener(settings, pace, notes, menu_of(home.shop.skills))
            worker = Worker(shop.mailbox, Turns(shop, Control(shop).handle), home.settings, name="worker")
            home.workers.append(asyncio.create_task(worker.run(home.stop)))
            place = DiscordHouse(server, home, settings, listener, Intake(shop).receive)
            try:
                yield place
            finally:
                await place.stop_listening()
                await home.close()
