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
async def connected(server: DiscordServer, client: discord.Client) -> AsyncIterator[discord.Client]:
    """A client with its gateway, ready."""
    async with pointed_at(server):
        running = asyncio.create_task(client.start(server.token))
        ready = asyncio.create_task(client.wait_until_ready()) if client.is_ready() else None
        try:
            await server.until(client.is_ready, "the client is ready")
            yield client
        finally:
            await client.close()
            await asyncio.gather(running, *([ready] if ready else []), return_exceptions=True)


@asynccontextmanager
async def logged_in(server: DiscordServer, **options: Any) -> AsyncIterator[discord.Client]:
    """A client that only sends, without a gateway."""
    options.setdefault("intents", discord.Intents.none())
    client = discord.Client(**options)
    async with pointed_at(server), client:
        await client.login(server.token)
        yield client
