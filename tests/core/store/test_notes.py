"""Notes of an adapter: kept sealed, shared, gone after their time or when a chat is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from core.ports import Notes
from core.store.connection import Connection
from core.store.notes import StoredNotes
from core.store.secrets import Sealer

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


@pytest.fixture
def notes(connection: Connection) -> Notes:
    return StoredNotes(connection, Sealer(KEY), "place")


async def test_what_was_noted_is_there_for_all_processes(notes: Notes, connection: Connection) -> None:
    await notes.put("chat", "status", b"42", seconds=60)
    assert await StoredNotes(connection, Sealer(KEY), "place").get("chat", "status") == b"42"
    assert await notes.get("chat", "other") is None
    assert await notes.get("other", "status") is None


async def test_the_last_note_counts(notes: Notes) -> None:
    await notes.put("chat", "status", b"1", seconds=60)
    await notes.put("chat", "status", b"2", seconds=60)
    assert await notes.get("chat", "status") == b"2"


async def test_of_many_who_claim_at_once_one_is_first(notes: Notes) -> None:
    answers = await asyncio.gather(*(notes.claim("chat", "key", b"%d" % n, seconds=60) for n in range(20)))
    assert answers.count(None) == 1
    assert set(answers) == {None, await notes.get("chat", "key")}


async def test_what_was_struck_out_can_be_claimed_again(notes: Notes) -> None:
    await notes.put("chat", "key", b"1", seconds=60)
    await notes.remove("chat", "key")
    assert await notes.claim("chat", "key", b"2", seconds=60) is None


async def test_forgetting_a_chat_leaves_no_key_of_it_and_all_of_others(notes: Notes, connection: Connection) -> None:
    for name in ("status", "token", "a:b"):
        await notes.put("chat", name, b"1", seconds=60)
        await notes.put("chat2", name, b"1", seconds=60)
    await notes.forget("chat")
    names = [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*") if b"chat" in key]
    assert not [name for name in names if b"place/chat2" not in name]
    assert await notes.get("chat2", "a:b") == b"1"


async def test_every_key_has_a_lifetime_and_the_index_lives_as_long_as_the_longest(
    notes: Notes, connection: Connection
) -> None:
    await notes.put("chat", "long", b"1", seconds=100)
    await notes.put("chat", "short", b"1", seconds=10)
    keys = [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*")]
    lives = sorted([await connection.commands.pttl(key) for key in keys])
    assert [round(life / 1000, -1) for life in lives] == [10, 100, 100]


async def test_the_index_does_not_keep_the_names_of_what_has_gone(notes: Notes, connection: Connection) -> None:
    await notes.put("chat", "stays", b"1", seconds=60)
    for number in range(98):
        await notes.put("chat", f"{number}", b"1", seconds=60)
        await notes.remove("chat", f"{number}")
    await notes.put("chat", "last", b"1", seconds=60)
    (index,) = [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*:notes:*")]
    assert set(await connection.commands.smembers(index)) == {b"stays", b"last"}


async def test_nothing_readable_stands_in_the_store(notes: Notes, connection: Connection) -> None:
    await notes.put("chat", "token", b"a secret token", seconds=60)
    keys = [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*note:*")]
    (value,) = [await connection.commands.get(key) for key in keys]
    assert b"secret" not in (value or b"")


async def test_a_note_under_another_key_is_as_good_as_none(notes: Notes, connection: Connection) -> None:
    await notes.put("chat", "token", b"1", seconds=60)
    assert await StoredNotes(connection, Sealer(b"x" * 32), "place").get("chat", "token") is None
