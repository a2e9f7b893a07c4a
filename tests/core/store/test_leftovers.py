"""What is left of processes that were killed: swept when it is old, and never while somebody may need it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from core.messages import ConversationKey
from core.records import Preferences, Record
from core.store import leftovers
from core.store.connection import Connection
from core.store.leftovers import OLD_SECONDS, Leftovers
from core.store.mailbox import Mailbox
from core.store.records import Records

pytestmark = pytest.mark.anyio

CHAT = ConversationKey("console", "1")


async def keys_in(connection: Connection) -> list[str]:
    found: Any = connection.commands.scan_iter(match=f"{connection.keys.prefix}:*")
    return sorted([key.decode() async for key in found])


async def killed(connection: Connection, folder: Path, scope: str, now: float) -> None:
    """A process that worked in a scope and was not asked to stop."""
    dying = Leftovers(connection, folder, lambda: now)
    await dying._sign(scope)
    await Records(connection, dying.keys_of(scope)).prefer(CHAT, Preferences(ratio="9:16"))


async def test_a_scope_leaves_nothing_behind_and_touches_nothing_else(connection: Connection, tmp_path: Path) -> None:
    others = Records(connection, connection.keys)
    await others.prefer(CHAT, Preferences(ratio="1:1"))
    async with Leftovers(connection, tmp_path).scope("make-1") as keys:
        mine = Records(connection, keys)
        await mine.prefer(CHAT, Preferences(ratio="9:16"))
        assert (await mine.load(CHAT)).preferences.ratio == "9:16"
    assert await mine.load(CHAT) == Record()
    assert (await others.load(CHAT)).preferences.ratio == "1:1"
    assert not [key for key in await keys_in(connection) if "make-1" in key or "scopes" in key]


async def test_the_scope_of_a_process_that_was_killed_is_swept_a_day_later(
    connection: Connection, tmp_path: Path
) -> None:
    now = time.time()
    await killed(connection, tmp_path, "make-1", now)
    await Leftovers(connection, tmp_path, lambda: now + OLD_SECONDS - 1).sweep()
    assert await keys_in(connection)
    await Leftovers(connection, tmp_path, lambda: now + OLD_SECONDS + 1).sweep()
    assert await keys_in(connection) == []


async def test_a_scope_that_gives_signs_of_life_is_left_alone(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = connection.keys.in_partition(0, "scopes")
    monkeypatch.setattr(leftovers, "SIGN_SECONDS", 0.01)
    clock = [time.time()]
    living = Leftovers(connection, tmp_path, lambda: clock[0])
    async with living.scope("make-1") as keys:
        await Records(connection, keys).prefer(CHAT, Preferences(ratio="9:16"))
        clock[0] += OLD_SECONDS + 1
        async with asyncio.timeout(30):
            while (await connection.commands.zscore(scopes, "make-1") or 0.0) < clock[0]:
                await asyncio.sleep(0.01)
        await living.sweep()
        assert (await Records(connection, keys).load(CHAT)).preferences.ratio == "9:16"


async def test_what_a_killed_process_leaves_goes_by_itself(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "SIGN_SECONDS", 0.01)
    async with Leftovers(connection, tmp_path).scope("make-1") as keys:
        await Mailbox(connection, keys).open()
        await Records(connection, keys).prefer(CHAT, Preferences(ratio="9:16"))
        mine = [key for key in await keys_in(connection) if "make-1" in key]
        assert len(mine) == 33
        async with asyncio.timeout(30):
            while min([await connection.commands.ttl(key) for key in mine]) < 0:
                await asyncio.sleep(0.01)
        assert max([await connection.commands.ttl(key) for key in mine]) <= OLD_SECONDS


async def test_old_folders_of_work_are_swept_and_young_ones_not(connection: Connection, tmp_path: Path) -> None:
    long_ago = time.time() - OLD_SECONDS - 60
    for name in ("old", "young", "old-with-young"):
        (tmp_path / name / "files").mkdir(parents=True)
        (tmp_path / name / "files" / "source").touch()
    (tmp_path / "stray.tmp").touch()
    for path in (*tmp_path.glob("old/**/*"), *(tmp_path / name for name in ("old", "old-with-young", "stray.tmp"))):
        os.utime(path, (long_ago, long_ago))
    await Leftovers(connection, tmp_path).sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old-with-young", "young"]


async def test_without_a_folder_there_is_nothing_to_sweep(connection: Connection, tmp_path: Path) -> None:
    await Leftovers(connection, tmp_path / "nowhere").sweep()
