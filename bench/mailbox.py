"""Jobs through the mailbox, with workers in processes of their own: `python -m bench.mailbox`.

The jobs do nothing: what is measured is the mailbox, its scripts and its worker, on an embedded store. A machine with
other work to do makes wall time longer, so CPU time is told beside it: what a job costs a worker and the server, how
much of a core they were given, and the rate at which cores of their own would do it. In the same run everything is done
once more as it was before commands shared a connection.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Lock
from pathlib import Path
from random import Random
from typing import Final

from redis.asyncio import Redis

from bench.figures import Figure, machine, options, percentile, report
from bench.product import run
from core.jobs import Ended, Phase
from core.messages import ConversationKey, Inbound, InboundMessage, Sender
from core.store.clients import address_of, client_of
from core.store.connection import PATIENCE, Connection, StoreSettings, open_store
from core.store.keys import Keys
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import Worker, WorkerSettings

CHATS: Final = 200
RATE, SCALE, START = 2000.0, 1.35, 5.0  # jobs/s, times, ms
TOLD_EVERY: Final = 0.1  # seconds; telling of each job would cost more than the job
SPAWN: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Flow:
    """What was measured with so many workers. CPU in microseconds a job, `given` in cores that the workers got."""

    workers: int
    rate: float
    worker: float
    server: float
    given: float
    starts: list[float]  # seconds from putting a job until it begins, while half of `RATE` is put

    @property
    def alone(self) -> float:
        """Jobs a second by CPU alone, the most that two cores can do: a worker, or the server, is on one at a time. One
        worker, which has to wait for the server now and then, does not quite reach it; two fill the cores."""
        return 1e6 / max(self.worker / self.workers, self.server, (self.worker + self.server) / 2)


def main() -> int:
    """Measure and print."""
    parser = options("mailbox", __doc__)
    parser.add_argument("--jobs", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long half of the load is put")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        before, one, two = (
            run(measure(Path(folder), workers, chosen.jobs, chosen.seconds, shared=shared))
            for workers, shared in ((1, False), (1, True), (2, True))
        )
    figures = [*described("before, 1 worker", before, goals=False), *described("1 worker", one), *compared(before, one)]
    return report([*figures, *described("2 workers", two), *scaled(one, two)], check=chosen.check)


def described(name: str, flow: Flow, *, goals: bool = True) -> Iterator[Figure]:
    """All that is known of it."""
    yield Figure(f"{name}: jobs, wall time", flow.rate, "jobs/s", RATE if goals else None, least=True)
    yield Figure("  the workers were given", flow.given, "cores")
    yield Figure("  CPU of a worker", flow.worker, "µs/job")
    yield Figure("  CPU of the server", flow.server, "µs/job")
    yield Figure(
        "  jobs by CPU alone, on two cores of their own", flow.alone, "jobs/s", RATE if goals else None, least=True
    )
    yield Figure(
        f"  at {RATE / 2:.0f} jobs/s, a job begins after, half of them", 1000 * percentile(flow.starts, 0.5), "ms"
    )
    yield Figure("  … 95 % within", 1000 * percentile(flow.starts, 0.95), "ms", START if goals else None)


def compared(before: Flow, now: Flow) -> Iterator[Figure]:
    """Commands on one connection beside a connection for each command."""
    yield Figure("now / before: jobs, wall time", now.rate / before.rate, "times")
    yield Figure("  CPU of worker and server", (now.worker + now.server) / (before.worker + before.server), "times")


def scaled(one: Flow, two: Flow) -> Iterator[Figure]:
    """A second worker beside one."""
    yield Figure("2 workers / 1: jobs, wall time", two.rate / one.rate, "times", SCALE, least=True)
    yield Figure("  by CPU alone", two.alone / one.alone, "times")


async def measure(folder: Path, workers: int, jobs: int, seconds: float, *, shared: bool) -> Flow:
    """With so many workers."""
    prefix = f"bench{workers}{shared}"
    async with opened(folder, shared=shared) as connection:
        mailbox = Mailbox(connection, Keys(prefix))
        await mailbox.open()
        for first in range(0, jobs, CHATS):
            await asyncio.gather(*(put(mailbox, number) for number in range(first, first + CHATS)))
        used = await server_cpu(connection)
        with at_work(folder, prefix, workers, shared=shared) as news:
            began, cpu = await told(news, jobs)
            used = await server_cpu(connection) - used
            took = max(began.values()) - min(began.values())
            asked = await put_evenly(mailbox, jobs, RATE / 2, seconds)
            begun, _ = await told(news, len(asked))
    starts = [begun[number] - at for number, at in asked.items()]
    return Flow(workers, jobs / took, 1e6 * cpu / jobs, 1e6 * used / jobs, cpu / took, starts)


@asynccontextmanager
async def opened(folder: Path, *, shared: bool) -> AsyncIterator[Connection]:
    """The store; unless `shared`, with a client that takes a connection for each command."""
    async with open_store(StoreSettings(None, folder)) as connection:
        if not shared:
            await connection.commands.aclose()
            socket = folder / "store" / "store.sock"
            connection.commands = client_of(address_of(f"unix://{socket}"), PATIENCE, PATIENCE, Redis)
        yield connection


async def put(mailbox: Mailbox, number: int) -> None:
    """A job, in one of the chats."""
    key = ConversationKey("bench", str(number % CHATS))
    now = datetime.now(UTC)
    message = InboundMessage(key, str(number), Sender("anna"), now, private=True, addressed=True, text="slower")
    await mailbox.enqueue(message, now=now.timestamp())


async def put_evenly(mailbox: Mailbox, first: int, rate: float, seconds: float) -> dict[int, float]:
    """Jobs that come by chance, so many a second, whether or not those before have begun. When each was put."""
    asked: dict[int, float] = {}
    chance, at, end = Random(1), time.perf_counter(), time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        while (at := at + chance.expovariate(rate)) < end:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            number = first + len(asked)
            asked[number] = time.time()
            group.create_task(put(mailbox, number))
    return asked


async def server_cpu(connection: Connection) -> float:
    """Seconds of CPU that the server has used."""
    info = await connection.commands.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


async def told(news: Pipe, jobs: int) -> tuple[dict[int, float], float]:
    """When each of so many jobs began, and the CPU that workers have used from their first to their last one."""
    began: dict[int, float] = {}
    cpu = 0.0
    while len(began) < jobs:
        some, spent = await asyncio.to_thread(news.recv)
        began.update(some)
        cpu += spent
    return began, cpu


# --- the workers ------------------------------------------------------------------------------------------------------


@contextmanager
def at_work(folder: Path, prefix: str, workers: int, *, shared: bool) -> Iterator[Pipe]:
    """Workers that tell when each job began."""
    here, there = SPAWN.Pipe(duplex=False)
    room = SPAWN.Lock()
    processes = [SPAWN.Process(target=work, args=(folder, prefix, shared, there, room)) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        yield here
    finally:
        for process in processes:
            process.terminate()
            process.join()


def work(folder: Path, prefix: str, shared: bool, there: Pipe, room: Lock) -> None:
    """A worker's process."""
    run(_work(folder, prefix, shared, Diary(there, room)))


async def _work(folder: Path, prefix: str, shared: bool, diary: Diary) -> None:
    async with opened(folder, shared=shared) as connection, asyncio.TaskGroup() as group:
        group.create_task(diary.tell())
        mailbox = Mailbox(connection, Keys(prefix))
        worker = Worker(mailbox, diary, WorkerSettings(), name=multiprocessing.current_process().name)
        await worker.run(asyncio.Event())


class Diary:
    """A handler that does nothing but note when each job began."""

    def __init__(self, there: Pipe, room: Lock) -> None:
        self._there = there
        self._room = room
        self._began: dict[int, float] = {}
        self._since = 0.0

    async def handle(self, lease: Lease) -> Ended:
        """Done at once."""
        if not self._since:
            self._since = time.process_time()
        self._began[int(lease.job.message.id)] = time.time()
        return Ended(Phase.DONE)

    async def give_up(self, lease: Lease) -> Ended:
        """Never needed."""
        return Ended(Phase.FAILED)

    async def control(self, inbound: Inbound) -> None:
        """Never needed."""

    apologise = control

    async def tell(self) -> None:
        """For ever: what has begun since last time, and the CPU that it took."""
        while True:
            await asyncio.sleep(TOLD_EVERY)
            if self._began:
                began, self._began = self._began, {}
                spent, self._since = time.process_time() - self._since, time.process_time()
                with self._room:
                    self._there.send((began, spent))


if __name__ == "__main__":
    sys.exit(main())
