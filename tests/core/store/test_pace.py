"""Send budgets: how much is handed out, when, and how an ordered pause is kept."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from core.errors import StoreAway
from core.ports import Pace
from core.store.connection import Connection
from core.store.pace import StorePace
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def pace(connection: Connection) -> Pace:
    return StorePace(connection)


async def test_one_send_is_free_and_the_next_one_waits_its_turn(pace: Pace) -> None:
    assert await pace.take("chat", rate=0.1) == 0
    assert 9 < await pace.take("chat", rate=0.1) <= 10


async def test_asking_in_vain_costs_nothing(pace: Pace) -> None:
    await pace.take("chat", rate=0.1)
    first = await pace.take("chat", rate=0.1)
    for _ in range(20):
        assert await pace.take("chat", rate=0.1) <= first


async def test_a_burst_is_handed_out_at_once_and_no_more(pace: Pace) -> None:
    waits = await asyncio.gather(*(pace.take("all", rate=0.01, burst=30) for _ in range(50)))
    assert waits.count(0) == 30


async def test_whoever_waits_as_told_gets_it(pace: Pace) -> None:
    assert await pace.take("chat", rate=20) == 0
    await asyncio.sleep(await pace.take("chat", rate=20) + 0.001)
    assert await pace.take("chat", rate=20) == 0


async def test_budgets_do_not_know_each_other(pace: Pace) -> None:
    assert await pace.take("one", rate=0.1) == 0
    assert await pace.take("two", rate=0.1) == 0


async def test_processes_share_a_budget(pace: Pace, connection: Connection) -> None:
    assert await pace.take("chat", rate=0.1) == 0
    assert await StorePace(connection).take("chat", rate=0.1) > 0


async def test_nothing_is_handed_out_before_an_ordered_pause_is_over(pace: Pace) -> None:
    ordered = monotonic()
    await pace.hold("chat", 0.3)
    while wait := await pace.take("chat", rate=1000, burst=10):
        assert wait <= 0.3
        await asyncio.sleep(wait / 2)
    assert monotonic() - ordered >= 0.299


async def test_a_shorter_pause_does_not_end_a_longer_one(pace: Pace) -> None:
    await pace.hold("chat", 100)
    await pace.hold("chat", 1)
    assert 99 < await pace.take("chat", rate=1) <= 100


async def test_a_longer_pause_extends_a_shorter_one(pace: Pace) -> None:
    await pace.hold("chat", 1)
    await pace.hold("chat", 100)
    assert 99 < await pace.take("chat", rate=1) <= 100


async def test_a_very_long_pause_is_kept_whole(pace: Pace) -> None:
    await pace.hold("chat", 13_938)
    assert 13_937 < await pace.take("chat", rate=30, burst=30) <= 13_938


async def test_after_a_pause_there_is_one_send_and_no_burst(pace: Pace) -> None:
    await pace.hold("all", 0.05)
    await asyncio.sleep(0.06)
    waits = [await pace.take("all", rate=0.1, burst=30) for _ in range(3)]
    assert waits[0] == 0
    assert all(waits[1:])


async def test_a_budget_at_rest_leaves_nothing_behind(pace: Pace, connection: Connection) -> None:
    await pace.take("chat", rate=20)
    assert 0 < await connection.commands.pttl(connection.keys.named("pace", "chat")) <= 1050


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5)])
async def test_a_budget_that_would_never_hand_out_anything_is_a_mistake(pace: Pace, rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="nothing would ever"):
        await pace.take("chat", rate=rate, burst=burst)


async def test_without_the_store_nothing_is_handed_out(own_server: Valkey, own_connection: Connection) -> None:
    own_server.kill()
    with pytest.raises(StoreAway):
        await StorePace(own_connection).take("chat", rate=1)
