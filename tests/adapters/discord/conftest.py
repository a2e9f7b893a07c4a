"""What the tests of this adapter share: a server for each, and the adapter at work on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.discord.office import Office, open_office
from tests.wire.discord.server import DiscordServer, discord_server


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with discord_server() as running:
        yield running


@pytest.fixture
async def office(server: DiscordServer) -> AsyncIterator[Office]:
    """A sender; `office.listening()` begins to listen."""
    async with open_office(server) as opened:
        yield opened
