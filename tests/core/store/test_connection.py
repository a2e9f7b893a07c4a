"""Clients of the store: addresses, troubles, and that nothing is sent twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.errors import StoreAway
from core.store.connection import Connection, StoreSettings, open_store, translated
from core.store.keys import Keys
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_a_value_comes_back_as_bytes(connection: Connection) -> None:
    await connection.commands.set("photo", "ü")
    assert await connection.commands.get("photo") == "ü".encode()


async def test_a_blocking_read_outlasts_the_patience_of_commands(own_server: Valkey) -> None:
    connection = Connection(own_server.url, Keys(), patience=0.5)
    try:
        assert await connection.blocking(0.7).blpop(["nothing"], timeout=0.7) is None
    finally:
        await connection.close()


async def test_more_commands_at_once_than_connections_wait_for_one_another(connection: Connection) -> None:
    await asyncio.gather(*(connection.commands.incr("count") for _ in range(2000)))
    assert await connection.commands.get("count") == b"2000"
    assert (await connection.commands.info("clients"))["connected_clients"] < 200


async def test_a_server_that_is_gone_is_away_and_comes_back(own_server: Valkey, own_connection: Connection) -> None:
    await own_connection.commands.set("kept", "1")
    own_server.kill()
    with pytest.raises(StoreAway):
        await own_connection.probe()
    own_server.start()
    with translated():
        assert await own_connection.commands.get("kept") == b"1"


async def test_a_server_that_was_restarted_is_not_noticed(own_server: Valkey, own_connection: Connection) -> None:
    await asyncio.gather(*(own_connection.probe() for _ in range(20)))
    own_server.restart()
    await asyncio.sleep(0)  # the loop takes notice that the connections were closed
    await asyncio.gather(*(own_connection.probe() for _ in range(20)))


async def test_a_frozen_server_is_away_after_the_patience(own_server: Valkey) -> None:
    connection = Connection(own_server.url, Keys(), patience=0.2)
    await connection.probe()
    own_server.pause()
    with pytest.raises(StoreAway):
        await connection.probe()
    own_server.resume()
    await connection.probe()
    await connection.close()


async def test_a_read_only_server_is_away(own_server: Valkey, own_connection: Connection) -> None:
    own_server.make_read_only()
    with pytest.raises(StoreAway, match="replica"):
        await own_connection.probe()
    assert (await own_connection.durability()).read_only
    own_server.make_writable()
    await own_connection.probe()


async def test_a_full_server_is_away(own_server: Valkey, own_connection: Connection) -> None:
    own_server.fill()
    with pytest.raises(StoreAway):
        await own_connection.probe()
    own_server.empty()
    await own_connection.probe()


@pytest.mark.parametrize("trouble", ["read only", "full"])
async def test_a_script_that_may_not_write_is_away_too(
    own_server: Valkey, own_connection: Connection, trouble: str
) -> None:
    script = own_connection.commands.register_script("return redis.call('SET', KEYS[1], 'x')")
    own_server.make_read_only() if trouble == "read only" else own_server.fill()
    with pytest.raises(StoreAway), translated():
        await script(keys=["key"])


async def test_a_full_pipeline_is_away_too(own_server: Valkey, own_connection: Connection) -> None:
    own_server.fill()
    async with own_connection.commands.pipeline(transaction=True) as pipeline:
        pipeline.set("key", "x")
        with pytest.raises(StoreAway), translated():
            await pipeline.execute()


async def test_a_mistake_of_ours_is_not_the_store_being_away(connection: Connection) -> None:
    await connection.commands.set("text", "x")
    with pytest.raises(Exception, match="WRONGTYPE") as caught, translated():
        await connection.commands.lpush("text", "y")
    assert not isinstance(caught.value, StoreAway)


async def test_a_lost_reply_never_runs_a_command_twice(own_server: Valkey) -> None:
    runs = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal runs
        while line := await reader.readline():
            if line.startswith(b"INCR"):
                runs += 1
                writer.close()

    relay = await asyncio.start_unix_server(serve, own_server.folder / "relay.sock")
    async with open_store(StoreSettings(f"unix://{own_server.folder}/relay.sock", own_server.folder)) as connection:
        with pytest.raises(StoreAway), translated():
            await connection.commands.incr("count")
    relay.close()
    assert runs == 1


async def test_a_command_that_is_cancelled_at_any_moment_ends(connection: Connection) -> None:
    async def work() -> None:
        while True:
            await connection.commands.incr("count")

    for moment in range(100):
        working = asyncio.create_task(work())
        for _ in range(moment):
            await asyncio.sleep(0)
        working.cancel()
        done, _ = await asyncio.wait([working], timeout=1)
        assert done, f"it goes on after a cancellation at step {moment}"
    await connection.probe()


async def test_durability_is_what_the_server_says(own_connection: Connection) -> None:
    facts = await own_connection.durability()
    assert facts.append_only is True
    assert facts.eviction_policy == "noeviction"
    assert facts.version.count(".") == 2
    assert facts.used_bytes > 0


async def test_durability_of_a_server_that_tells_nothing_is_unknown(own_server: Valkey) -> None:
    own_server.say("ACL SETUSER silent on >word ~* +@all -@admin -@dangerous")
    async with open_store(StoreSettings(f"{own_server.url}?username=silent&password=word", own_server.folder)) as quiet:
        await quiet.probe()
        facts = await quiet.durability()
    assert facts.append_only is None
    assert facts.eviction_policy == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:7000/3", {"host": "host", "port": 7000, "db": 3}),
        ("valkey://:word@host", {"host": "host", "password": "word"}),
        ("rediss://host", {"host": "host"}),
        ("valkeys://host?ssl_cert_reqs=none", {"host": "host", "ssl_cert_reqs": "none"}),
        ("redis://host?max_connections=7&socket_timeout=99", {"host": "host", "socket_timeout": 5.0}),
        ("unix:///a%20b/s.sock?db=2", {"path": "/a b/s.sock", "db": 2}),
    ],
)
def test_addresses(url: str, expected: dict[str, object]) -> None:
    made = Connection(url, Keys()).commands.connection_pool.connection_kwargs
    assert expected.items() <= made.items()


async def test_the_number_of_connections_can_be_part_of_the_address() -> None:
    assert Connection("redis://host?max_connections=7", Keys()).commands.connection_pool.max_connections == 7


async def test_a_bad_address_does_not_give_its_password_away(tmp_path: Path) -> None:
    with pytest.raises(StoreAway) as caught:
        async with open_store(StoreSettings("http://me:s3cret@host", tmp_path)):
            pass
    assert "s3cret" not in str(caught.value)
