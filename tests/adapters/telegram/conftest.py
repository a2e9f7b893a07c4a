"""What the tests of this adapter share: a bot at its server, somebody to talk to, a film to hand over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.messages import LocalClip
from tests.adapters.telegram.desk import Desk, desk
from tests.wire.films import clip_in
from tests.wire.telegram.people import Person


@pytest.fixture
async def hand() -> AsyncIterator[Desk]:
    """A bot at its server."""
    async with desk() as made:
        yield made


@pytest.fixture
def ann(hand: Desk) -> Person:
    """Somebody."""
    return hand.server.person("Ann")


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    """A film."""
    return clip_in(tmp_path)
