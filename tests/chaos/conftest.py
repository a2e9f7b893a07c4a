"""Premises for tests that break things: one set for all that run in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.core.house import House, Premises, house, premises


class Build(Protocol):
    """Builds a house for a test; see `tests.core.house.house`."""

    def __call__(self, **changes: Any) -> AbstractAsyncContextManager[House]: ...


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Premises]:
    async with premises(tmp_path_factory.mktemp("premises")) as shared:
        yield shared


@pytest.fixture
def build(ground: Premises, tmp_path: Path) -> Build:
    def built(**changes: Any) -> AbstractAsyncContextManager[House]:
        return house(ground, tmp_path, **changes)

    return built
