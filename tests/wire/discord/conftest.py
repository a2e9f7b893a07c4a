"""A server for each test of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.wire.discord.server import DiscordServer, discord_server


@pytest.fixture
async def server(anyio_backend: str) -> AsyncIterator[DiscordServer]:
    """A local Discord with nobody in it."""
    async with discord_server() as running:
        yield running
