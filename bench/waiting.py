"""What a worker needs while thousands of turns wait on the agent: `python -m bench.waiting`.

A web chat and a worker, each in a process of its own, share an embedded store; the backend sends a heartbeat each 10 s.
The time that is measured is long enough for every person to be told once that the work goes on.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time

from bench.backend import BEAT_SECONDS, backend, open_streams
from bench.figures import Figure, machine, options, percentile, report
from bench.product import Process, Stage, Started, stage
from bench.turns import in_words
from bench.visitors import Visitor, visitors
from bench.watched import read

MEMORY, CORE = 150.0, 25.0  # MB, for a thousand turns; % of a core
EACH, LAG = 120.0, 50.0  # kB, ms
AT_ONCE = 50  # people who post at the same time
WARM_UP = 20
SETTLE = 10.0


def main() -> int:
    """Measure and print."""
    parser = options("waiting", __doc__)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=130.0)
    parser.add_argument("--open-files", type=int, default=1024, help="the soft limit that the worker is started with")
    chosen = parser.parse_args()
    print(machine())
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with backend() as address, stage(address) as ground:
        with ground.started("web") as web:
            page = web.address()
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(chosen.open_files, most), most))
            with ground.started("work", lags=ground.folder / "lags") as worker:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
                worker.ready()
                figures = asyncio.run(measure(ground, page, worker, chosen.turns, chosen.seconds))
    return report(figures, check=chosen.check)


async def measure(ground: Stage, page: str, worker: Started, turns: int, seconds: float) -> list[Figure]:
    """All figures."""
    program, store, scale = worker.process, ground.store(), max(1.0, turns / 1000)
    async with visitors(page, WARM_UP) as people:
        async with asyncio.TaskGroup() as group:
            for number, person in enumerate(people):
                group.create_task(in_words(person, number))
    await asyncio.sleep(SETTLE)
    idle, cpu, began = memory(program), program.cpu(), time.monotonic()
    async with visitors(page, turns, watching=False) as people:
        await addressed(people, ground.backend)
        opening, took = program.cpu() - cpu, time.monotonic() - began
        await asyncio.sleep(SETTLE)
        cpu, stored, began = program.cpu(), store.cpu(), time.monotonic()
        before = len(read(ground.folder / "lags"))
        await asyncio.sleep(seconds)
        lags = read(ground.folder / "lags")[before:]
        late, own = [lag.wall for lag in lags], [lag.own for lag in lags]
        passed = time.monotonic() - began
        share, stores_share = (program.cpu() - cpu) / passed, (store.cpu() - stored) / passed
        used, still = memory(program) - idle, open_streams(ground.backend)
    return [
        Figure("turns that still wait at the end", still, "turns", turns, least=True),
        Figure("memory above idle", used, "MB", MEMORY * scale),
        Figure("  for each of them", 1000 * used / turns, "kB", EACH),
        Figure(
            f"CPU while they wait (a heartbeat each {BEAT_SECONDS:g} s)",
            100 * share,
            "% of a core",
            CORE * scale,
        ),
        Figure(
            "lag of the worker's event loop, 99 % within",
            1000 * percentile(late, 0.99),
            "ms",
            LAG,
        ),
        Figure("  … by its own work", 1000 * percentile(own, 0.99), "ms", LAG),
        Figure("  idle worker, children included", idle, "MB"),
        Figure("  the store's server meanwhile", 100 * stores_share, "% of a core"),
        Figure("  CPU to begin a turn", 1000 * opening / turns, "ms"),
        Figure("  until all were begun", took, "s"),
    ]


def memory(program: Process) -> float:
    """Megabytes of the program and all that it has started."""
    return program.memory() + sum(memory(child) for child in program.children())


async def addressed(people: list[Visitor], address: str) -> None:
    """Until the agent works for everybody."""
    room = asyncio.Semaphore(AT_ONCE)

    async def say(person: Visitor) -> None:
        async with room:
            await person.say("wait for it")
            person.line.close()

    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(say(person))
    for _ in range(600):
        if open_streams(address) >= len(people):
            return
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
