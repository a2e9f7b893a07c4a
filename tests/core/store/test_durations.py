"""How long things took: short lists, the newest first, one for each kind and backend."""

from __future__ import annotations

import pytest

from core.store.connection import Connection
from core.store.durations import KEPT, LIFETIME, Durations

pytestmark = pytest.mark.anyio


async def test_the_newest_come_first_and_kinds_and_backends_stay_apart(connection: Connection) -> None:
    here, there = (Durations(connection, connection.keys, backend) for backend in ("studio", "api.example"))
    for seconds in (1.0, 2.5, 3.0):
        await here.note("render", seconds)
    await here.note("edit", 9.0)
    await there.note("render", 7.0)
    assert await here.recent("render") == [3.0, 2.5, 1.0]
    assert await here.recent("edit") == [9.0]
    assert await there.recent("render") == [7.0]
    assert await there.recent("edit") == []


async def test_a_list_stays_short_and_does_not_live_for_ever(connection: Connection) -> None:
    durations = Durations(connection, connection.keys, "studio")
    for number in range(KEPT + 20):
        await durations.note("render", float(number))
    recent = await durations.recent("render")
    assert len(recent) == KEPT
    assert recent[0] == KEPT + 19
    [key] = [key async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*durations*")]
    assert 0 < await connection.commands.ttl(key) <= LIFETIME
