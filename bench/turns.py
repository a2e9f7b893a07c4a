"""The CPU that the product adds to a turn, from the page's POST to the last word in the chat: `python -m bench.turns`.

The agent answers in twelve pieces over 1.5 s, so the status message is rewritten three or four times on the way.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from bench.backend import ANSWER_SECONDS, FINISHED, backend
from bench.figures import Figure, machine, options, report
from bench.product import Process, Stage, Started, stage
from bench.visitors import Visitor, visitors

GOAL = 20.0
AFTER = 1.0  # seconds in which a turn ends for good after its last word stands in the chat

Turn = Callable[[Visitor, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU a turn: of the program, of what it starts, of the store."""

    program: float
    children: float
    store: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.program + self.children + self.store


def main() -> int:
    """Measure and print."""
    parser = options("turns", __doc__)
    parser.add_argument("--turns", type=int, default=200, help="turns in words")
    parser.add_argument("--videos", type=int, default=20, help="turns that end with a video")
    parser.add_argument("--chats", type=int, default=20, help="chats at once")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, backend(make_film(Path(folder) / "film.mp4")) as address:
        with stage(address) as ground, ground.started("run") as product:
            figures = list(asyncio.run(measure(ground, product, chosen.chats, chosen.turns, chosen.videos)))
    return report(figures, check=chosen.check)


async def measure(ground: Stage, product: Started, chats: int, turns: int, videos: int) -> list[Figure]:
    """All figures."""
    async with visitors(product.address(), chats) as people:
        await played(people, chats, in_words)  # opens the projects, and whatever is loaded once
        await played(people, min(chats, videos), with_video)
        resting = await at_rest(product.process, ground.store())
        words = await costs(people, turns, in_words, product.process, ground.store(), resting)
        films = await costs(people, videos, with_video, product.process, ground.store(), resting)
    return [*described("a turn in words", words, GOAL), *described("with render and delivery", films, None)]


def described(what: str, cost: Cost, goal: float | None) -> Iterator[Figure]:
    """A cost as figures."""
    yield Figure(f"CPU of {what}: all in all", cost.total, "ms", goal)
    yield Figure("  the program", cost.program, "ms")
    if cost.children >= 1:
        yield Figure("  its child processes", cost.children, "ms")
    yield Figure("  the store's server", cost.store, "ms")


async def at_rest(program: Process, store: Process) -> tuple[float, float]:
    """The share of a core that is used while nothing happens: it is not the turns'."""
    began, cpu, stored = time.monotonic(), program.cpu(), store.cpu()
    await asyncio.sleep(5)
    passed = time.monotonic() - began
    return (program.cpu() - cpu) / passed, (store.cpu() - stored) / passed


async def costs(
    people: list[Visitor], turns: int, turn: Turn, program: Process, store: Process, resting: tuple[float, float]
) -> Cost:
    """What turns cost."""
    began, own, all_of_it, stored = time.monotonic(), program.alone(), program.cpu(), store.cpu()
    await played(people, turns, turn)
    passed = time.monotonic() - began
    mine = program.alone() - own
    whole = program.cpu() - all_of_it
    return Cost(
        program=1000 * (mine - resting[0] * passed) / turns,
        children=1000 * (whole - mine) / turns,
        store=1000 * (store.cpu() - stored - resting[1] * passed) / turns,
    )


async def played(people: list[Visitor], turns: int, turn: Turn) -> None:
    """So many turns, each person's one after the other."""
    numbers = iter(range(turns))

    async def play(person: Visitor) -> None:
        for number in numbers:
            await turn(person, number)
            await asyncio.sleep(AFTER)

    async with asyncio.TaskGroup() as group:
        for place, person in enumerate(people):
            await asyncio.sleep(ANSWER_SECONDS / len(people) if place else 0)
            group.create_task(play(person))


async def in_words(person: Visitor, number: int) -> None:
    """A turn that ends with words."""
    words = f"{number} {time.monotonic_ns()}"
    await person.say(f"talk {words}")
    await person.sees(f"{FINISHED} {words}.")


async def with_video(person: Visitor, number: int) -> None:
    """A turn that ends with a video."""
    before = sum(one.get("kind") == "video" for one in person.items.values())
    await person.say(f"edit {number} {time.monotonic_ns()}")
    await person.count("video", before + 1)


def make_film(path: Path) -> Path:
    """Five seconds of 720p, its index at the end as encoders leave it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        picture = np.random.default_rng(1).integers(0, 255, (45, 80, 3), np.uint8).repeat(16, 0).repeat(16, 1)
        for number in range(150):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, number * 4, 1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


if __name__ == "__main__":
    sys.exit(main())
