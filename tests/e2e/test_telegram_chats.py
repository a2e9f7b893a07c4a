"""The main situations on Telegram look as they are written down in `tests/data/chats/telegram`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.e2e.telegram_chats import KEPT, PLAYS, played

NAMES = [play.__name__ for play in PLAYS]


@pytest.fixture(scope="module")
def chats(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """All situations, played at once in one house."""
    return asyncio.run(played(tmp_path_factory.mktemp("chats")))


@pytest.mark.parametrize("name", NAMES)
def test_a_chat_looks_as_it_is_written_down(chats: Mapping[str, str], name: str) -> None:
    assert chats[name] == (KEPT / f"{name}.txt").read_text("utf-8")


def test_nothing_is_written_down_that_is_not_played() -> None:
    assert sorted(path.stem for path in KEPT.iterdir()) == sorted(NAMES)
