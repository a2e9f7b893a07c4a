"""The connection that all commands share: each gets its own answer, whatever happens to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from core.errors import StoreAway
from core.store.connection import Connection, translated
from core.store.keys import Keys
from tests.wire.relay import relay
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def played(folder: Path, serve: Serve) -> AsyncIterator[Connection]:
    """A connection to something that only plays a server."""
    socket = folder / "played.sock"
    server = await asyncio.start_unix_server(serve, socket)
    connection = Connection(f"unix://{socket}", Keys(), patience=1.0)
    try:
        yield connection
    finally:
        await connection.close()
        server.close()


async def incremented(connection: Connection, key: str) -> int:
    with translated():
        return int(await connection.commands.incr(key))


async def test_all_commands_share_one_connection(own_server: Valkey, own_connection: Connection) -> None:
    await asyncio.gather(*(incremented(own_connection, "count") for _ in range(500)))
    assert (await own_connection.commands.info("clients"))["connected_clients"] == 1


async def test_each_command_gets_its_own_answer(connection: Connection) -> None:
    keys = [connection.keys.named("key", str(number)) for number in range(500)]
    await asyncio.gather(*(connection.commands.set(key, key) for key in keys))
    answers = await asyncio.gather(*(connection.commands.get(key) for key in keys))
    assert answers == [key.encode() for key in keys]


async def test_a_mistake_of_one_is_nobody_elses(connection: Connection) -> None:
    text, count = connection.keys.named("text", "1"), connection.keys.named("count", "1")
    await connection.commands.set(text, "x")
    asked = [connection.commands.incr(count), connection.commands.lpush(text, "y"), connection.commands.get(text)]
    counted, mistake, kept = await asyncio.gather(*asked, return_exceptions=True)
    assert (counted, kept) == (1, b"x")
    assert "WRONGTYPE" in str(mistake)


async def test_a_script_that_the_server_has_forgotten_is_told_again(own_connection: Connection) -> None:
    add = own_connection.commands.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert [await add(keys=["count"], args=[2]) for _ in range(2)] == [2, 4]
    await own_connection.commands.script_flush()
    assert [await add(keys=["count"], args=[2]) for _ in range(2)] == [6, 8]
    told = (await own_connection.commands.info("commandstats"))["cmdstat_eval"]
    assert told["calls"] == 2, "in full only where it was not known"


async def test_the_answer_to_one_who_left_is_given_to_nobody_else(connection: Connection) -> None:
    await connection.probe()
    key = connection.keys.named("count", "1")
    for count in range(0, 100, 2):
        leaving = asyncio.create_task(incremented(connection, key))
        await asyncio.sleep(0)
        staying = asyncio.create_task(incremented(connection, key))
        leaving.cancel()
        assert await staying == count + 2
        with pytest.raises(asyncio.CancelledError):
            await leaving


async def test_an_answer_may_come_byte_by_byte(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65536):
            for byte in b"$5\r\nphoto\r\n" * asked.count(b"GET\r\n"):
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
        writer.close()

    async with played(tmp_path, serve) as connection:
        answers = await asyncio.gather(*(connection.commands.get("key") for _ in range(3)))
    assert answers == [b"photo"] * 3


async def test_what_nobody_asked_for_is_no_answer_to_the_next(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65536):
            writer.write(b"$5\r\nphoto\r\n$5\r\nstray\r\n" * asked.count(b"GET\r\n"))
        writer.close()

    async with played(tmp_path, serve) as connection:
        assert [await connection.commands.get("key") for _ in range(3)] == [b"photo"] * 3


async def test_what_is_no_answer_of_a_store_is_a_store_that_is_away(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" if await reader.read(10) else b"")

    async with played(tmp_path, serve) as connection:
        with pytest.raises(StoreAway):
            await connection.probe()


async def test_one_that_hangs_up_is_called_once_for_all_who_wait(tmp_path: Path) -> None:
    calls = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.close()

    async with played(tmp_path, serve) as connection:
        outcomes = await asyncio.gather(*(connection.probe() for _ in range(50)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreAway] * 50
    assert calls == 1


async def test_one_that_never_answers_costs_all_who_wait_the_patience_once(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        writer.close()

    async with played(tmp_path, serve) as connection:
        began = monotonic()
        outcomes = await asyncio.gather(*(connection.probe() for _ in range(50)), return_exceptions=True)
        took = monotonic() - began
    assert [type(outcome) for outcome in outcomes] == [StoreAway] * 50
    assert took < 20, "one after the other they would have waited for 50 s"


async def test_a_long_queue_is_well_as_long_as_it_moves(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65536):
            for _ in range(asked.count(b"GET\r\n")):
                await asyncio.sleep(0.2)
                writer.write(b"$5\r\nphoto\r\n")
        writer.close()

    async with played(tmp_path, serve) as connection:
        assert await asyncio.gather(*(connection.commands.get("key") for _ in range(10))) == [b"photo"] * 10


async def test_patience_begins_anew_with_a_question_after_all_were_answered(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for thinking in (0.0, 0.5):
            await reader.read(65536)
            await asyncio.sleep(thinking)
            writer.write(b"$5\r\nphoto\r\n")
        writer.close()

    async with played(tmp_path, serve) as connection:
        await connection.commands.get("key")
        await asyncio.sleep(0.8)
        assert await connection.commands.get("key") == b"photo"


async def test_a_lost_answer_fails_all_that_were_asked_and_no_later_one(store_server: Valkey, tmp_path: Path) -> None:
    async with relay(store_server) as between:
        connection = Connection(between.url, Keys(f"test-{tmp_path.name}"))
        key = f"{tmp_path.name}:count"
        await connection.probe()
        between.lose_reply()
        outcomes = await asyncio.gather(*(incremented(connection, key) for _ in range(20)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreAway] * 20
        assert await incremented(connection, key) == 21
        await connection.close()


async def test_a_server_that_became_a_replica_is_left(own_server: Valkey, own_connection: Connection) -> None:
    first = await own_connection.commands.client_id()
    own_server.make_read_only()
    with pytest.raises(StoreAway):
        await own_connection.probe()
    own_server.make_writable()
    assert await own_connection.commands.client_id() != first


async def test_a_closed_connection_leaves_nobody_waiting(own_server: Valkey) -> None:
    connection = Connection(own_server.url, Keys(), patience=600.0)
    await connection.probe()
    own_server.pause()
    asked = asyncio.create_task(connection.probe())
    await asyncio.sleep(0)
    await connection.close()
    own_server.resume()
    async with asyncio.timeout(30):
        with pytest.raises(StoreAway):
            await asked


async def test_who_does_not_wait_for_the_opening_stops_it_for_nobody(own_server: Valkey) -> None:
    own_server.pause()
    connection = Connection(f"{own_server.url}?db=1", Keys())  # the server is told which, and does not answer yet
    leaving, staying = asyncio.create_task(connection.probe()), asyncio.create_task(connection.probe())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    own_server.resume()
    await staying
    await connection.close()
