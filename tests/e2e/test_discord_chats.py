"""What people see on Discord in the main situations is what was written down; `discord_chats` tells how to renew it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.discord_chats import KEPT, PLAYS, played


@pytest.fixture(scope="module")
def chats(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """All situations, played at once."""
    return asyncio.run(played(tmp_path_factory.mktemp("discord")))


@pytest.mark.parametrize("name", [play.__name__ for play in PLAYS])
def test_people_see_what_was_written_down(chats: Mapping[str, str], name: str) -> None:
    assert chats[name] == (KEPT / f"{name}.txt").read_text("utf-8")


def test_nothing_is_kept_that_is_not_played() -> None:
    assert {path.stem for path in Path(KEPT).glob("*.txt")} == {play.__name__ for play in PLAYS}
