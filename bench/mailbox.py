"""Jobs through the mailbox, with workers in processes of their own: `python -m bench.mailbox`.

The jobs do nothing: what is measured is the mailbox, its scripts and its worker, on an embedded store.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Final

from bench.figures import Figure, machine, options, percentile, report
from core.jobs import Ended, Phase
from core.messages import ConversationKey, Inbound, InboundMessage, Sender
from core.store.connection import StoreSettings, open_store
from core.store.keys import Keys
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import Worker, WorkerSettings

CHATS: Final = 200
SPAWN: Final = multiprocessing.get_context("spawn")


def main() -> int:
    """Measure and print."""
    parser = options("mailbox", __doc__)
    parser.add_argument("--jobs", type=int, default=4000)
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        figures = [figure for workers in (1, 2) for figure in asyncio.run(measure(Path(folder), workers, chosen.jobs))]
    return report(figures, check=chosen.check)


async def measure(folder: Path, workers: int, jobs: int) -> list[Figure]:
    """With so many workers."""
    name = f"{workers} worker{'s' if workers > 1 else ''}"
    async with open_store(StoreSettings(None, folder)) as connection:
        mailbox = Mailbox(connection, Keys(f"bench{workers}"))
        await mailbox.open()
        began = time.perf_counter()
        await asyncio.gather(*(put(mailbox, number) for number in range(jobs)))
        put_rate = jobs / (time.perf_counter() - began)
        with at_work(folder, workers) as news:
            rate = await finished(news, jobs)
            waits = [await start_latency(mailbox, news, jobs + number) for number in range(200)]
    return [
        Figure(f"{name}: jobs put into the mailbox", put_rate, "jobs/s"),
        Figure(f"{name}: jobs taken, done and struck off", rate, "jobs/s"),
        Figure(f"{name}, idle: from putting a job to its start, 95 % within", 1000 * percentile(waits, 0.95), "ms"),
    ]


async def put(mailbox: Mailbox, number: int) -> None:
    """A job, in one of the chats."""
    key = ConversationKey("bench", str(number % CHATS))
    now = datetime.now(UTC)
    message = InboundMessage(key, str(number), Sender("anna"), now, private=True, addressed=True, text="slower")
    await mailbox.enqueue(message, now=now.timestamp())


@contextmanager
def at_work(folder: Path, workers: int) -> Iterator[Pipe]:
    """Workers that report the time at which each job begins."""
    here, there = SPAWN.Pipe(duplex=False)
    processes = [SPAWN.Process(target=work, args=(folder, f"bench{workers}", there)) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        yield here
    finally:
        for process in processes:
            process.terminate()
            process.join()


def work(folder: Path, prefix: str, told: Pipe) -> None:
    """A worker's process."""
    asyncio.run(_work(folder, prefix, told))


async def _work(folder: Path, prefix: str, told: Pipe) -> None:
    async with open_store(StoreSettings(None, folder)) as connection:
        mailbox = Mailbox(connection, Keys(prefix))
        worker = Worker(mailbox, Nothing(told), WorkerSettings(), name=multiprocessing.current_process().name)
        await worker.run(asyncio.Event())


class Nothing:
    """A handler that does nothing at all."""

    def __init__(self, told: Pipe) -> None:
        self._told = told

    async def handle(self, lease: Lease) -> Ended:
        """Tell when the job began."""
        self._told.send_bytes(repr(time.time()).encode())  # small enough to arrive in one piece from every process
        return Ended(Phase.DONE)

    async def give_up(self, lease: Lease) -> Ended:
        """Never needed."""
        return Ended(Phase.FAILED)

    async def control(self, inbound: Inbound) -> None:
        """Never needed."""


async def finished(news: Pipe, jobs: int) -> float:
    """Jobs a second, from the first to the last one that begins."""
    begun = [float(await asyncio.to_thread(news.recv_bytes)) for _ in range(jobs)]
    return (jobs - 1) / (max(begun) - min(begun))


async def start_latency(mailbox: Mailbox, news: Pipe, number: int) -> float:
    """Seconds from putting a job until it begins."""
    await asyncio.sleep(0.01)
    asked = time.time()
    await put(mailbox, number)
    return float(await asyncio.to_thread(news.recv_bytes)) - asked


if __name__ == "__main__":
    sys.exit(main())
