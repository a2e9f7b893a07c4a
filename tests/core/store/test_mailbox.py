"""The mailbox on a real server: each message once, in order, one at a time, and kept through a kill."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import MailboxFull, StoreAway
from core.jobs import Phase
from core.messages import Gone
from core.store.connection import Connection
from core.store.keys import Keys, name_of
from core.store.mailbox import Control, Lane, Mailbox, job_id_of
from tests.core.store.mail import chat, lease, message, tokens
from tests.core.workbench import until
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_a_message_comes_out_as_it_went_in(mailbox: Mailbox) -> None:
    sent = message("hello", album="a", whole=True)
    assert await mailbox.enqueue(sent, now=7.5) == 0
    held = await lease(mailbox)
    assert held.job.message == sent
    assert (held.job.phase, held.job.accepted_at, held.job.attempts) == (Phase.ACCEPTED, 7.5, 1)


async def test_a_repeat_has_no_effect_even_after_the_end(mailbox: Mailbox) -> None:
    sent = message()
    assert await mailbox.enqueue(sent, now=1) == 0
    assert await mailbox.enqueue(sent, now=2) is None
    await (await lease(mailbox)).finish(Phase.DONE)
    assert await mailbox.enqueue(sent, now=3) is None
    assert await tokens(mailbox) == []


async def test_five_hundred_ids_five_times_each_have_five_hundred_effects(connection: Connection) -> None:
    mailbox = Mailbox(connection, connection.keys, cap=1000)
    await mailbox.open()
    sent = [message(key=chat(str(number % 20)), id=f"x{number}") for number in range(500)] * 5
    answers = await asyncio.gather(*(mailbox.enqueue(one, now=1) for one in sent))
    assert sum(answer is not None for answer in answers) == 500


async def test_messages_of_one_conversation_come_in_order_one_at_a_time(mailbox: Mailbox) -> None:
    assert [await mailbox.enqueue(message(str(number)), now=1) for number in range(5)] == [0, 1, 2, 3, 4]
    order = []
    for _ in range(5):
        held = await lease(mailbox)
        assert await tokens(mailbox, "w2") == []
        order.append(held.job.message.text)
        await held.finish(Phase.DONE)
    assert order == ["0", "1", "2", "3", "4"]
    assert await tokens(mailbox) == []


async def test_a_chatty_conversation_does_not_keep_others_waiting(mailbox: Mailbox) -> None:
    for number in range(20):
        await mailbox.enqueue(message(str(number), chat("chatty")), now=1)
    await mailbox.enqueue(message("one", chat("quiet")), now=1)
    assert {token.name for token in await tokens(mailbox)} == {name_of(chat("chatty")), name_of(chat("quiet"))}


async def test_no_more_is_taken_than_there_is_room_for(mailbox: Mailbox) -> None:
    for number in range(100):
        await mailbox.enqueue(message(key=chat(str(number))), now=1)
    for most in (1, 7, 40):
        assert len(await tokens(mailbox, count=most)) <= most


async def test_a_full_mailbox_refuses_and_forgets_that_it_did(connection: Connection) -> None:
    mailbox = Mailbox(connection, connection.keys, cap=2)
    await mailbox.open()
    for _ in range(2):
        await mailbox.enqueue(message(), now=1)
    third = message()
    with pytest.raises(MailboxFull):
        await mailbox.enqueue(third, now=1)
    await (await lease(mailbox)).finish(Phase.DONE)
    assert await mailbox.enqueue(third, now=1) == 1


async def test_a_job_is_found_by_its_message(mailbox: Mailbox) -> None:
    sent = message()
    await mailbox.enqueue(sent, now=1)
    job = await mailbox.job(sent.key, job_id_of(sent.key, sent.id))
    assert job is not None
    assert job.message == sent
    assert await mailbox.job(sent.key, "0nothing") is None


async def test_an_edit_counts_until_the_agent_is_addressed(mailbox: Mailbox) -> None:
    sent = message("slowr")
    await mailbox.enqueue(sent, now=1)
    assert await mailbox.edit(sent.key, sent.id, "slower")
    held = await lease(mailbox)
    assert held.job.message.text == "slower"
    await held.save(phase=Phase.SENT)
    assert not await mailbox.edit(sent.key, sent.id, "faster")
    assert not await mailbox.edit(sent.key, "nobody knows", "faster")


async def test_emptied_streams_are_away_until_they_are_made_anew(
    own_connection: Connection, own_server: Valkey
) -> None:
    mailbox = Mailbox(own_connection, own_connection.keys)
    await mailbox.open()
    await mailbox.post_control(Gone(chat(), "g1"))
    [control] = await mailbox.take("w1", Lane.CONTROL, count=64, block=0.02)
    assert isinstance(control, Control)
    own_server.say("FLUSHALL")
    for call in (
        mailbox.take("w1", Lane.WORK, count=64, block=0.02),
        mailbox.recover("w1", Lane.WORK, idle=0, count=64),
        mailbox.keep(control, "w1"),
    ):
        with pytest.raises(StoreAway):
            await call
    await mailbox.open()
    await mailbox.enqueue(message(), now=1)
    assert len(await tokens(mailbox)) == 1


async def test_what_was_accepted_survives_a_kill_of_the_server(own_connection: Connection, own_server: Valkey) -> None:
    mailbox = Mailbox(own_connection, own_connection.keys)
    await mailbox.open()
    await mailbox.enqueue(message("kept"), now=1)
    own_server.restart()
    for _ in range(3):  # old connections are found to be dead
        try:
            held = await lease(mailbox)
            break
        except StoreAway:
            continue
    assert held.job.message.text == "kept"


async def test_what_would_have_come_to_one_who_broke_off_comes_to_the_next(own_server: Valkey) -> None:
    connection = Connection(own_server.url, Keys(), patience=600.0)
    mailbox = Mailbox(connection, connection.keys)
    await mailbox.open()
    leaving = asyncio.create_task(mailbox.take("w1", Lane.WORK, count=64, block=600.0))
    await until(lambda: "blocked_clients:1" in own_server.say("INFO clients"))
    leaving.cancel()
    await until(lambda: "blocked_clients:0" in own_server.say("INFO clients"))
    await mailbox.enqueue(message("for the next"), now=1)
    assert (await lease(mailbox)).job.message.text == "for the next"
    await connection.close()


async def test_a_server_that_becomes_a_replica_while_one_waits_is_away(
    own_connection: Connection, own_server: Valkey
) -> None:
    mailbox = Mailbox(own_connection, own_connection.keys)
    await mailbox.open()
    waiting = asyncio.create_task(mailbox.take("w1", Lane.WORK, count=64, block=600.0))
    await until(lambda: "blocked_clients:1" in own_server.say("INFO clients"))
    own_server.make_read_only()
    with pytest.raises(StoreAway):
        await waiting
    own_server.make_writable()
    await mailbox.enqueue(message("after all"), now=1)
    assert (await lease(mailbox)).job.message.text == "after all"


async def test_who_waits_for_work_keeps_nobody_else_waiting(mailbox: Mailbox) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(mailbox.take("w1", Lane.WORK, count=64, block=5.0))
        await mailbox.post_control(Gone(chat(), "g1"))
        assert len(await mailbox.take("w1", Lane.CONTROL, count=64, block=5.0)) == 1
        assert not waiting.done()
        await mailbox.enqueue(message(), now=1)
        assert len(await waiting) == 1
