"""The worker on a real server: serial within a conversation, parallel across, and clean about leases and stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from core.errors import LeaseLost, StoreError
from core.jobs import Ended, Parked, Phase, Verdict
from core.messages import Gone, Inbound
from core.store.connection import StoreSettings, open_store
from core.store.keys import Keys
from core.store.lease import Lease
from core.store.mailbox import Lane, Mailbox, job_id_of
from core.worker import Worker, WorkerSettings
from tests.core.store.mail import chat, message
from tests.wire.valkey import Valkey, valkey

pytestmark = pytest.mark.anyio

QUICK = WorkerSettings(lease=0.6, drain=0.3, block=0.05)
DONE = Ended(Phase.DONE)

Work = Callable[[Lease], Awaitable[Verdict]]


async def quick(lease: Lease) -> Verdict:
    return DONE


@dataclass
class Desk:
    """A handler that notes what it is given, and does with it what the test says."""

    work: Work = quick
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    controlled: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def handle(self, lease: Lease) -> Verdict:
        text = lease.job.message.text
        self.begun.append(text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            verdict = await self.work(lease)
        except asyncio.CancelledError:
            self.cancelled.append(text)
            raise
        finally:
            self.at_once -= 1
        self.ended.append(text)
        return verdict

    async def give_up(self, lease: Lease) -> Ended:
        self.given_up.append(lease.job.message.text)
        return Ended(Phase.FAILED)

    async def control(self, inbound: Inbound) -> None:
        self.controlled.append(inbound.id)


async def until(look: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey() as running:
        yield running


@pytest.fixture
async def mailbox(server: Valkey, tmp_path: Path) -> AsyncIterator[Mailbox]:
    async with open_store(StoreSettings(server.url, tmp_path)) as connection:
        yield Mailbox(connection, Keys(uuid4().hex))


@dataclass
class Running:
    """A worker at work."""

    stop: asyncio.Event
    task: asyncio.Task[None]

    async def ends(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 10)


@asynccontextmanager
async def at_work(
    mailbox: Mailbox, desk: Desk, settings: WorkerSettings = QUICK, name: str = ""
) -> AsyncIterator[Running]:
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(mailbox, desk, settings, name=name or uuid4().hex).run(stop))
    try:
        yield Running(stop, task)
    finally:
        stop.set()
        await asyncio.wait([task], timeout=10)
        if not task.cancelled():
            task.result()


async def phase_of(mailbox: Mailbox, sent: object) -> Phase | None:
    job = await mailbox.job(chat(), job_id_of(chat(), sent.id))  # type: ignore[attr-defined]
    return job.phase if job else None


# --- order ------------------------------------------------------------------------------------------------------------


async def test_one_conversation_is_served_in_order_one_message_at_a_time(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.005)
        return DONE

    desk = Desk(work)
    for number in range(20):
        await mailbox.enqueue(message(str(number)), now=time())
    async with at_work(mailbox, desk), at_work(mailbox, desk):
        await until(lambda: len(desk.ended) == 20)
    assert desk.begun == [str(number) for number in range(20)]
    assert desk.most_at_once == 1


async def test_conversations_do_not_wait_for_each_other(mailbox: Mailbox) -> None:
    everybody = asyncio.Event()

    async def work(lease: Lease) -> Verdict:
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
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.01)
        return DONE

    desk = Desk(work)
    for number in range(60):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=1, capacity=7, block=0.05)):
        await until(lambda: len(desk.ended) == 60)
    assert desk.most_at_once <= 7


async def test_the_control_lane_is_served_while_all_hands_are_full(mailbox: Mailbox) -> None:
    release = asyncio.Event()

    async def work(lease: Lease) -> Verdict:
        await release.wait()
        return DONE

    desk = Desk(work)
    await mailbox.enqueue(message(), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=1, capacity=1, block=0.05)):
        await until(lambda: desk.begun)
        await mailbox.post_control(Gone(chat(), "g1"))
        await until(lambda: desk.controlled == ["g1"])
        release.set()


# --- parking and cancelling -------------------------------------------------------------------------------------------


async def test_a_parked_job_goes_on_when_its_time_has_come(mailbox: Mailbox) -> None:
    due = time() + 0.2

    async def work(lease: Lease) -> Verdict:
        return Parked(due) if time() < due else DONE

    desk = Desk(work)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk):
        await until(lambda: len(desk.begun) == 2)
        assert time() >= due
        assert desk.at_once == 0


async def test_what_another_worker_parked_is_woken_too(mailbox: Mailbox) -> None:
    await mailbox.open()
    await mailbox.enqueue(message("x"), now=time())
    [token] = await mailbox.take("gone", Lane.WORK, count=64, block=0.05)
    lease = await mailbox.begin(token, owner="gone")  # type: ignore[arg-type]
    assert lease is not None
    await lease.park(time() + 0.1)
    desk = Desk()
    async with at_work(mailbox, desk):
        await until(lambda: desk.ended)


async def test_a_cancel_is_noticed_within_a_second_while_the_handler_runs(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.wait_for(lease.stop_asked.wait(), 5)
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


# --- leases -----------------------------------------------------------------------------------------------------------


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
        [token] = await mailbox.recover("thief", Lane.WORK, idle=0, count=64)
        lease = await mailbox.begin(token, owner="thief")  # type: ignore[arg-type]
        assert lease is not None
        await until(lambda: first.cancelled, seconds=2)
        await until(lambda: len(tried) == 3)
        await second.handle(lease)
        await lease.finish(Phase.DONE)
    job = await mailbox.job(chat(), job_id_of(chat(), sent.id))
    assert job is not None
    assert (job.phase, "late" in job.notes) == (Phase.DONE, False)


async def test_a_lease_is_renewed_while_the_handler_runs(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(1.5)
        return DONE

    desk, other = Desk(work), Desk(work)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk):
        await until(lambda: desk.begun)
        async with at_work(mailbox, other):
            await until(lambda: desk.ended)
    assert other.begun == []


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


# --- breaking off -----------------------------------------------------------------------------------------------------


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
        async with asyncio.timeout(10):
            while await phase_of(mailbox, poison) is not Phase.FAILED:
                await asyncio.sleep(0.02)
    assert 1 <= len(desk.given_up) <= 3


async def test_slow_things_of_the_control_lane_are_handed_out_once(mailbox: Mailbox) -> None:
    """Many at once: some of their entries have the same name, each in a partition of its own."""

    class Slow(Desk):
        async def control(self, inbound: Inbound) -> None:
            await super().control(inbound)
            await asyncio.sleep(3 * QUICK.lease)
            self.ended.append(inbound.id)

    desk, names = Slow(), [f"g{number}" for number in range(64)]
    await asyncio.gather(*(mailbox.post_control(Gone(chat(name), name)) for name in names))
    async with at_work(mailbox, desk):
        await until(lambda: len(desk.ended) >= len(names))
    assert sorted(desk.controlled) == sorted(names)


async def test_a_control_that_breaks_off_is_tried_three_times_and_then_left(mailbox: Mailbox) -> None:
    class Breaking(Desk):
        async def control(self, inbound: Inbound) -> None:
            await super().control(inbound)
            if inbound.id == "poison":
                raise RuntimeError("bang")

    desk = Breaking()
    await mailbox.post_control(Gone(chat(), "poison"))
    await mailbox.post_control(Gone(chat(), "next"))
    async with at_work(mailbox, desk, WorkerSettings(lease=0.15, drain=0.3, block=0.05)):
        await until(lambda: desk.controlled.count("poison") == 3)
        await asyncio.sleep(0.5)
    assert desk.controlled.count("poison") == 3
    assert desk.controlled.count("next") == 1


# --- stopping ---------------------------------------------------------------------------------------------------------


async def test_a_stop_lets_running_work_end(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.2)
        return DONE

    desk = Desk(work)
    sent = message("x")
    await mailbox.enqueue(sent, now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=5, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert desk.ended == ["x"]
    assert await phase_of(mailbox, sent) is Phase.DONE


async def test_what_does_not_end_in_time_is_given_back_at_once_and_uncounted(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(30)
        return DONE

    attempts: list[int] = []

    async def again(lease: Lease) -> Verdict:
        attempts.append(lease.job.attempts)
        return DONE

    desk = Desk(work)
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=60, drain=0.1, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert desk.cancelled == ["x"]
    async with at_work(mailbox, Desk(again), WorkerSettings(lease=60, drain=0.1, block=0.05)):
        await until(lambda: attempts)  # well before the lease runs out
    assert attempts == [1]


async def test_a_stop_is_heard_when_all_hands_are_full_and_nothing_more_is_taken(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.2)
        return DONE

    desk = Desk(work)
    for number in range(3):
        await mailbox.enqueue(message(str(number), chat(str(number))), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=5, drain=3, capacity=1, block=0.05)) as worker:
        await until(lambda: desk.begun)
        await worker.ends()
    assert len(desk.begun) == 1


async def test_during_a_stop_nothing_is_taken_over_from_others(mailbox: Mailbox) -> None:
    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.6)
        return DONE

    desk = Desk(work)
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


# --- the store --------------------------------------------------------------------------------------------------------


async def test_a_store_that_is_killed_and_comes_back_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with valkey() as own:
        async with open_store(StoreSettings(own.url, tmp_path)) as connection:
            mailbox = Mailbox(connection, connection.keys)
            done: list[str] = []

            async def work(lease: Lease) -> Verdict:
                await asyncio.sleep(0.02)
                await lease.save(notes={"done": "1"})
                done.append(lease.job.message.text)
                return DONE

            async with at_work(mailbox, Desk(work)):
                sent = 0
                for round_ in range(3):
                    for _ in range(10):
                        await _enqueue(mailbox, str(sent))
                        sent += 1
                    own.kill()
                    await asyncio.sleep(0.05 * round_)
                    own.start()
                await until(lambda: len(set(done)) == sent, seconds=20)
            order = [text for at, text in enumerate(done) if text not in done[:at]]
            assert order == [str(number) for number in range(sent)]


async def test_an_absent_store_is_not_blamed_on_the_job(tmp_path: Path) -> None:
    with valkey() as own:
        async with open_store(StoreSettings(own.url, tmp_path)) as connection:
            mailbox = Mailbox(connection, connection.keys)
            attempts: list[int] = []
            calm = asyncio.Event()

            async def work(lease: Lease) -> Verdict:
                attempts.append(lease.job.attempts)
                if not calm.is_set():
                    own.restart()
                await lease.save(notes={"x": "1"})
                return DONE

            desk = Desk(work)
            await mailbox.open()
            await mailbox.enqueue(message("x"), now=time())
            async with at_work(mailbox, desk, WorkerSettings(lease=0.3, drain=0.3, block=0.05, attempts=2)):
                await until(lambda: len(attempts) >= 3 or desk.ended, seconds=20)
                calm.set()
                await until(lambda: desk.ended or desk.given_up, seconds=20)
            assert desk.given_up == []


async def test_a_store_that_is_away_at_the_start_is_waited_for(tmp_path: Path) -> None:
    with valkey() as own:
        async with open_store(StoreSettings(own.url, tmp_path)) as connection:
            mailbox = Mailbox(connection, connection.keys)
            own.kill()
            desk = Desk()
            async with at_work(mailbox, desk):
                await asyncio.sleep(0.1)
                own.start()
                await _enqueue(mailbox, "x")
                await until(lambda: desk.ended == ["x"])


async def test_emptied_streams_are_made_anew(tmp_path: Path) -> None:
    with valkey() as own:
        async with open_store(StoreSettings(own.url, tmp_path)) as connection:
            mailbox, desk = Mailbox(connection, connection.keys), Desk()
            async with at_work(mailbox, desk):
                await _enqueue(mailbox, "before")
                await until(lambda: desk.ended == ["before"])
                own.say("FLUSHALL")
                await _enqueue(mailbox, "after")
                await until(lambda: desk.ended == ["before", "after"])


async def _enqueue(mailbox: Mailbox, text: str) -> None:
    """Insist, as a platform does that gets no confirmation."""
    sent = message(text)
    async with asyncio.timeout(10):
        while True:
            try:
                await mailbox.enqueue(sent, now=time())
                return
            except StoreError:
                await asyncio.sleep(0.02)
