"""Leases that are lost, work that breaks off: another goes on, and what cannot be done is given up."""

from __future__ import annotations

import asyncio
from time import time

import pytest

from core.errors import LeaseLost
from core.jobs import Ended, Phase, Verdict
from core.messages import Gone, Inbound
from core.store.connection import Connection
from core.store.lease import Lease
from core.store.mailbox import GROUP, Mailbox, job_id_of
from core.worker import WorkerSettings
from tests.core.store.mail import chat, message, taken_over, tokens
from tests.core.workbench import DONE, Desk, at_work, phase_of, taking, until

pytestmark = pytest.mark.anyio

STEADY = WorkerSettings(lease=1.2, drain=0.3, block=0.05)  # a busy machine may be late to renew, but not by so much


async def test_a_lease_that_was_lost_while_the_handler_runs_ends_it_and_nothing_is_changed(mailbox: Mailbox) -> None:
    tried: list[str] = []

    async def stubborn(lease: Lease) -> Verdict:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            for change in (lease.save(notes={"late": "1"}), lease.finish(Phase.FAILED), lease.park(0)):
                try:
                    await change
                except LeaseLost:
                    tried.append("refused")
            raise
        return DONE

    async def patient(lease: Lease) -> Verdict:
        await until(lambda: tried)
        return DONE

    first, second = Desk(stubborn), Desk(patient)
    sent = message("x")
    await mailbox.enqueue(sent, now=time())
    async with at_work(mailbox, first):
        await until(lambda: first.begun)
        lease = await taken_over(mailbox, "thief")
        await until(lambda: first.cancelled, seconds=2)
        await until(lambda: len(tried) == 3)
        await second.handle(lease)
        await lease.finish(Phase.DONE)
    job = await mailbox.job(chat(), job_id_of(chat(), sent.id))
    assert job is not None
    assert (job.phase, "late" in job.notes) == (Phase.DONE, False)


async def test_a_lease_is_renewed_while_the_handler_runs(mailbox: Mailbox) -> None:
    desk, other = Desk(taking(1.5 * STEADY.lease)), Desk(taking(1.5 * STEADY.lease))
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk, STEADY):
        await until(lambda: desk.begun)
        async with at_work(mailbox, other, STEADY):
            await until(lambda: desk.ended)
    assert (desk.begun, other.begun) == (["x"], [])


async def test_a_worker_that_dies_is_followed_by_another(mailbox: Mailbox) -> None:
    async def stuck(lease: Lease) -> Verdict:
        await lease.save(phase=Phase.SENT, notes={"step": "1"})
        await asyncio.sleep(30)
        return DONE

    seen: list[object] = []

    async def carry_on(lease: Lease) -> Verdict:
        seen.append((lease.job.phase, dict(lease.job.notes), lease.job.attempts))
        return DONE

    desk = Desk(stuck)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk) as first:
        await until(lambda: desk.begun)
        await asyncio.sleep(0.05)
        first.task.cancel()
        await asyncio.wait([first.task])
    async with at_work(mailbox, Desk(carry_on)):
        await until(lambda: seen)
    assert seen == [(Phase.SENT, {"step": "1"}, 2)]
    assert desk.cancelled == ["x"]


async def test_after_three_attempts_a_job_is_given_up_and_the_next_one_served(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        if lease.job.message.text == "poison":
            raise RuntimeError("bang")
        return DONE

    desk = Desk(work)
    poison = message("poison")
    await mailbox.enqueue(poison, now=time())
    await mailbox.enqueue(message("next"), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=0.15, drain=0.3, block=0.05)):
        await until(lambda: desk.ended == ["next"])
    assert desk.begun == ["poison"] * 3 + ["next"]
    assert desk.given_up == ["poison"]
    assert await phase_of(mailbox, poison) is Phase.FAILED


async def test_even_giving_up_may_fail_without_going_on_for_ever(mailbox: Mailbox) -> None:
    class Hopeless(Desk):
        async def give_up(self, lease: Lease) -> Ended:
            await super().give_up(lease)
            raise RuntimeError("bang again")

    async def work(lease: Lease) -> Verdict:
        raise RuntimeError("bang")

    desk = Hopeless(work)
    poison = message("poison")
    await mailbox.enqueue(poison, now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=0.1, drain=0.3, block=0.05, attempts=1)):
        async with asyncio.timeout(30):
            while await phase_of(mailbox, poison) is not Phase.FAILED:
                await asyncio.sleep(0.02)
    assert 1 <= len(desk.given_up) <= 3


async def test_slow_things_of_the_control_lane_are_handed_out_once(mailbox: Mailbox) -> None:
    """Many at once: some of their entries have the same name, each in a partition of its own."""

    class Slow(Desk):
        async def control(self, inbound: Inbound) -> None:
            await super().control(inbound)
            await asyncio.sleep(1.5 * STEADY.lease)
            self.ended.append(inbound.id)

    desk, names = Slow(), [f"g{number}" for number in range(64)]
    await asyncio.gather(*(mailbox.post_control(Gone(chat(name), name)) for name in names))
    async with at_work(mailbox, desk, STEADY):
        await until(lambda: len(desk.ended) >= len(names))
    assert sorted(desk.controlled) == sorted(names)


async def test_a_control_that_breaks_off_is_tried_three_times_and_then_given_up(mailbox: Mailbox) -> None:
    class Breaking(Desk):
        async def control(self, inbound: Inbound) -> None:
            await super().control(inbound)
            if inbound.id == "poison":
                raise RuntimeError("bang")

    desk = Breaking()
    await mailbox.post_control(Gone(chat(), "poison"))
    await mailbox.post_control(Gone(chat(), "next"))
    async with at_work(mailbox, desk, WorkerSettings(lease=0.15, drain=0.3, block=0.05)):
        await until(lambda: desk.given_up)
    assert desk.given_up == ["poison"]
    assert desk.controlled.count("poison") == 3
    assert desk.controlled.count("next") == 1


async def test_all_that_a_dead_worker_had_goes_on_at_once(mailbox: Mailbox, connection: Connection) -> None:
    await left_by_the_dead(mailbox, connection, chats=800, silent=60)
    desk = Desk()
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=1, block=0.05)):
        await until(lambda: len(desk.ended) == 800)  # not some of it now and then


async def test_a_dead_worker_is_noticed_soon_after_its_lease_is_over(mailbox: Mailbox, connection: Connection) -> None:
    await left_by_the_dead(mailbox, connection, chats=1, silent=57)
    desk = Desk()
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=1, block=0.05)):
        await until(lambda: len(desk.ended) == 1)  # not a third of a lease later


async def left_by_the_dead(mailbox: Mailbox, connection: Connection, *, chats: int, silent: int) -> None:
    """Conversations that a worker has taken, of which nothing was heard for so many seconds."""
    for number in range(chats):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    for token in await tokens(mailbox, "dead", count=16 * chats):
        ready = mailbox.keys_of(token.name, "ready")[0]
        await connection.commands.xclaim(ready, GROUP, "dead", 0, [token.entry], idle=1000 * silent, justid=True)
