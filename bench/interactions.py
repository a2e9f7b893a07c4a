"""How soon slash commands on Discord are acknowledged, many at once and one by one: `python -m bench.interactions`.

Everything in one process, as `photoreel run` does it; Discord is a local server in the process that measures, and the
backend one of its own. An acknowledgement counts when it has come back to Discord, which waits three seconds for it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

from bench.backend import backend
from bench.figures import Figure, machine, options, percentile, report
from bench.product import Stage, Started, stage
from tests.wire.discord.people import Person
from tests.wire.discord.server import DiscordServer, discord_server
from tests.wire.discord.world import Interaction

GOAL = 1.0
PATIENCE = 60.0


def main() -> int:
    """Measure and print."""
    parser = options("interactions", __doc__)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args()
    print(machine())
    with backend() as address, stage(address) as ground:
        figures = asyncio.run(measure(ground, chosen.at_once, chosen.rounds, chosen.seconds))
    return report(figures, check=chosen.check)


async def measure(ground: Stage, at_once: int, rounds: int, seconds: float) -> list[Figure]:
    """All figures."""
    async with discord_server() as server:
        with ground.started("run", DISCORD_BOT_TOKEN=server.token, DISCORD_API_URL=server.api_url) as product:
            await server.until(lambda: server.commands.get(0) and server.gateway.is_heard, "the bot", PATIENCE)
            people = [server.person(f"P{number}") for number in range(at_once)]
            storms = [await storm(server, product, people) for _ in range(rounds)]
            rate, cpu = await stream(server, product, people, seconds)
            return [*_of_storms(storms, at_once), *_of_stream(server, rate, cpu)]


def _of_storms(storms: Sequence[tuple[Sequence[float], float]], at_once: int) -> list[Figure]:
    waits = [wait for storm_waits, _ in storms for wait in storm_waits]
    name = f"{at_once} interactions at once, acknowledged"
    return [
        Figure(f"{name}: 99 % within", percentile(waits, 0.99), "s", GOAL),
        Figure("  half of them within", percentile(waits, 0.5), "s"),
        Figure("  the slowest", max(waits), "s"),
        Figure("  interactions", len(waits), ""),
        Figure(
            "  CPU of the product until all are, the most of all rounds", 1000 * max(cpu for _, cpu in storms), "ms"
        ),
    ]


def _of_stream(server: DiscordServer, rate: float, cpu: float) -> list[Figure]:
    refused = [one for one in server.calls if one.status >= 400]
    return [
        Figure("interactions acknowledged a second, one after the other by 50 people", rate, "/s"),
        Figure("  CPU of the product for each, recorded and answered too", 1000 * cpu, "ms"),
        Figure("  calls that Discord refused", len(refused), "", 0),
    ]


async def storm(server: DiscordServer, product: Started, people: Sequence[Person]) -> tuple[list[float], float]:
    """Everybody at the same moment: how long each waited, and the product's CPU until then."""
    cpu = product.process.cpu()
    done = [person.runs("/help") for person in people]
    waits = [await _acknowledged(server, one) for one in done]
    cpu = product.process.cpu() - cpu
    await _answered(server, done)
    return waits, cpu


async def stream(
    server: DiscordServer, product: Started, people: Sequence[Person], seconds: float
) -> tuple[float, float]:
    """Some people who ask again as soon as they are acknowledged: how many a second, and the product's CPU for
    each until all are answered."""
    end, done = time.monotonic() + seconds, list[Interaction]()

    async def ask(person: Person) -> None:
        while time.monotonic() < end:
            done.append(person.runs("/help"))
            await _acknowledged(server, done[-1])

    cpu, began = product.process.cpu(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for person in people[:50]:
            group.create_task(ask(person))
    took = time.monotonic() - began
    await _answered(server, done)
    return len(done) / took, (product.process.cpu() - cpu) / len(done)


async def _acknowledged(server: DiscordServer, one: Interaction) -> float:
    answered = await server.until(lambda: one.answered_at, "an acknowledgement", PATIENCE)
    return float(answered) - one.born


async def _answered(server: DiscordServer, done: Sequence[Interaction]) -> None:
    """Everybody has got what they asked for, so that the next round begins in quiet."""
    await server.until(
        lambda: all(one.original is not None and not one.original.is_loading for one in done), "answers", PATIENCE
    )


if __name__ == "__main__":
    sys.exit(main())
