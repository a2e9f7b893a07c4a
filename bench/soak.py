"""What thousands of turns leave behind: `python -m bench.soak`.

The product as one process with an embedded store, people in its web chat, one turn in fifty with a video. After each
fifth of the turns: keys, those without a lifetime by kind, the server's memory, and what lies in the data folder.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from bench.backend import backend
from bench.figures import Figure, machine, options, report
from bench.product import Stage, run, stage
from bench.turns import in_words, make_film, with_video
from bench.visitors import Visitor, visitors

PARTS: Final = 5
VIDEOS: Final = 50  # one turn in so many ends with one
STAY: Final = {"record", "account", "ready", "control", "due"}  # sessions and settings, the account, and queues
GROWTH: Final = 1.0  # times; what has no lifetime is there once for each chat


@dataclass(frozen=True, slots=True)
class Remains:
    """After so many turns: keys by kind, those of them that stay for ever, bytes of memory, bytes by part of the data
    folder, files in the making, and entries that wait in queues."""

    turns: int
    kinds: Counter[str]
    staying: Counter[str]
    memory: int
    folders: dict[str, int]
    waiting: int


def main() -> int:
    """Measure and print."""
    parser = options("soak", __doc__)
    parser.add_argument("--turns", type=int, default=5000)
    parser.add_argument("--chats", type=int, default=100)
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, backend(make_film(Path(folder) / "film.mp4")) as address:
        with stage(address) as ground, ground.started("run") as product:
            looks = run(measure(ground, product.address(), chosen.chats, chosen.turns))
    table(looks)
    return report(figures(looks), check=chosen.check)


async def measure(ground: Stage, page: str, chats: int, turns: int) -> list[Remains]:
    """Look at it after each part."""
    looks = []
    socket = ground.folder / "data" / "store" / "store.sock"
    async with visitors(page, chats) as people, Redis(unix_socket_path=str(socket)) as store:
        for part in range(PARTS):
            upto = turns * (part + 1) // PARTS
            await played(people, iter(range(turns * part // PARTS + 1, upto + 1)))
            await asyncio.sleep(2)  # the last of them end for good
            looks.append(await look(store, ground.folder / "data", upto))
    return looks


async def played(people: list[Visitor], numbers: Iterator[int]) -> None:
    """Those turns, each person's one after the other."""

    async def play(person: Visitor) -> None:
        for number in numbers:
            await (in_words if number % VIDEOS else with_video)(person, number)

    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(play(person))


async def look(store: Redis, data: Path, turns: int) -> Remains:
    """What is there now."""
    names = [key async for key in store.scan_iter(count=1000)]
    async with store.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.ttl(name)
        lives = await pipe.execute()
    waiting = 0
    for name in names:
        if kind_of(name) in ("ready", "control"):
            waiting += await store.xlen(name)
    kinds = Counter(map(kind_of, names))
    staying = Counter(kind_of(name) for name, life in zip(names, lives, strict=True) if life == -1)
    memory = (await store.info("memory"))["used_memory"]
    folders = {one.name: size_of(one) for one in data.iterdir()}
    return Remains(turns, kinds, staying, memory, folders, waiting)


def kind_of(key: bytes) -> str:
    """Of what kind a key is."""
    return key.decode().split("}:")[-1].split(":")[0]


def size_of(path: Path) -> int:
    """Bytes in a file or folder."""
    files = [one for one in (path, *path.rglob("*")) if one.is_file()]
    return sum(one.stat().st_size for one in files)


def table(looks: list[Remains]) -> None:
    """Print how it grows."""
    parts = sorted({name for one in looks for name in one.folders})
    print(f"\n| turns | keys | without a lifetime | memory, MB | {' | '.join(f'{name}, MB' for name in parts)} |")
    print("|---" * (4 + len(parts)) + "|")
    for one in looks:
        sizes = " | ".join(f"{one.folders.get(name, 0) / 1e6:.1f}" for name in parts)
        print(f"| {one.turns} | {one.kinds.total()} | {one.staying.total()} | {one.memory / 1e6:.1f} | {sizes} |")
    print(f"\nwithout a lifetime: {dict(looks[-1].staying)}\n")


def figures(looks: list[Remains]) -> list[Figure]:
    """What must hold."""
    first, last = looks[0], looks[-1]
    others = sum(count for kind, count in last.staying.items() if kind not in STAY)
    return [
        Figure("keys without a lifetime, but for sessions, settings and queues", others, "keys", 0),
        Figure("  … at the end / at the first look", last.staying.total() / first.staying.total(), "times", GROWTH),
        Figure("entries that wait in a queue at the end", last.waiting, "entries", 0),
        Figure("files in the making at the end", last.folders.get("work", 0), "bytes", 0),
        Figure("the store's log / its memory", last.folders.get("store", 0) / last.memory, "times"),
    ]


if __name__ == "__main__":
    sys.exit(main())
