"""What waits in a mailbox: joined to the job in hand, parked until its time, or woken before it."""

from __future__ import annotations

import pytest

from core.jobs import Phase
from core.store.keys import name_of, partition_of
from core.store.mailbox import Mailbox
from tests.core.store.mail import chat, lease, message, tokens, woken

pytestmark = pytest.mark.anyio


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
