"""An older and a newer version over one store: each finishes what the other began, and loses nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from core.jobs import Phase
from core.messages import ConversationKey
from core.records import Act, Button
from core.store.connection import Connection, StoreSettings, open_store
from core.store.keys import name_of
from core.store.mailbox import Lane, Mailbox, job_id_of
from core.store.records import Records
from tests.chaos.conftest import Build
from tests.core.house import House
from tests.core.store.mail import chat, lease, message, tokens
from tests.wire.valkey import valkey

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Connection]:
    with valkey() as server:
        async with open_store(StoreSettings(server.url, tmp_path)) as opened:
            yield opened


def place_of(key: ConversationKey, house: House, kind: str, name: str = "") -> str:
    return house.keys.named("record", name_of(key)).replace(":record:", f":{kind}:")[: -len(name_of(key))] + (
        name or name_of(key)
    )


async def test_what_a_newer_version_added_to_a_record_survives_a_turn_of_ours(build: Build) -> None:
    async with build(at_work=False) as home:
        assert home.connection is not None
        commands = home.connection.commands
        anna = home.person()
        sent = await anna.sends(WISH, photos=1)
        job = place_of(anna.key, home, "job", job_id_of(anna.key, sent.id))
        record = place_of(anna.key, home, "record")
        await commands.hset(job, mapping={"v": "2", "note:future": "kept", "mood": "kept"})
        await commands.hset(record, mapping={"v": "2", "horoscope": '{"sign":"leo"}'})
        home.start()
        await anna.is_done_with(sent, Phase.DONE)
        assert await commands.hmget(job, ["note:future", "mood"]) == [b"kept", b"kept"]
        assert await commands.hget(record, "horoscope") == b'{"sign":"leo"}'


async def test_a_job_that_an_older_version_began_is_finished(build: Build) -> None:
    """One that kept no list of what a chat owns, and counted its fences from 1."""
    async with build(at_work=False) as home:
        assert home.connection is not None
        commands = home.connection.commands
        anna = home.person()
        sent = await anna.sends(WISH, photos=1)
        await commands.delete(place_of(anna.key, home, "owned"))
        box = place_of(anna.key, home, "box")
        await commands.hset(box, mapping={"fence": "7", "owner": "an old one"})
        await commands.persist(box)
        home.start()
        await anna.is_done_with(sent, Phase.DONE)
        assert int(await commands.hget(box, "fence") or 0) > 8
        assert await home.shop.mailbox.enqueue(sent, now=time()) is None


async def test_a_job_that_only_a_newer_version_can_read_is_left_to_it(store: Connection) -> None:
    mailbox = Mailbox(store, store.keys)
    await mailbox.open()
    sent = message("hello")
    await mailbox.enqueue(sent, now=1)
    job = store.keys.named("record", name_of(chat())).replace(":record:", ":job:")[: -len(name_of(chat()))]
    job += job_id_of(chat(), sent.id)
    await store.commands.hset(job, mapping={"v": "2", "phase": "dreaming"})
    [token] = await tokens(mailbox)
    assert await mailbox.begin(token, owner="w1") is None
    assert await store.commands.hmget(job, ["phase", "attempts"]) == [b"dreaming", b"0"]
    await store.commands.hset(job, "phase", "accepted")  # the newer version goes on with it
    [again] = list(await mailbox.recover("w2", Lane.WORK, idle=0.0, count=5))
    held = await mailbox.begin(again, owner="w2")  # type: ignore[arg-type]
    assert held is not None
    await held.finish(Phase.DONE)


async def test_a_job_that_nobody_can_read_is_struck_off(store: Connection) -> None:
    mailbox = Mailbox(store, store.keys)
    await mailbox.open()
    for text in ("poison", "hello"):
        await mailbox.enqueue(message(text), now=1)
    jobs: Any = await store.commands.lrange(store.keys.named("jobs", name_of(chat())), 0, -1)
    job = store.keys.named("record", name_of(chat())).replace(":record:", ":job:")[: -len(name_of(chat()))]
    await store.commands.hset(job + jobs[0].decode(), "message", "{")
    [token] = await tokens(mailbox)
    assert await mailbox.begin(token, owner="w1") is None
    assert (await lease(mailbox)).job.message.text == "hello"


async def test_a_button_of_a_newer_version_is_too_old_for_us(store: Connection) -> None:
    records = Records(store, store.keys)
    [token] = await records.keep_buttons(chat(), "seed", [Button(Act.SAY, "9:16")])
    key = store.keys.named("button", name_of(chat())) + f":{token[:24]}"
    await store.commands.set(key, b'[{"act":"dream","label":"x"}]')
    assert await records.button(chat(), token) is None
