"""The main situations on Telegram look as they are written down in `tests/data/chats/telegram`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.telegram_chats import KEPT, PLAYS, played

NAMES = [play.__name__ for play in PLAYS]


def test_a_chat_looks_as_it_is_written_down(tmp_path: Path) -> None:
    """All situations are played at once in one house: that is why they are one test."""
    shown = asyncio.run(played(tmp_path))
    told = {name: (KEPT / f"{name}.txt").read_text("utf-8") for name in shown}
    assert {name: text for name, text in shown.items() if text != told[name]} == {}


def test_nothing_is_written_down_that_is_not_played() -> None:
    assert sorted(path.stem for path in KEPT.iterdir()) == sorted(NAMES)
