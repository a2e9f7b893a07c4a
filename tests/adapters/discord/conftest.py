"""What the tests of this adapter share: a server for each, and the adapter at work on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.messages import LocalClip
from tests.adapters.contract import MP4
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


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    """A finished video."""
    video = tmp_path / "done.mp4"
    video.write_bytes(MP4)
    return LocalClip(video, 1920, 1080, 15.5, len(MP4))
