"""A worker: takes conversations, holds their leases while work runs, and lets go cleanly when told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

import structlog

from core.errors import LeaseLost, StoreAway, StoreError
from core.jobs import Ended, Parked, Phase, Verdict
from core.messages import Inbound
from core.store.keys import PARTITIONS, partition_of
from core.store.lease import Lease
from core.store.mailbox import Control, Lane, Mailbox, Token

log = structlog.get_logger(__name__)

BATCH = 64  # conversations taken at once: enough to fill a pipeline, few enough to share with other workers
CONTROLS = 256  # things of the control lane in hand at once
LAST_CALLS = 4
SURVEY = 1.0  # seconds after which is looked for what is due, or left by others, though nothing is known of it
PAUSE = 1.0  # seconds before the store is asked again after it failed


class Handler(Protocol):
    """What is done with what a worker takes."""

    async def handle(self, lease: Lease) -> Verdict:
        """Carry the job in front on, as far as it goes now. Cancellation means: stop, another will go on."""
        ...

    async def give_up(self, lease: Lease) -> Verdict:
        """Say that this job cannot be done: it broke off `WorkerSettings.attempts` times."""
        ...

    async def control(self, inbound: Inbound) -> None:
        """Do what must not wait for the conversation's turn."""
        ...

    async def apologise(self, inbound: Inbound) -> None:
        """Say that this could not be done: it broke off `WorkerSettings.attempts` times."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`lease` is how long (s) a silent worker keeps a conversation, `drain` how long (s) work may go on after a stop,
    `capacity` how many conversations are in hand at once, `attempts` how often a job may break off."""

    lease: float = 15.0
    drain: float = 8.0
    capacity: int = 2000
    attempts: int = 3
    block: float = 1.0


class Worker:
    """Takes from the mailbox and hands to the handler, until stopped."""

    def __init__(
        self,
        mailbox: Mailbox,
        handler: Handler,
        settings: WorkerSettings,
        *,
        name: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._mailbox = mailbox
        self._handler = handler
        self._settings = settings
        self._name = name
        self._now = now
        self._tasks: dict[Lane, set[asyncio.Task[None]]] = {lane: set() for lane in Lane}
        self._rooms = {Lane.WORK: settings.capacity, Lane.CONTROL: CONTROLS}
        self._leases: dict[str, tuple[Lease, asyncio.Task[None]]] = {}
        self._controls: dict[tuple[int, str], Control] = {}  # entries are unique in their partition only
        self._excused: set[str] = set()  # jobs whose last attempt broke off because the store was away
        self._due = dict.fromkeys(range(PARTITIONS), 0.0)  # when to look what is due, by partition
        self._sooner = asyncio.Event()
        self._closed = False  # nothing is taken any more
        self._stopping = False  # what still runs is being given back

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let running work go on for `drain` seconds, then give it back."""
        term = self._settings.lease / 3
        if not await self._open_until(stop):
            return
        try:
            async with asyncio.TaskGroup() as group:
                taking = [group.create_task(self._take_until(stop, lane)) for lane in Lane]
                keepers = [
                    group.create_task(self._forever(self._wake_due, 0.0)),
                    group.create_task(self._forever(self._renew_all, term)),
                    group.create_task(self._forever(self._recover, min(term, SURVEY))),
                    group.create_task(self._forever(self._hear_signals, 1.0)),
                ]
                await asyncio.wait(taking)
                self._closed = True
                await self._drain()
                for keeper in keepers:
                    keeper.cancel()
        finally:
            self._drop_all()

    # --- taking -------------------------------------------------------------------------------------------------------

    async def _open_until(self, stop: asyncio.Event) -> bool:
        while not stop.is_set():
            try:
                await self._mailbox.open()
                return True
            except StoreError as error:
                await self._pause(stop, error)
        return False

    async def _take_until(self, stop: asyncio.Event, lane: Lane) -> None:
        while not stop.is_set():
            try:
                await self._take(lane)
            except StoreError as error:
                await self._pause(stop, error)
                await self._open_until(stop)

    async def _pause(self, stop: asyncio.Event, error: StoreError) -> None:
        log.warning("store_away", error=str(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await stop.wait()

    async def _take(self, lane: Lane) -> None:
        block, room = self._settings.block, self._room(lane)
        if room <= 0:
            await asyncio.wait(self._tasks[lane], timeout=block, return_when=asyncio.FIRST_COMPLETED)
            return
        for item in await self._mailbox.take(self._name, lane, count=room, block=block):
            self._start(item)

    def _room(self, lane: Lane) -> int:
        return min(BATCH, self._rooms[lane] - len(self._tasks[lane]))

    def _start(self, item: Token | Control) -> None:
        lane, work = (
            (Lane.WORK, self._converse(item)) if isinstance(item, Token) else (Lane.CONTROL, self._control(item))
        )
        task = asyncio.create_task(work)
        self._tasks[lane].add(task)
        task.add_done_callback(self._tasks[lane].discard)

    async def _recover(self) -> None:
        """Take over all that others have left, as far as there is room for it."""
        for lane in Lane:
            while (room := self._room(lane)) > 0 and not self._closed:
                found = await self._mailbox.recover(self._name, lane, idle=self._settings.lease, count=room)
                for item in found:
                    self._start(item)
                if len(found) < room:
                    break

    # --- one conversation ---------------------------------------------------------------------------------------------

    async def _converse(self, token: Token) -> None:
        try:
            lease = await self._mailbox.begin(token, owner=self._name)
        except StoreError as error:
            log.warning("begin_failed", error=str(error))
            return
        if lease is None:
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # we are in one
        self._leases[lease.name] = (lease, task)
        try:
            await self._carry(lease)
        finally:
            if self._leases.get(lease.name, (None,))[0] is lease:
                del self._leases[lease.name]
            if lease.lost:
                with contextlib.suppress(StoreError):
                    await lease.left()

    async def _carry(self, lease: Lease) -> None:
        """What ends neither in a verdict nor in a clean stop is left to run out of its lease: that is its pause before
        the next attempt, and what counts the attempts."""
        try:
            if lease.job.id in self._excused:
                await lease.excuse()
                self._excused.discard(lease.job.id)
            broken = lease.job.attempts > self._settings.attempts
            verdict = await (self._give_up(lease) if broken else self._handler.handle(lease))
            await self._settle(lease, verdict)
        except LeaseLost:
            log.warning("lease_lost", job=lease.job.id)
        except StoreAway as error:
            log.warning("store_away", job=lease.job.id, error=str(error))
            if len(self._excused) >= self._settings.capacity:  # of jobs that others have carried on since
                self._excused.clear()
            self._excused.add(lease.job.id)
        except asyncio.CancelledError:
            if self._stopping:
                await self._give_back(lease)
            raise
        except Exception:
            log.exception("job_broke_off", job=lease.job.id, attempt=lease.job.attempts)

    async def _give_up(self, lease: Lease) -> Verdict:
        """Giving up must not fail for ever either."""
        try:
            return await self._handler.give_up(lease)
        except StoreError:
            raise
        except Exception:
            log.exception("not_told_of_giving_up", job=lease.job.id, attempt=lease.job.attempts)
            if lease.job.attempts <= 2 * self._settings.attempts:
                raise
            return Ended(Phase.FAILED)

    async def _settle(self, lease: Lease, verdict: Verdict) -> None:
        match verdict:
            case Ended(phase):
                await lease.finish(phase)
            case Parked(until, stirs, seen):
                await lease.park(until, stirs=stirs, seen=seen)
                self._expect(partition_of(lease.name), until)
                self._sooner.set()
            case _:
                assert_never(verdict)

    async def _give_back(self, lease: Lease) -> None:
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(1.0):
                await lease.park(0)

    # --- the control lane ---------------------------------------------------------------------------------------------

    async def _control(self, control: Control) -> None:
        held = (control.partition, control.entry)
        self._controls[held] = control
        try:
            if control.deliveries <= self._settings.attempts:
                await self._handler.control(control.inbound)
            else:
                log.error("control_given_up", inbound=control.inbound.id)
                if control.deliveries <= 2 * self._settings.attempts:  # giving up must not fail for ever either
                    await self._handler.apologise(control.inbound)
            await self._mailbox.done_with(control)
        except StoreError as error:
            log.warning("store_away", inbound=control.inbound.id, error=str(error))
        except Exception:
            log.exception("control_broke_off", inbound=control.inbound.id, attempt=control.deliveries)
        finally:
            self._controls.pop(held, None)

    # --- keeping ------------------------------------------------------------------------------------------------------

    async def _forever(self, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while not self._stopping:  # a library may swallow the cancellation that ends this task
            try:
                await step()
                await asyncio.sleep(0.0 if self._stopping else pause)
            except StoreError as error:
                log.warning("store_away", error=str(error))
                await asyncio.sleep(PAUSE)

    async def _renew_all(self) -> None:
        held = list(self._leases.values())
        for first in range(0, len(held), BATCH):  # one after the other, a thousand would take longer than a lease
            await asyncio.gather(*(self._renew(lease, task) for lease, task in held[first : first + BATCH]))
        for control in list(self._controls.values()):
            await self._mailbox.keep(control, self._name)

    async def _renew(self, lease: Lease, task: asyncio.Task[None]) -> None:
        try:
            await lease.renew()
        except LeaseLost:
            if self._leases.get(lease.name, (None,))[0] is lease:  # else it has just ended by itself
                log.warning("lease_lost", job=lease.job.id)
                task.cancel()

    async def _wake_due(self) -> None:
        """Hand out what is due. What this worker parks it wakes in time; what others do, within `SURVEY`."""
        self._sooner.clear()  # what is parked from here on counts
        for partition in [one for one, due in self._due.items() if due <= self._now()]:
            self._due[partition] = self._now() + SURVEY
            due = await self._mailbox.wake(partition, now=self._now())
            self._expect(partition, due)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(self._due.values()) - self._now())):
                await self._sooner.wait()

    def _expect(self, partition: int, due: float | None) -> None:
        if due is not None and due < self._due[partition]:
            self._due[partition] = due

    async def _hear_signals(self) -> None:
        async with contextlib.aclosing(self._mailbox.signals()) as names:
            async for name in names:
                held = self._leases.get(name)
                if held is not None:
                    await self._renew(*held)

    # --- stopping -----------------------------------------------------------------------------------------------------

    async def _drain(self) -> None:
        if tasks := self._running():
            await asyncio.wait(tasks, timeout=self._settings.drain)
        self._stopping = True
        for _ in range(LAST_CALLS):  # a library may swallow a cancellation, so one is not enough
            if tasks := self._drop_all():
                await asyncio.wait(tasks, timeout=0.5)

    def _drop_all(self) -> set[asyncio.Task[None]]:
        tasks = self._running()
        for task in tasks:
            task.cancel()
        return tasks

    def _running(self) -> set[asyncio.Task[None]]:
        return {task for tasks in self._tasks.values() for task in tasks}
