"""What people see in the main situations is what was written down in `tests/data/chats`; `telegram_chats` and
`discord_chats` tell how to renew it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e import discord_chats, telegram_chats
from tests.e2e.situations import KEPT

PLATFORMS = pytest.mark.parametrize(
    ("platform", "chats"), [("telegram", telegram_chats), ("discord", discord_chats)], ids=["telegram", "discord"]
)


@PLATFORMS
def test_people_see_what_was_written_down(tmp_path: Path, platform: str, chats: ModuleType) -> None:
    """All situations of a platform are played at once in one house: that is why they are one test."""
    shown = asyncio.run(chats.played(tmp_path))
    told = {name: (KEPT / platform / f"{name}.txt").read_text("utf-8") for name in shown}
    assert {name: text for name, text in shown.items() if text != told[name]} == {}


@PLATFORMS
def test_nothing_is_kept_that_is_not_played(platform: str, chats: ModuleType) -> None:
    kept = (KEPT / platform).iterdir()
    assert sorted(path.stem for path in kept) == sorted(play.__name__ for play in chats.PLAYS)
