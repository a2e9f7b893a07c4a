"""Stores of several servers: the product on a cluster of three, and behind a sentinel that replaces its server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from core.errors import StoreAway, StoreError
from core.jobs import Phase
from core.store.blobs import ChunkBlobs
from core.store.clients import Clustered, Guarded, Single, address_of
from core.store.connection import Connection, StoreSettings, open_store
from core.store.feed import open_feed
from core.store.keys import PARTITIONS, Keys, name_of, partition_of
from core.store.mailbox import Mailbox
from core.store.records import Records
from core.worker import Worker
from tests.chaos.cluster import cluster, guarded
from tests.chaos.keys import keys_in, overdue
from tests.core.house import Premises, house
from tests.core.store.mail import chat, message
from tests.core.workbench import QUICK, Desk, until

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


def url_of(nodes: object, sort: str = "cluster", path: str = "") -> str:
    places = ",".join(f"127.0.0.1:{node.port}" for node in nodes)  # type: ignore[attr-defined]
    return f"redis+{sort}://{places}{path}"


@asynccontextmanager
async def at_work(connection: Connection, desk: Desk, keys: Keys) -> AsyncIterator[Mailbox]:
    mailbox, stop = Mailbox(connection, keys), asyncio.Event()
    working = asyncio.create_task(Worker(mailbox, desk, QUICK, name=uuid4().hex).run(stop))
    try:
        yield mailbox
    finally:
        stop.set()
        await working


async def test_on_a_cluster_everything_is_kept_and_every_chat_is_served_in_order(
    ground: Premises, tmp_path: Path
) -> None:
    with cluster() as nodes:
        async with open_store(StoreSettings(url_of(nodes), tmp_path)) as store:
            await serves_many_chats_in_order(store)
            await follows_a_feed(store)
            await keeps_bytes(store)
            await makes_a_video(store, ground, tmp_path)
            keys = await keys_in(store.commands, store.keys.prefix)
            assert {partition_of(name_of(chat(str(number)))) for number in range(60)} == set(range(PARTITIONS))
            assert overdue(keys) == []
            nodes[1].kill()
            with pytest.raises(StoreError):
                await on_every_partition(store)
            nodes[1].start()
            async with asyncio.timeout(15):
                while True:
                    with suppress(StoreAway):
                        await on_every_partition(store)
                        break
                    await asyncio.sleep(0.1)
            await serves_many_chats_in_order(store)


async def on_every_partition(store: Connection) -> None:
    records = Records(store, store.keys)
    for number in range(60):
        await records.load(chat(str(number)))


async def serves_many_chats_in_order(store: Connection) -> None:
    desk, keys = Desk(), Keys(f"mail-{uuid4().hex}")
    async with at_work(store, desk, keys) as mailbox, at_work(store, desk, keys):
        for number in range(4):
            for place in range(60):
                await mailbox.enqueue(message(f"{place}.{number}", chat(str(place))), now=time())
        await until(lambda: len(desk.ended) == 240, seconds=30)
    for place in range(60):
        assert [text for text in desk.begun if text.startswith(f"{place}.")] == [f"{place}.{n}" for n in range(4)]


async def follows_a_feed(store: Connection) -> None:
    async with open_feed(store) as feed:
        heard = asyncio.create_task(anext(feed.follow("chat", "-:0")))
        await asyncio.sleep(0.3)
        await feed.put("chat", "item", b"body")
        async with asyncio.timeout(10):
            assert (await heard).body == b"body"
        await feed.forget("chat")


async def keeps_bytes(store: Connection) -> None:
    async def data() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 200_000

    blobs = ChunkBlobs(store, 10_000_000)
    info = await blobs.put(data(), mime="image/jpeg", seconds=60)
    assert sum([len(piece) async for piece in blobs.read(info.id)]) == 600_000


async def makes_a_video(store: Connection, ground: Premises, folder: Path) -> None:
    async with house(replace(ground, connection=store), folder) as home:
        anna = home.person()
        made = await anna.sends(WISH, photos=2)
        await anna.is_done_with(made, Phase.DONE)
        assert len(home.room.videos) == 1
        await anna.commands("forget")
        await anna.sees("Really?")
        await anna.presses("Delete everything")
        await anna.sees("Everything about this chat is deleted.")


async def test_behind_a_sentinel_another_server_takes_over(tmp_path: Path) -> None:
    with guarded() as (master, _, sentinel):
        async with open_store(StoreSettings(url_of([sentinel], "sentinel", "/photos"), tmp_path)) as store:
            await serves_many_chats_in_order(store)
            master.kill()
            async with asyncio.timeout(15):
                while True:
                    with suppress(StoreAway):
                        await store.probe()
                        break
                    await asyncio.sleep(0.1)
            await serves_many_chats_in_order(store)


@pytest.mark.parametrize(
    ("url", "sort", "places"),
    [
        ("redis://host:1", Single, None),
        ("redis+sentinel://:pw@one,two:7/photos/3", Guarded, [("one", 26379), ("two", 7)]),
        ("rediss+cluster://user:pw@one:1,two", Clustered, [("one", 1), ("two", 6379)]),
        ("valkey+cluster://one", Clustered, [("one", 6379)]),
    ],
)
def test_addresses_of_many_servers_are_understood(url: str, sort: type, places: object) -> None:
    address = address_of(url)
    assert isinstance(address, sort)
    if isinstance(address, Guarded):
        assert (address.sentinels, address.name, address.options["db"]) == (places, "photos", 3)
        assert address.options["password"] == "pw"
    if isinstance(address, Clustered):
        assert address.nodes == places


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:secret@one",
        "redis+cluster://:secret@one/3",
        "redis+other://:secret@one",
        "unix+cluster://:secret@one",
    ],
)
def test_addresses_that_are_none_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(StoreAway) as refusal:
        address_of(url)
    assert "secret" not in str(refusal.value)
