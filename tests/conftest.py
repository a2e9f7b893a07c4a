"""What all tests share."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio, the only loop the product runs on."""
    return "asyncio"


LONG = ("tests/chaos/test_ca", "tests/chaos/test_co", "tests/chaos/test_s", "tests/e2e/")
SHARES = 4  # as many as `make test` runs at a time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker begins with a share of the long tests, so that none is left with them at the end."""
    long = [item for item in items if item.nodeid.startswith(LONG)]
    short = [item for item in items if not item.nodeid.startswith(LONG)]
    size = -(-len(items) // SHARES)
    ordered: list[pytest.Item] = []
    for share in range(SHARES):
        mine = long[share::SHARES]
        take = max(0, size - len(mine))
        ordered += [*mine, *short[:take]]
        short = short[take:]
    items[:] = [*ordered, *short]
