"""What people see on Discord in the main situations is what was written down; `discord_chats` tells how to renew it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.discord_chats import KEPT, PLAYS, played


def test_people_see_what_was_written_down(tmp_path: Path) -> None:
    """All situations are played at once in one house: that is why they are one test."""
    shown = asyncio.run(played(tmp_path))
    told = {name: (KEPT / f"{name}.txt").read_text("utf-8") for name in shown}
    assert {name: text for name, text in shown.items() if text != told[name]} == {}


def test_nothing_is_kept_that_is_not_played() -> None:
    assert {path.stem for path in Path(KEPT).glob("*.txt")} == {play.__name__ for play in PLAYS}
