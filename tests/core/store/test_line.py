"""The shared line to the store: everybody gets the reply to their own question, or is told that none will come."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import StoreAway
from core.store.connection import Connection, translated
from core.store.keys import Keys
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_each_gets_the_reply_to_their_own_question(connection: Connection) -> None:
    replies = await asyncio.gather(*(connection.commands.echo(str(number)) for number in range(500)))
    assert replies == [str(number).encode() for number in range(500)]


async def test_one_who_is_cancelled_leaves_the_others_alone(connection: Connection) -> None:
    asking = [asyncio.ensure_future(connection.commands.echo(str(number))) for number in range(100)]
    await asyncio.sleep(0)
    for task in asking[::2]:
        task.cancel()
    replies = await asyncio.gather(*asking, return_exceptions=True)
    assert replies[1::2] == [str(number).encode() for number in range(1, 100, 2)]
    assert await connection.commands.echo("after") == b"after"


async def test_a_refusal_is_for_the_one_who_asked(connection: Connection) -> None:
    await connection.commands.set("text", "x")
    refused, told = await asyncio.gather(
        connection.commands.lpush("text", "y"), connection.commands.get("text"), return_exceptions=True
    )
    assert "WRONGTYPE" in str(refused)
    assert told == b"x"


async def test_a_thousand_askers_need_one_connection(own_server: Valkey, own_connection: Connection) -> None:
    await asyncio.gather(*(own_connection.commands.incr("count") for _ in range(1000)))
    assert (await own_connection.commands.info("stats"))["total_connections_received"] <= 2  # one is the fixture's


async def test_all_who_wait_are_told_when_the_server_dies(own_server: Valkey, own_connection: Connection) -> None:
    await own_connection.probe()
    own_server.pause()
    waiting = [asyncio.create_task(own_connection.probe()) for _ in range(50)]
    await asyncio.sleep(0.01)
    own_server.kill()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, StoreAway) for one in told)


async def test_all_who_come_while_the_server_is_away_share_its_refusal(own_server: Valkey) -> None:
    own_server.kill()
    connection = Connection(own_server.url, Keys())
    told = await asyncio.gather(*(connection.probe() for _ in range(200)), return_exceptions=True)
    assert all(isinstance(one, StoreAway) for one in told)
    own_server.start()
    with translated():
        assert await connection.commands.echo("back") == b"back"
    await connection.close()


async def test_whoever_asks_after_the_end_of_a_line_opens_another(connection: Connection) -> None:
    first = await connection.commands.client_id()
    await connection.commands.client_kill_filter(_id=str(first), skipme=False)
    with translated():
        assert await connection.commands.client_id() != first
