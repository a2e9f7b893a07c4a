"""Leading: one at a time, numbers that grow, and a lead that is given up before it is gone."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from core.ports import Leadership
from core.store.connection import Connection
from core.store.leadership import _WIN, StoreLeadership
from tests.wire.relay import relay
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio
LEASE = 0.6

PROGRAM = """
import asyncio, sys
from pathlib import Path
from core.store.connection import StoreSettings, open_store
from core.store.leadership import StoreLeadership

async def main():
    async with open_store(StoreSettings(sys.argv[1], Path("."), sys.argv[2])) as store:
        async with StoreLeadership(store, lease=float(sys.argv[3])).held("poll") as term:
            print(term.fence, flush=True)
            await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def leadership(connection: Connection) -> Leadership:
    return StoreLeadership(connection, lease=LEASE)


async def test_many_want_to_lead_and_one_does_at_a_time(leadership: Leadership) -> None:
    leading, most, fences = 0, 0, []

    async def lead() -> None:
        nonlocal leading, most
        async with leadership.held("poll") as term:
            leading += 1
            most = max(most, leading)
            fences.append(term.fence)
            await asyncio.sleep(0)
            leading -= 1

    async with asyncio.timeout(30):
        await asyncio.gather(*(lead() for _ in range(10)))
    assert most == 1
    assert fences == list(range(1, 11))


async def test_different_things_have_different_leaders(leadership: Leadership) -> None:
    async with asyncio.timeout(30), leadership.held("poll") as one, leadership.held("sweep") as two:
        assert one.fence == two.fence == 1


async def test_a_lead_lasts_longer_than_its_lease(leadership: Leadership, connection: Connection) -> None:
    async with leadership.held("poll") as term:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LEASE * 2.5):
                await term.lost()
        assert await connection.commands.exists(connection.keys.named("lead", "poll"))


async def test_leaving_hands_the_lead_over_at_once(connection: Connection) -> None:
    slow = StoreLeadership(connection, lease=3)
    async with slow.held("poll"):
        pass
    async with asyncio.timeout(1), slow.held("poll") as term:
        assert term.fence == 2


async def test_a_killed_leader_is_followed_when_its_lease_is_over(
    leadership: Leadership, connection: Connection, store_server: Valkey
) -> None:
    leader = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, store_server.url, connection.keys.prefix, str(LEASE), stdout=PIPE
    )
    assert leader.stdout is not None
    assert await leader.stdout.readline() == b"1\n"
    leader.kill()
    await leader.wait()
    async with asyncio.timeout(30), leadership.held("poll") as term:
        assert term.fence == 2


async def test_a_lead_that_somebody_took_is_lost(leadership: Leadership, connection: Connection) -> None:
    async with leadership.held("poll") as term:
        await connection.commands.set(connection.keys.named("lead", "poll"), "somebody else")
        async with asyncio.timeout(30):
            await term.lost()
    assert await connection.commands.get(connection.keys.named("lead", "poll")) == b"somebody else"


@pytest.mark.parametrize("trouble", ["cut", "frozen"])
async def test_a_leader_that_is_cut_off_knows_before_the_next_one_leads(
    connection: Connection, store_server: Valkey, trouble: str
) -> None:
    async with relay(store_server) as between:
        cut_off = Connection(between.url, connection.keys, patience=0.2)
        async with StoreLeadership(cut_off, lease=LEASE).held("poll") as past:
            lost = asyncio.create_task(past.lost())
            between.cut() if trouble == "cut" else between.freeze()
            async with asyncio.timeout(30), StoreLeadership(connection, lease=LEASE).held("poll") as present:
                assert lost.done()
                assert present.fence > past.fence
        await cut_off.close()


async def test_a_short_absence_of_the_store_costs_nothing(connection: Connection, store_server: Valkey) -> None:
    async with relay(store_server) as between:
        shaken = Connection(between.url, connection.keys, patience=0.2)
        async with StoreLeadership(shaken, lease=1.5).held("poll") as term:
            lost = asyncio.create_task(term.lost())
            between.cut()
            await asyncio.sleep(1.05)  # the renewal at a third of the lease fails, and so does one at two thirds
            between.mend()
            await asyncio.sleep(0.6)
            assert not lost.done()
            assert await connection.commands.exists(connection.keys.named("lead", "poll"))
            lost.cancel()
        await shaken.close()


async def test_a_lost_reply_to_the_winner_costs_no_lease(connection: Connection, store_server: Valkey) -> None:
    async with relay(store_server) as between:
        shaken = Connection(between.url, connection.keys)
        await shaken.probe()
        await shaken.commands.script_load(_WIN)
        between.lose_reply()
        async with asyncio.timeout(2), StoreLeadership(shaken, lease=9).held("poll") as term:
            assert term.fence == 1
        await shaken.close()


async def test_who_wants_to_lead_waits_for_a_store_that_is_away(own_server: Valkey, own_connection: Connection) -> None:
    own_server.kill()

    async def lead() -> int:
        async with StoreLeadership(own_connection, lease=LEASE).held("poll") as term:
            return term.fence

    leading = asyncio.create_task(lead())
    await asyncio.sleep(0.1)
    assert not leading.done()
    own_server.start()
    async with asyncio.timeout(30):
        assert await leading == 1
