"""How soon the first answer is seen in the web chat while messages keep coming: `python -m bench.first_answer`.

Everything in one process, as `photoreel run` does it; the load and the backend are processes of their own. Messages
come whether or not earlier ones were answered; each chat's project exists, and its last turn is over.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bench.backend import backend
from bench.figures import Figure, machine, options, percentile, report
from bench.product import Started, stage
from bench.turns import AFTER, in_words, played
from bench.visitors import Visitor, visitors

GOAL = 150.0


def main() -> int:
    """Measure and print."""
    parser = options("first_answer", __doc__)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--chats", type=int, default=250)
    chosen = parser.parse_args()
    print(machine())
    with backend() as address, stage(address) as ground, ground.started("run") as product:
        figures = asyncio.run(measure(product, chosen.rate, chosen.seconds, chosen.chats))
    return report(figures, check=chosen.check)


async def measure(product: Started, rate: float, seconds: float, chats: int) -> list[Figure]:
    """All figures."""
    program = product.process
    async with visitors(product.address(), chats) as people:
        await opened(people)
        cpu, began = program.cpu(), time.monotonic()
        waits = await posted(people, rate, seconds)
        share = (program.cpu() - cpu) / (time.monotonic() - began)
    name = f"first visible answer at {rate:g} messages/s"
    return [
        Figure(f"{name}: 95 % within", 1000 * percentile(waits, 0.95), "ms", GOAL),
        Figure("  half of them within", 1000 * percentile(waits, 0.5), "ms"),
        Figure("  the slowest", 1000 * max(waits), "ms"),
        Figure("  messages", len(waits), ""),
        Figure("  CPU of the product meanwhile", 100 * share, "% of a core"),
    ]


async def opened(people: list[Visitor]) -> None:
    """Everybody has a project."""
    for first in range(0, len(people), 25):
        await played(people[first : first + 25], 25, in_words)


async def posted(people: list[Visitor], rate: float, seconds: float) -> list[float]:
    """How long each answer took."""
    waits: list[float] = []

    async def say(person: Visitor, number: int) -> None:
        waits.append(await person.first_answer(f"talk {number} {time.monotonic_ns()}"))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(say(people[number % len(people)], number))
    await asyncio.sleep(AFTER)
    return waits


if __name__ == "__main__":
    sys.exit(main())
