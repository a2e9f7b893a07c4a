"""What the tests of the page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.browser import Stage, stage


@pytest.fixture(scope="session")
def theatre() -> Iterator[Stage]:
    """One browser for all tests of the page; each opens a profile of its own."""
    with stage() as one:
        yield one
