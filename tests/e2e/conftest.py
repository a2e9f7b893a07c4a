"""What the tests from end to end share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Stage, staged
from tests.wire.browser import executable
from tests.wire.telegram.server import BotApi, bot_api

PHOTOS = Path(__file__).parents[1] / "data" / "pictures"
SAMPLES = Path(__file__).parents[2] / "adapters" / "web" / "page" / "samples"


@pytest.fixture
def samples() -> list[Path]:
    """Real photographs."""
    return sorted(SAMPLES.glob("*.jpg"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Programs with a folder of their own, and short leases and waits."""
    settings = {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "LEASE_SECONDS": "1.5",
        "LOOK_SECONDS": "[1, 1, 1, 1, 1]",
        "GATHER_SECONDS": "0.2",
        "STUDIO_GENERATION_SECONDS": "0.1",
        "STUDIO_EDIT_SECONDS": "0.1",
        "LOG_LEVEL": "DEBUG",
    }
    with staged(tmp_path, **settings) as ready:
        yield ready


@pytest.fixture
async def telegram() -> AsyncIterator[BotApi]:
    """A Telegram on loopback."""
    async with bot_api() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; see `tests.wire.browser.executable`."""
    return executable()


@pytest.fixture
def in_ci() -> bool:
    """Whether this is CI, where nothing may be skipped."""
    return bool(os.environ.get("CI"))
