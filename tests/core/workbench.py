"""A worker at work on a real store, with a handler that does what the test says and notes what it was given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from core.jobs import Ended, Phase, Verdict
from core.messages import Inbound, InboundMessage
from core.store.lease import Lease
from core.store.mailbox import Mailbox, job_id_of
from core.worker import Worker, WorkerSettings

QUICK = WorkerSettings(lease=0.6, drain=0.3, block=0.05)
DONE = Ended(Phase.DONE)

Work = Callable[[Lease], Awaitable[Verdict]]


async def quick(lease: Lease) -> Verdict:
    return DONE


def taking(seconds: float) -> Work:
    """Work that takes so long, and is done then."""

    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(seconds)
        return DONE

    return work


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

    async def apologise(self, inbound: Inbound) -> None:
        self.given_up.append(inbound.id)


async def until(look: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until `look` sees something."""
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.01)


@dataclass
class Running:
    """A worker at work."""

    stop: asyncio.Event
    task: asyncio.Task[None]

    async def ends(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.stop.set()
        async with asyncio.timeout(30):
            await self.task


@asynccontextmanager
async def at_work(
    mailbox: Mailbox, desk: Desk, settings: WorkerSettings = QUICK, name: str = ""
) -> AsyncIterator[Running]:
    """A worker that serves the mailbox until the end of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(mailbox, desk, settings, name=name or uuid4().hex).run(stop))
    try:
        yield Running(stop, task)
    finally:
        stop.set()
        await asyncio.wait([task], timeout=10)
        if not task.cancelled():
            task.result()


async def phase_of(mailbox: Mailbox, sent: InboundMessage) -> Phase | None:
    """How far its job has come."""
    job = await mailbox.job(sent.key, job_id_of(sent.key, sent.id))
    return job.phase if job else None
