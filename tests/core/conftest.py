"""One real server for all tests of the core that need no more than a store; each test has its own prefix."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.store.connection import Connection, StoreSettings, open_store
from core.store.mailbox import Mailbox
from tests.wire.valkey import Valkey, valkey


@pytest.fixture(scope="session")
def store_server() -> Iterator[Valkey]:
    """Shared by all: do not kill, fill or freeze it; `own_server` is for that."""
    with valkey() as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[Valkey]:
    """A server for one test, to do to it whatever can be done to a server."""
    with valkey() as server:
        yield server


@pytest.fixture
async def connection(store_server: Valkey, tmp_path: Path) -> AsyncIterator[Connection]:
    async with open_store(StoreSettings(store_server.url, tmp_path, prefix=f"test-{uuid4().hex}")) as opened:
        yield opened


@pytest.fixture
async def own_connection(own_server: Valkey, tmp_path: Path) -> AsyncIterator[Connection]:
    async with open_store(StoreSettings(own_server.url, tmp_path)) as opened:
        yield opened


@pytest.fixture
async def mailbox(connection: Connection) -> Mailbox:
    """An empty one."""
    box = Mailbox(connection, connection.keys)
    await box.open()
    return box
