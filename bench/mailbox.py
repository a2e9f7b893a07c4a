"""Jobs through the mailbox, with workers in processes of their own: `python -m bench.mailbox`.

First with jobs that do nothing: that is the mailbox, its scripts and its worker, on an embedded store. A machine with
other work to do makes wall time longer, so CPU time is told beside it: what a job costs a worker and the server, how
much of a core they were given, and the rate at which cores of their own would do it. One worker and the server then
have a core each, and on two cores there is none left for a second worker. So whether a second one helps is asked once
more of jobs with work of their own, so little that one worker still does as many as it has to.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier, Lock
from pathlib import Path
from random import Random
from typing import Final

from bench.figures import Figure, machine, options, percentile, report
from bench.product import run
from core.jobs import Ended, Phase
from core.messages import ConversationKey, Inbound, InboundMessage, Sender
from core.store.connection import Connection, StoreSettings, open_store
from core.store.keys import Keys
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import Worker, WorkerSettings

CHATS: Final = 200
RATE, SCALE, START = 2000.0, 1.35, 5.0  # jobs/s, times, ms
WORK: Final = 0.0002  # seconds of CPU; a turn in words takes a hundred times as much
TOLD_EVERY: Final = 0.1  # seconds; telling of each job would cost more than the job
SPAWN: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU for each job."""

    worker: float
    server: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Jobs one after the other, with so many workers. `given` in cores that the workers got."""

    workers: int
    rate: float
    cost: Cost
    given: float

    @property
    def alone(self) -> float:
        """Jobs a second by CPU alone, the most that two cores can do: a worker, or the server, is on one at a time. One
        worker, which has to wait for the server now and then, does not quite reach it; two fill the cores."""
        worker, server = self.cost.worker, self.cost.server
        return 1e6 / max(worker / self.workers, server, (worker + server) / 2)


@dataclass(frozen=True, slots=True)
class Calm:
    """Jobs that come by chance, half of `RATE`. `starts` are the seconds from putting each until it begins, `put` is
    what putting one costs, in microseconds of CPU."""

    starts: list[float]
    cost: Cost
    put: float


def main() -> int:
    """Measure and print."""
    parser = options("mailbox", __doc__)
    parser.add_argument("--jobs", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long half of the load is put")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        bench = Bench(Path(folder), chosen.jobs)
        one, two = run(bench.flow(1, 0.0)), run(bench.flow(2, 0.0))
        laden = run(bench.flow(1, WORK)), run(bench.flow(2, WORK))
        calm = run(bench.calm(chosen.seconds))
    figures = [
        *described("1 worker", one, RATE),
        *described("2 workers", two, None),
        Figure("2 workers / 1: jobs, wall time", two.rate / one.rate, "times", SCALE, least=True),
        Figure("  the most that two cores allow: by CPU alone", two.alone / one.alone, "times"),
        *described(f"1 worker, {1000 * WORK:g} ms of work in each job", laden[0], RATE),
        *described("2 workers, the same", laden[1], None),
        Figure("2 workers / 1: jobs with work, wall time", laden[1].rate / laden[0].rate, "times", SCALE, least=True),
        Figure("  by CPU alone", laden[1].alone / laden[0].alone, "times"),
        *calmly(calm),
    ]
    return report(figures, check=chosen.check)


def described(name: str, flow: Flow, goal: float | None) -> Iterator[Figure]:
    """All that is known of it."""
    yield Figure(f"{name}: jobs, wall time", flow.rate, "jobs/s", goal, least=True)
    yield Figure("  the workers were given", flow.given, "cores")
    yield from costs(flow.cost)
    yield Figure("  jobs by CPU alone, on two cores of their own", flow.alone, "jobs/s", goal, least=True)


def calmly(calm: Calm) -> Iterator[Figure]:
    """How soon a job begins, and what it costs where few come at once."""
    yield Figure(
        f"1 worker, {RATE / 2:.0f} jobs/s: begins after, half of them", 1000 * percentile(calm.starts, 0.5), "ms"
    )
    yield Figure("  … 95 % within", 1000 * percentile(calm.starts, 0.95), "ms", START)
    yield from costs(calm.cost)
    yield Figure("  CPU of the one who puts it", calm.put, "µs/job")


def costs(cost: Cost) -> Iterator[Figure]:
    """What a job takes."""
    yield Figure("  CPU of a worker", cost.worker, "µs/job")
    yield Figure("  CPU of the server", cost.server, "µs/job")


@dataclass(frozen=True, slots=True)
class Bench:
    """A folder with a store, and so many jobs for each time."""

    folder: Path
    jobs: int

    async def flow(self, workers: int, work: float) -> Flow:
        """All jobs wait when so many workers begin, at the same time. Each has so many seconds of work in it."""
        prefix = f"bench{workers}{work}"
        async with open_store(StoreSettings(None, self.folder)) as connection:
            mailbox = Mailbox(connection, Keys(prefix))
            await mailbox.open()
            for first in range(0, self.jobs, CHATS):
                await asyncio.gather(*(put(mailbox, number) for number in range(first, first + CHATS)))
            used = await server_cpu(connection)
            with at_work(self.folder, prefix, workers, work) as news:
                began, cpu = await told(news, self.jobs)
            used = await server_cpu(connection) - used
        took = max(began.values()) - min(began.values())
        return Flow(workers, self.jobs / took, Cost(1e6 * cpu / self.jobs, 1e6 * used / self.jobs), cpu / took)

    async def calm(self, seconds: float) -> Calm:
        """Half of the load, with one worker that is well under way."""
        async with open_store(StoreSettings(None, self.folder)) as connection:
            mailbox = Mailbox(connection, Keys("calm"))
            await mailbox.open()
            with at_work(self.folder, "calm", 1, 0.0) as news:
                await asyncio.gather(*(put(mailbox, number) for number in range(CHATS)))
                await told(news, CHATS)
                used, own = await server_cpu(connection), time.process_time()
                asked = await put_evenly(mailbox, CHATS, RATE / 2, seconds)
                own = time.process_time() - own
                begun, cpu = await told(news, len(asked))
                used = await server_cpu(connection) - used
        starts = [begun[number] - at for number, at in asked.items()]
        return Calm(starts, Cost(1e6 * cpu / len(asked), 1e6 * used / len(asked)), 1e6 * own / len(asked))


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
def at_work(folder: Path, prefix: str, workers: int, work: float) -> Iterator[Pipe]:
    """Workers that begin together, and tell when each job began."""
    here, there = SPAWN.Pipe(duplex=False)
    diary, ready = (there, SPAWN.Lock(), work), SPAWN.Barrier(workers)
    processes = [SPAWN.Process(target=labour, args=(folder, prefix, diary, ready)) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        yield here
    finally:
        for process in processes:
            process.terminate()
            process.join()


def labour(folder: Path, prefix: str, diary: tuple[Pipe, Lock, float], ready: Barrier) -> None:
    """A worker's process."""
    run(_labour(folder, prefix, Diary(*diary), ready))


async def _labour(folder: Path, prefix: str, diary: Diary, ready: Barrier) -> None:
    async with open_store(StoreSettings(None, folder)) as connection, asyncio.TaskGroup() as group:
        group.create_task(diary.tell())
        mailbox = Mailbox(connection, Keys(prefix))
        worker = Worker(mailbox, diary, WorkerSettings(), name=multiprocessing.current_process().name)
        ready.wait()  # the first to be there would have done most of it
        await worker.run(asyncio.Event())


class Diary:
    """A handler that notes when each job began, and then keeps a core busy for so many seconds."""

    def __init__(self, there: Pipe, room: Lock, work: float) -> None:
        self._there = there
        self._room = room
        self._work = work
        self._began: dict[int, float] = {}
        self._since = 0.0

    async def handle(self, lease: Lease) -> Ended:
        """Done once its work is."""
        if not self._since:
            self._since = time.process_time()
        self._began[int(lease.job.message.id)] = time.time()
        until = time.thread_time() + self._work
        while time.thread_time() < until:
            pass
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
