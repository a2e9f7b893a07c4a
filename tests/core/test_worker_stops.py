"""A worker that is told to stop: what runs may end, the rest is given back, and nothing more is taken."""

from __future__ import annotations

import asyncio
from time import time

import pytest

from core.jobs import Phase, Verdict
from core.store.lease import Lease
from core.store.mailbox import Lane, Mailbox
from core.worker import WorkerSettings
from tests.core.store.mail import chat, message
from tests.core.workbench import DONE, Desk, at_work, phase_of, taking, until

pytestmark = pytest.mark.anyio


async def test_a_stop_lets_running_work_end(mailbox: Mailbox) -> None:
    desk = Desk(taking(0.2))
    sent = message("x")
    await mailbox.enqueue(sent, now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=5, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert desk.ended == ["x"]
    assert await phase_of(mailbox, sent) is Phase.DONE


async def test_what_does_not_end_in_time_is_given_back_at_once_and_uncounted(mailbox: Mailbox) -> None:
    attempts: list[int] = []

    async def again(lease: Lease) -> Verdict:
        attempts.append(lease.job.attempts)
        return DONE

    desk = Desk(taking(30))
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=0.1, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert desk.cancelled == ["x"]
    async with at_work(mailbox, Desk(again), WorkerSettings(lease=60, drain=0.1, block=0.05)):
        await until(lambda: attempts)  # well before the lease runs out
    assert attempts == [1]


async def test_a_stop_is_heard_when_all_hands_are_full_and_nothing_more_is_taken(mailbox: Mailbox) -> None:
    desk = Desk(taking(0.2))
    for number in range(3):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=3, capacity=1, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert len(desk.begun) == 1


async def test_during_a_stop_nothing_is_taken_over_from_others(mailbox: Mailbox) -> None:
    desk = Desk(taking(0.6))
    await mailbox.open()
    await mailbox.enqueue(message("mine", chat("1")), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=0.15, drain=3, block=0.05)) as worker:
        await until(lambda: desk.begun)
        worker.stop.set()
        await asyncio.sleep(0.1)
        await mailbox.enqueue(message("a dead worker's", chat("2")), now=time())
        assert len(await mailbox.take("dead", Lane.WORK, count=64, block=0.05)) == 1
        await worker.ends()
    assert desk.begun == ["mine"]


async def test_work_that_ignores_its_cancellation_does_not_keep_the_worker(mailbox: Mailbox) -> None:
    async def deaf(lease: Lease) -> Verdict:
        for _ in range(2):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(30)
        return DONE

    desk = Desk(deaf)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=0.1, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
