"""How the costs of a conversation grow with their number: `python -m bench.growth`. Flat is well, linear is not.

So many conversations are there and at rest, while 200 others have a turn each: what the store and the worker need for
one of those, and how long it waits, is measured beside a store with 1, 10, 100, 1,000 and 10,000 at rest.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.figures import Figure, machine, options, percentile, report
from bench.idle import Nothing, finish_all, lived, used
from bench.product import run
from core.messages import ConversationKey, InboundMessage, Sender
from core.store.connection import Connection, StoreSettings, open_store
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import Worker, WorkerSettings

SIZES: Final = (1, 10, 100, 1000, 10_000)
TURNS: Final = 200
FLAT: Final = 2.0  # times what one conversation costs: noise, not growth


@dataclass(frozen=True, slots=True)
class Cost:
    """With so many at rest: microseconds of the server and of the worker for a turn, its wait in ms, bytes a chat."""

    chats: int
    server: float
    worker: float
    wait: float
    memory: float


def main() -> int:
    """Measure and print."""
    parser = options("growth", __doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    chosen = parser.parse_args()
    print(machine())
    sizes = [size for size in SIZES if size <= chosen.most]
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        costs = run(measure(Path(folder), sizes))
    print(
        "\n| chats at rest | server, µs a turn | worker, µs a turn | start, ms (95 %) | bytes a chat |"
        "\n|---|---|---|---|---|"
    )
    for one in costs:
        print(f"| {one.chats:,} | {one.server:.0f} | {one.worker:.0f} | {one.wait:.1f} | {one.memory:.0f} |")
    print()
    growth = costs[-1].server / costs[0].server, costs[-1].worker / costs[0].worker
    return report(
        [
            Figure(f"server: {costs[-1].chats} chats against one", growth[0], "times", FLAT),
            Figure(f"worker: {costs[-1].chats} chats against one", growth[1], "times", FLAT),
        ],
        check=chosen.check,
    )


async def measure(folder: Path, sizes: list[int]) -> list[Cost]:
    """All sizes, one after the other, in one store."""
    costs, there = [], 0
    async with open_store(StoreSettings(None, folder)) as store:
        empty = await used(store)
        await turns(store, "warm")
        for size in sizes:
            for first in range(there, size, 500):
                await asyncio.gather(*(lived(store, number) for number in range(first, min(first + 500, size))))
                await finish_all(store)
            there = size
            memory = (await used(store) - empty) / size
            costs.append(await turns(store, str(size), size, memory))
    return costs


async def turns(store: Connection, run: str, chats: int = 0, memory: float = 0.0) -> Cost:
    """Turns that do nothing, one after the other, while the rest is at rest."""
    mailbox, stop, begun = Mailbox(store, store.keys), asyncio.Event(), asyncio.Event()

    class Prompt(Nothing):
        async def handle(self, lease: Lease) -> object:  # type: ignore[override]
            begun.set()
            return await super().handle(lease)

    working = asyncio.create_task(Worker(mailbox, Prompt(), WorkerSettings(), name=run).run(stop))  # type: ignore[arg-type]
    await asyncio.sleep(0.5)
    waits, server, worker = [], await cpu(store), time.process_time()
    for number in range(TURNS):
        begun.clear()
        asked = time.perf_counter()
        key = ConversationKey("busy", f"{run}/{number}")
        now = datetime.now(UTC)
        await mailbox.enqueue(InboundMessage(key, "1", Sender("anna"), now, text="slower"), now=now.timestamp())
        await begun.wait()
        waits.append(time.perf_counter() - asked)
    ours, theirs = time.process_time() - worker, await cpu(store) - server
    stop.set()
    await working
    return Cost(chats, 1e6 * theirs / TURNS, 1e6 * ours / TURNS, 1000 * percentile(waits, 0.95), memory)


async def cpu(store: Connection) -> float:
    """Seconds of CPU that the server has used."""
    told = await store.commands.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


if __name__ == "__main__":
    sys.exit(main())
