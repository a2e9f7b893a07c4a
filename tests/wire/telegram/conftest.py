"""What the tests of the server itself share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.wire.telegram.scene import Scene, scene


@pytest.fixture
async def at() -> AsyncIterator[Scene]:
    """A server with Alice and a bot."""
    async with scene() as ready:
        yield ready
