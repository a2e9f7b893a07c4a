"""What all tests share."""

from __future__ import annotations

from itertools import groupby

import pytest

LONG = "test_controls"  # a campaign for each of its tests


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio, the only loop the product runs on."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Campaigns mostly wait: spread evenly between the other files, none of several workers is left with them all."""
    files = [list(group) for _, group in groupby(items, lambda item: item.path)]
    spread = [file for file in files if file[0].path.parent.name == "chaos" and file[0].path.stem != LONG]
    spread += [[item] for file in files if file[0].path.stem == LONG for item in file]
    others = [file for file in files if file[0].path.parent.name != "chaos"]
    for number, piece in reversed(list(enumerate(spread))):
        others.insert((number + 1) * len(others) // (len(spread) + 1), piece)
    items[:] = [item for file in others for item in file]
