"""The mailbox on a real server: once only, in order, one worker at a time, and nothing for whoever lost the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.errors import LeaseLost, MailboxFull, StoreAway
from core.jobs import Phase
from core.messages import ConversationKey, Edited, Gone, MessageRef, Press
from core.store.connection import Connection
from core.store.keys import PARTITIONS, Keys, key_of, name_of, partition_of
from core.store.lease import Lease
from core.store.mailbox import Control, Lane, Mailbox, job_id_of
from core.store.records import Records, written
from tests.core.store.mail import NOW, chat, lease, message, tokens
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mailbox(connection: Connection) -> Mailbox:
    box = Mailbox(connection, connection.keys)
    await box.open()
    return box


async def woken(mailbox: Mailbox, now: float) -> None:
    for partition in range(PARTITIONS):
        await mailbox.wake(partition, now=now)


# --- in ---------------------------------------------------------------------------------------------------------------


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


async def test_five_hundred_ids_five_times_each_have_five_hundred_effects(mailbox: Mailbox) -> None:
    sent = [message(key=chat(str(number % 20)), id=f"x{number}") for number in range(500)] * 5
    mailbox._cap = 1000
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


async def test_an_edit_counts_until_the_agent_is_addressed(mailbox: Mailbox) -> None:
    sent = message("slowr")
    await mailbox.enqueue(sent, now=1)
    assert await mailbox.edit(sent.key, sent.id, "slower")
    held = await lease(mailbox)
    assert held.job.message.text == "slower"
    await held.save(phase=Phase.SENT)
    assert not await mailbox.edit(sent.key, sent.id, "faster")
    assert not await mailbox.edit(sent.key, "nobody knows", "faster")


# --- the control lane -------------------------------------------------------------------------------------------------


async def controls(mailbox: Mailbox) -> list[Control]:
    taken = await mailbox.take("w1", Lane.CONTROL, count=64, block=0.02)
    return [one for one in taken if isinstance(one, Control)]


async def test_the_control_lane_takes_each_thing_once(mailbox: Mailbox) -> None:
    gone = Gone(chat(), "g1")
    assert await mailbox.post_control(gone)
    assert not await mailbox.post_control(gone)
    [control] = await controls(mailbox)
    assert control.inbound == gone
    await mailbox.done_with(control)
    assert await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64) == []


async def test_what_a_silent_worker_held_of_the_control_lane_is_taken_over(mailbox: Mailbox) -> None:
    await mailbox.post_control(Edited(chat(), "e1", "m1", "text"))
    await controls(mailbox)
    [again] = await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64)
    assert isinstance(again, Control)
    assert again.deliveries == 2


async def test_the_control_lane_does_not_wait_for_the_mailbox(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await lease(mailbox)
    await mailbox.post_control(Gone(chat(), "g1"))
    assert len(await controls(mailbox)) == 1


# --- absorb, wait, park -----------------------------------------------------------------------------------------------


async def test_waiting_messages_become_parts_and_are_told_once(mailbox: Mailbox) -> None:
    for text in ("a", "b", "c"):
        await mailbox.enqueue(message(text), now=1)
    held = await lease(mailbox)
    waiting = await held.waiting()
    assert [one.message.text for one in waiting] == ["b", "c"]
    await held.absorb(waiting[:1])
    assert [part.text for part in held.job.parts] == ["b"]
    again = await mailbox.running(chat())
    assert again is not None
    assert [part.text for part in again.parts] == ["b"]
    await held.finish(Phase.DONE)
    assert (await lease(mailbox)).job.message.text == "c"


async def test_more_than_ten_parts_keep_their_order(mailbox: Mailbox) -> None:
    for number in range(13):
        await mailbox.enqueue(message(str(number)), now=1)
    held = await lease(mailbox)
    await held.absorb(await held.waiting())
    job = await mailbox.running(chat())
    assert job is not None
    assert [part.text for part in job.parts] == [str(number) for number in range(1, 13)]


async def test_a_parked_conversation_is_handed_out_when_its_time_has_come(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await (await lease(mailbox)).park(100.5)
    partition = partition_of(name_of(chat()))
    assert await mailbox.wake(partition, now=100.4) == 100.5
    assert await tokens(mailbox) == []
    assert await mailbox.wake(partition, now=100.5) is None
    held = await lease(mailbox)
    assert held.job.attempts == 1  # a clean stop is no failed attempt


async def test_parked_at_once_means_given_back(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await (await lease(mailbox)).park(0)
    assert (await lease(mailbox, "w2")).job.attempts == 1


@pytest.mark.parametrize("stirs", [True, False])
async def test_a_new_message_wakes_only_who_wants_to_be_woken(mailbox: Mailbox, *, stirs: bool) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await (await lease(mailbox)).park(1e9, stirs=stirs)
    await mailbox.enqueue(message("second"), now=1)
    assert len(await tokens(mailbox)) == int(stirs)


async def test_a_message_that_came_between_the_decision_and_the_parking_wakes_too(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    held = await lease(mailbox)
    seen = len(await held.waiting())
    await mailbox.enqueue(message("just now"), now=1)
    await held.park(1e9, stirs=True, seen=seen)
    assert len(await tokens(mailbox)) == 1


async def test_a_message_that_was_seen_before_the_parking_does_not_wake(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    held = await lease(mailbox)
    await mailbox.enqueue(message("seen"), now=1)
    await held.park(1e9, stirs=True, seen=len(await held.waiting()))
    assert await tokens(mailbox) == []


async def test_a_conversation_that_was_woken_early_is_not_woken_again(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await (await lease(mailbox)).park(50, stirs=True)
    await mailbox.enqueue(message("second"), now=1)
    held = await lease(mailbox)
    await woken(mailbox, now=100)
    assert await tokens(mailbox) == []
    await held.finish(Phase.DONE)
    assert (await lease(mailbox)).job.message.text == "second"


# --- cancel -----------------------------------------------------------------------------------------------------------


async def test_a_cancel_reaches_what_runs_and_what_waits(mailbox: Mailbox) -> None:
    for _ in range(3):
        await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    assert not await held.renew()
    assert len(await mailbox.cancel(chat())) == 3
    assert await held.renew()
    assert held.stop_asked.is_set()
    await held.finish(Phase.CANCELLED)
    assert (await lease(mailbox)).job.cancelled


async def test_a_cancel_wakes_what_is_parked(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await (await lease(mailbox)).park(1e9)
    await mailbox.cancel(chat())
    held = await lease(mailbox)
    assert held.job.cancelled
    await woken(mailbox, now=2e9)
    assert await tokens(mailbox) == []


async def test_what_is_parked_while_it_is_being_cancelled_comes_back_at_once(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    await mailbox.cancel(chat())
    await held.park(1e9)
    assert (await lease(mailbox)).job.cancelled


async def test_a_cancel_where_nothing_runs_says_so_and_spoils_nothing(mailbox: Mailbox) -> None:
    assert await mailbox.cancel(chat()) == []
    await mailbox.enqueue(message(), now=1)
    assert not (await lease(mailbox)).job.cancelled


async def test_a_signal_tells_whoever_listens(mailbox: Mailbox) -> None:
    heard: list[str] = []

    async def listen() -> None:
        async for name in mailbox.signals():
            heard.append(name)
            return

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        while not listening.done():
            await mailbox.signal("somebody")
            await asyncio.sleep(0.01)
    assert heard == ["somebody"]


# --- the fence --------------------------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Lease], Awaitable[Any]]] = {
    "save": lambda held: held.save(phase=Phase.SENT, notes={"x": "y"}, record=written(wish="w")),
    "absorb": lambda held: _absorb(held),
    "renew": lambda held: held.renew(),
    "excuse": lambda held: held.excuse(),
    "finish": lambda held: held.finish(Phase.DONE),
    "park": lambda held: held.park(1e9),
}


async def _absorb(held: Lease) -> None:
    await held.absorb(await held.waiting())


async def everything(connection: Connection) -> dict[bytes, Any]:
    """All keys of the conversation, as they are."""
    redis: Any = connection.commands
    found: dict[bytes, Any] = {}
    async for key in redis.scan_iter(match=f"{connection.keys.prefix}:*"):
        kind = await redis.type(key)
        match kind:
            case b"hash":
                found[key] = await redis.hgetall(key)
            case b"list":
                found[key] = await redis.lrange(key, 0, -1)
            case b"stream":
                pending = await redis.xpending_range(key, "work", "-", "+", 100)
                found[key] = (await redis.xlen(key), [(row["message_id"], row["consumer"]) for row in pending])
            case b"zset":
                found[key] = await redis.zrange(key, 0, -1, withscores=True)
            case _:
                found[key] = await redis.get(key)
    return found


@pytest.mark.parametrize("change", CHANGES)
async def test_who_lost_the_lease_changes_nothing(mailbox: Mailbox, connection: Connection, change: str) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await mailbox.enqueue(message("second"), now=1)
    stale = await lease(mailbox, "w1")
    [token] = await mailbox.recover("w2", Lane.WORK, idle=0, count=64)
    assert not isinstance(token, Control)
    assert await mailbox.begin(token, owner="w2") is not None
    before = await everything(connection)
    with pytest.raises(LeaseLost):
        await CHANGES[change](stale)
    assert await everything(connection) == before


async def test_who_finished_has_no_lease_any_more(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await mailbox.enqueue(message("second"), now=1)
    held = await lease(mailbox)
    await held.finish(Phase.DONE)
    with pytest.raises(LeaseLost):
        await held.finish(Phase.DONE)
    assert (await lease(mailbox)).job.message.text == "second"


async def test_the_lease_is_asked_about_only_after_half_its_term(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    stale = await lease(mailbox, "w1")
    [token] = await mailbox.recover("w2", Lane.WORK, idle=0, count=64)
    assert not isinstance(token, Control)
    await mailbox.begin(token, owner="w2")
    await stale.check(term=1000)
    with pytest.raises(LeaseLost):
        await stale.check(term=0)


# --- recovery ---------------------------------------------------------------------------------------------------------


async def test_a_silent_owner_is_followed_by_another_who_sees_what_was_noted(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    first = await lease(mailbox, "w1")
    await first.save(phase=Phase.SENT, notes={"before": "state"})
    assert await mailbox.recover("w2", Lane.WORK, idle=60, count=64) == []
    [token] = await mailbox.recover("w2", Lane.WORK, idle=0, count=64)
    assert not isinstance(token, Control)
    second = await mailbox.begin(token, owner="w2")
    assert second is not None
    assert (second.job.phase, second.job.notes, second.job.attempts) == (Phase.SENT, {"before": "state"}, 2)
    assert second.fence > first.fence


async def test_a_renewed_lease_is_not_taken_over(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox, "w1")
    for _ in range(4):
        await asyncio.sleep(0.06)
        await held.renew()
        assert await mailbox.recover("w2", Lane.WORK, idle=0.1, count=64) == []


async def test_a_lost_reply_of_taking_loses_nothing(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    assert len(await tokens(mailbox, "w1")) == 1  # and w1 never hears of it
    assert len(await mailbox.recover("w2", Lane.WORK, idle=0, count=64)) == 1


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


# --- poison -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["message", "phase", "at"])
@pytest.mark.parametrize("value", ["\xff\xfe", "{}", "nonsense"])
async def test_a_poisoned_job_costs_itself_alone(
    mailbox: Mailbox, connection: Connection, field: str, value: str
) -> None:
    sent = message("poison")
    await mailbox.enqueue(sent, now=1)
    await mailbox.enqueue(message("neighbour"), now=1)
    key = connection.keys.named("job", name_of(chat()))
    job = f"{connection.keys.in_partition(partition_of(name_of(chat())), 'job')}:{job_id_of(chat(), sent.id)}"
    assert key.startswith(connection.keys.prefix)
    await connection.commands.hset(job, field, value.encode("latin-1"))
    [token] = await tokens(mailbox)
    assert await mailbox.begin(token, owner="w1") is None
    assert (await lease(mailbox)).job.message.text == "neighbour"


async def test_a_poisoned_message_that_waits_does_not_disturb_the_one_in_hand(
    mailbox: Mailbox, connection: Connection
) -> None:
    await mailbox.enqueue(message("good"), now=1)
    sent = message("poison")
    await mailbox.enqueue(sent, now=1)
    prefix = connection.keys.in_partition(partition_of(name_of(chat())), "job")
    await connection.commands.hset(f"{prefix}:{job_id_of(chat(), sent.id)}", "message", "{")
    assert await (await lease(mailbox)).waiting() == []


async def test_poison_in_the_control_lane_is_struck_off(mailbox: Mailbox, connection: Connection) -> None:
    stream = connection.keys.in_partition(partition_of(name_of(chat())), "control")
    for body in (b"unknown {}", b"press {", b"", b"\xff\xff"):
        await connection.commands.xadd(stream, {"i": body})
    await connection.commands.xadd(stream, {"other": "x"})
    await mailbox.post_control(Gone(chat(), "g1"))
    found = [*await controls(mailbox), *await controls(mailbox)]
    assert [control.inbound.id for control in found] == ["g1"]
    assert len(await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64)) == 1


async def test_a_job_that_is_no_longer_kept_is_passed_over(mailbox: Mailbox, connection: Connection) -> None:
    sent = message("expired")
    await mailbox.enqueue(sent, now=1)
    await mailbox.enqueue(message("next"), now=1)
    prefix = connection.keys.in_partition(partition_of(name_of(chat())), "job")
    await connection.commands.delete(f"{prefix}:{job_id_of(chat(), sent.id)}")
    assert (await lease(mailbox)).job.message.text == "next"


async def test_fields_of_a_newer_version_are_tolerated(mailbox: Mailbox, connection: Connection) -> None:
    sent = message("from the future")
    await mailbox.enqueue(sent, now=1)
    job = f"{connection.keys.in_partition(partition_of(name_of(chat())), 'job')}:{job_id_of(chat(), sent.id)}"
    await connection.commands.hset(job, mapping={"mood": "good", "v": "2"})
    assert (await lease(mailbox)).job.message == sent


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [("web", "1", ""), ("a/b", "%2F {x}", "ü:🎬"), ("", "", "")])
def test_names_of_conversations_can_be_read_back(parts: tuple[str, str, str]) -> None:
    key = ConversationKey(*parts)
    assert key_of(name_of(key)) == key


def test_conversations_spread_over_all_partitions() -> None:
    assert {partition_of(name_of(chat(str(number)))) for number in range(500)} == set(range(PARTITIONS))


def test_two_bots_on_one_server_do_not_meet() -> None:
    assert Keys("one").named("box", "x") != Keys("two").named("box", "x")


async def test_a_job_is_found_by_its_message(mailbox: Mailbox) -> None:
    sent = message()
    await mailbox.enqueue(sent, now=1)
    job = await mailbox.job(sent.key, job_id_of(sent.key, sent.id))
    assert job is not None
    assert job.message == sent
    assert await mailbox.job(sent.key, "0nothing") is None


async def test_a_saved_record_is_there_with_the_phase_or_not_at_all(mailbox: Mailbox, connection: Connection) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    await held.save(phase=Phase.UPLOADING, notes={"n": "1"}, record=written(wish="a wish", revision=3))
    record = await Records(connection, connection.keys).load(chat())
    assert (record.wish, record.revision) == ("a wish", 3)
    press = Press(chat(), "p", message().sender, NOW, "t", MessageRef(chat(), "1"))
    assert await mailbox.post_control(press)
