"""The worker: serial within a conversation, parallel across, and back when a parked job's time has come."""

from __future__ import annotations

import asyncio
from time import time

import pytest

from core.jobs import Ended, Parked, Phase, Verdict
from core.messages import Gone
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import WorkerSettings
from tests.core.store.mail import chat, lease, message
from tests.core.workbench import DONE, Desk, at_work, phase_of, taking, until

pytestmark = pytest.mark.anyio


async def test_one_conversation_is_served_in_order_one_message_at_a_time(mailbox: Mailbox) -> None:
    desk = Desk(taking(0.005))
    for number in range(20):
        await mailbox.enqueue(message(str(number)), now=time())
    async with at_work(mailbox, desk), at_work(mailbox, desk):
        await until(lambda: len(desk.ended) == 20)
    assert desk.begun == [str(number) for number in range(20)]
    assert desk.most_at_once == 1


async def test_conversations_do_not_wait_for_each_other(mailbox: Mailbox) -> None:
    everybody = asyncio.Event()

    async def work(held: Lease) -> Verdict:
        await everybody.wait()
        return DONE

    desk = Desk(work)
    for number in range(50):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    async with at_work(mailbox, desk):
        await until(lambda: desk.at_once == 50)
        everybody.set()
        await until(lambda: len(desk.ended) == 50)


async def test_no_more_is_in_hand_than_the_capacity_allows(mailbox: Mailbox) -> None:
    desk = Desk(taking(0.01))
    for number in range(60):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=1, capacity=7, block=0.05)):
        await until(lambda: len(desk.ended) == 60)
    assert desk.most_at_once <= 7


async def test_the_control_lane_is_served_while_all_hands_are_full(mailbox: Mailbox) -> None:
    release = asyncio.Event()

    async def work(held: Lease) -> Verdict:
        await release.wait()
        return DONE

    desk = Desk(work)
    await mailbox.enqueue(message(), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=1, capacity=1, block=0.05)):
        await until(lambda: desk.begun)
        await mailbox.post_control(Gone(chat(), "g1"))
        await until(lambda: desk.controlled == ["g1"])
        release.set()


async def test_a_parked_job_goes_on_when_its_time_has_come(mailbox: Mailbox) -> None:
    due = time() + 0.2

    async def work(held: Lease) -> Verdict:
        return Parked(due) if time() < due else DONE

    desk = Desk(work)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk):
        await until(lambda: len(desk.begun) == 2)
        assert time() >= due
        assert desk.at_once == 0


async def test_what_another_worker_parked_is_woken_too(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("x"), now=time())
    await (await lease(mailbox, "gone")).park(time() + 0.1)
    desk = Desk()
    async with at_work(mailbox, desk):
        await until(lambda: desk.ended)


async def test_a_cancel_is_noticed_within_a_second_while_the_handler_runs(mailbox: Mailbox) -> None:
    async def work(held: Lease) -> Verdict:
        async with asyncio.timeout(30):
            await held.stop_asked.wait()
        return Ended(Phase.CANCELLED)

    desk = Desk(work)
    sent = message()
    await mailbox.enqueue(sent, now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=1, block=0.05)):
        await until(lambda: desk.begun)
        await asyncio.sleep(0.1)  # the listener may still be subscribing
        await mailbox.cancel(chat())
        await until(lambda: desk.ended, seconds=1.0)
    assert await phase_of(mailbox, sent) is Phase.CANCELLED
