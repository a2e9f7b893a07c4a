"""The SDK as it comes, pointed at the local server: what the server must be able to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.wire.discord.server import DiscordServer


class Bot(discord.Client):
    """A client that takes down what it hears."""

    def __init__(self, **options: Any) -> None:
        content = options.pop("content", False)
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.heard: list[discord.Message] = []

    async def on_message(self, message: discord.Message) -> None:
        """Take it down, unless it is from this bot."""
        if message.author != self.user:
            self.heard.append(message)


@asynccontextmanager
async def pointed_at(server: DiscordServer) -> AsyncIterator[None]:
    """Let the SDK's addresses be the server's, for the time of the block."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway.url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def connected(server: DiscordServer, client: discord.Client) -> AsyncIterator[None]:
    """Run a client with its gateway, ready."""
    async with pointed_at(server):
        running = asyncio.create_task(client.start(server.token))
        try:
            await server.until(client.is_ready, "the client is ready")
            yield
        finally:
            await client.close()
            await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def logged_in(server: DiscordServer, **options: Any) -> AsyncIterator[discord.Client]:
    """A client that only sends, without a gateway."""
    options.setdefault("intents", discord.Intents.none())
    client = discord.Client(**options)
    async with pointed_at(server), client:
        await client.login(server.token)
        yield client
