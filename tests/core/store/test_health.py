"""A store that may lose work says so: at each start, to the doctor, and while it is watched."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.errors import StoreAway
from core.store.connection import Connection, StoreSettings, open_store
from core.store.health import SKEW_SECONDS, findings_of, worries_of
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_a_store_that_keeps_everything_gives_no_worries(connection: Connection) -> None:
    assert await worries_of(connection) == []
    assert all(finding.well for finding in await findings_of(connection))


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("appendonly no", "persistence is off"),
        ("maxmemory-policy allkeys-lru", "allkeys-lru throws jobs away"),
        ("maxmemory-policy volatile-ttl", "volatile-ttl throws jobs away"),
    ],
)
async def test_what_may_lose_work_is_a_worry(own_server: Valkey, tmp_path: Path, setting: str, told: str) -> None:
    own_server.say(f"CONFIG SET {setting}")
    async with open_store(StoreSettings(own_server.url, tmp_path)) as connection:
        [worry] = await worries_of(connection)
        assert told in worry.detail
        assert worry.fix


async def test_a_memory_that_is_nearly_used_up_is_a_worry(own_server: Valkey, tmp_path: Path) -> None:
    async with open_store(StoreSettings(own_server.url, tmp_path)) as connection:
        used = (await connection.durability()).used_bytes
        own_server.say(f"CONFIG SET maxmemory {10 * used}")
        assert list(await worries_of(connection)) == []
        own_server.say(f"CONFIG SET maxmemory {used * 11 // 10}")
        [worry] = await worries_of(connection)
        assert worry.subject == "memory"


async def test_what_a_store_does_not_tell_is_no_worry_but_is_said_to_the_doctor(
    own_server: Valkey, tmp_path: Path
) -> None:
    own_server.say("ACL SETUSER default -info")
    async with open_store(StoreSettings(own_server.url, tmp_path)) as connection:
        assert list(await worries_of(connection)) == []
        told = [finding.detail for finding in await findings_of(connection)]
        assert "the store does not tell whether it keeps data on a disk" in told


async def test_a_replica_is_a_worry(own_server: Valkey, tmp_path: Path) -> None:
    async with open_store(StoreSettings(own_server.url, tmp_path)) as connection:
        own_server.make_read_only()
        assert "replica" in [worry.subject for worry in await worries_of(connection)]
        own_server.make_writable()


async def test_a_clock_that_is_wrong_is_found(connection: Connection) -> None:
    ahead = await findings_of(connection, lambda: time.time() + SKEW_SECONDS + 60)
    assert [finding.subject for finding in ahead if not finding.well] == ["clock of the store"]


async def test_a_store_that_is_away_is_no_worry_here_but_an_error_for_the_doctor(
    own_server: Valkey, tmp_path: Path
) -> None:
    async with open_store(StoreSettings(own_server.url, tmp_path)) as connection:
        own_server.kill()
        assert list(await worries_of(connection)) == []
        with pytest.raises(StoreAway):
            await findings_of(connection)
