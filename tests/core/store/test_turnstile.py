"""The turnstile on a real server: caps are kept, the line is fair, and nobody who is gone is counted."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from core.store import turnstile
from core.store.connection import Connection
from core.store.turnstile import Turnstile

pytestmark = pytest.mark.anyio

TIMES = count(1000)


async def enter(door: Turnstile, job: str, person: str = "") -> int:
    return await door.enter(job, person or job, since=next(TIMES))


async def test_no_more_than_the_cap_are_inside_however_many_come_at_once(connection: Connection) -> None:
    doors = [Turnstile(connection, connection.keys, most=5) for _ in range(4)]
    places = await asyncio.gather(*(enter(doors[number % 4], f"job{number}") for number in range(20)))
    assert sorted(places)[:5] == [0] * 5
    assert 0 not in sorted(places)[5:]


async def test_whoever_came_first_is_the_next(connection: Connection) -> None:
    door = Turnstile(connection, connection.keys, most=1)
    assert [await enter(door, job) for job in ("a", "b", "c", "d")] == [0, 1, 2, 3]
    await door.leave("a")
    assert await enter(door, "c") == 2
    assert await enter(door, "b") == 0
    assert await enter(door, "c") == 1


async def test_whoever_is_inside_stays_so_when_asked_again(connection: Connection) -> None:
    door = Turnstile(connection, connection.keys, most=1)
    assert [await enter(door, "a") for _ in range(3)] == [0, 0, 0]
    await door.leave("a")
    assert await enter(door, "b") == 0


async def test_one_person_with_many_jobs_lets_others_pass(connection: Connection) -> None:
    door = Turnstile(connection, connection.keys, most=3, most_each=2)
    assert [await enter(door, f"anna{number}", "anna") for number in range(5)] == [0, 0, 1, 2, 3]
    assert await enter(door, "bob", "bob") == 0
    assert await enter(door, "carl", "carl") > 0
    await door.leave("anna0")
    assert await enter(door, "carl", "carl") > 0  # anna's next came before
    assert await enter(door, "anna2", "anna") == 0
    await door.leave("bob")
    assert await enter(door, "carl", "carl") == 0


async def test_who_left_the_line_is_not_waited_for(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "LINE_SECONDS", 0.2)
    door = Turnstile(connection, connection.keys, most=1)
    assert [await enter(door, job) for job in ("a", "gone", "c")] == [0, 1, 2]
    await asyncio.sleep(0.25)
    await door.leave("a")
    assert await enter(door, "c") == 0


async def test_work_that_is_never_seen_again_makes_room(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "STAY_SECONDS", 1)
    door = Turnstile(connection, connection.keys, most=1, most_each=1)
    assert [await enter(door, "a", "anna"), await enter(door, "b", "anna")] == [0, 1]
    async with asyncio.timeout(30):
        while await door.enter("b", "anna", since=1):
            await asyncio.sleep(0.1)


async def test_without_caps_nothing_is_counted(connection: Connection) -> None:
    door = Turnstile(connection, connection.keys)
    assert [await enter(door, str(number)) for number in range(50)] == [0] * 50
    assert [key async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*")] == []


async def test_every_key_has_a_lifetime_and_names_nobody(connection: Connection) -> None:
    door = Turnstile(connection, connection.keys, most=1, most_each=1)
    await enter(door, "a", "anna")
    await enter(door, "b", "anna")
    async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*"):
        assert 0 < await connection.commands.ttl(key) <= turnstile.STAY_SECONDS
    assert b"anna" not in (await connection.commands.hgetall(door._keys[1])).values()
