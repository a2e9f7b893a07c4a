"""How soon the work of a killed worker goes on elsewhere: `python -m bench.recovery`.

Two workers, each in a process of its own, hold conversations whose work takes long; one of them is killed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Final

from bench.figures import Figure, machine, options, percentile, report
from bench.mailbox import SPAWN
from bench.product import run
from core.jobs import Ended, Phase
from core.messages import ConversationKey, Inbound, InboundMessage, Sender
from core.store.connection import StoreSettings, open_store
from core.store.keys import Keys
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import Worker, WorkerSettings

ALLOWED: Final = 2.0  # seconds above the lease
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Measure and print."""
    parser = options("recovery", __doc__)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--lease", type=float, default=15.0)
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        figures = run(measure(Path(folder), chosen.chats, chosen.lease))
    return report(figures, check=chosen.check)


async def measure(folder: Path, chats: int, lease: float) -> list[Figure]:
    """Kill the worker that has more, and wait until the other one has all."""
    async with open_store(StoreSettings(None, folder)) as store:
        mailbox = Mailbox(store, Keys("bench"))
        await mailbox.open()
        here, there = SPAWN.Pipe(duplex=False)
        workers = [SPAWN.Process(target=work, args=(folder, lease, there), daemon=True) for _ in range(2)]
        for worker in workers:
            worker.start()
        for number in range(chats):
            key = ConversationKey("bench", str(number))
            await mailbox.enqueue(InboundMessage(key, "1", Sender("anna"), NOW, text="slower"), now=time.time())
        held = dict([await begun(here) for _ in range(chats)])
        [victim] = [max(workers, key=lambda one: sum(pid == one.pid for pid, _ in held.values()))]
        lost = [chat for chat, (pid, _) in held.items() if pid == victim.pid]
        os.kill(victim.pid or 0, signal.SIGKILL)
        killed = time.time()
        again = [(await begun(here))[1][1] - killed for _ in lost]
        for worker in workers:
            worker.kill()
    return [
        Figure(f"{len(lost)} chats of a killed worker go on, the last after", max(again), "s", lease + ALLOWED),
        Figure("  half of them after", percentile(again, 0.5), "s"),
    ]


async def begun(news: Pipe) -> tuple[str, tuple[int, float]]:
    """The next piece of news: which chat, who, when."""
    chat, pid, at = (await asyncio.to_thread(news.recv_bytes)).decode().split()
    return chat, (int(pid), float(at))


def work(folder: Path, lease: float, told: Pipe) -> None:
    """A worker's process."""
    run(_work(folder, lease, told))


async def _work(folder: Path, lease: float, told: Pipe) -> None:
    async with open_store(StoreSettings(None, folder)) as connection:
        name = multiprocessing.current_process().name
        worker = Worker(Mailbox(connection, Keys("bench")), Patient(told), WorkerSettings(lease=lease), name=name)
        await worker.run(asyncio.Event())


class Patient:
    """A handler whose work takes longer than the measurement."""

    def __init__(self, told: Pipe) -> None:
        self._told = told

    async def handle(self, lease: Lease) -> Ended:
        """Tell who began what when, and go on for an hour."""
        self._told.send_bytes(f"{lease.job.key.chat} {os.getpid()} {time.time()}".encode())
        await asyncio.sleep(3600)
        return Ended(Phase.DONE)

    async def give_up(self, lease: Lease) -> Ended:
        """Never needed."""
        return Ended(Phase.FAILED)

    async def control(self, inbound: Inbound) -> None:
        """Never needed."""

    apologise = control


if __name__ == "__main__":
    sys.exit(main())
