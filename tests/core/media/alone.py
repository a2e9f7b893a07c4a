"""A program that prepares pictures in a process of its own and prints what that took, as JSON lines.

`python -m tests.core.media.alone MEMORY PIXELS SOURCE...`; with `wait` as the only argument it starts a
child, prints its id and waits for the end.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
import tempfile
from pathlib import Path

from core.errors import FileError
from core.media.children import open_children
from core.media.pictures import PictureLimits, open_pictures
from core.media.wire import Confinement


def peak(who: int) -> int:
    """The most memory that was ever held, in bytes."""
    return resource.getrusage(who).ru_maxrss * 1024


async def prepare(limits: PictureLimits, sources: list[str]) -> None:
    before = peak(resource.RUSAGE_SELF)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_pictures(limits) as pictures:
            for source in sources:
                try:
                    prepared = await pictures.prepare(Path(source), Path(folder), Path(source).name)
                    outcomes.append(prepared.mime)
                except FileError as error:
                    outcomes.append(type(error).__name__)
    grown = peak(resource.RUSAGE_SELF) - before
    print(json.dumps({"outcomes": outcomes, "child": peak(resource.RUSAGE_CHILDREN), "parent_grew": grown}))


async def wait() -> None:
    if task := asyncio.current_task():  # as the product does it: the loop wakes whichever thread the signal reaches
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    confinement = Confinement(memory=1 << 30, cpu_seconds=60, seconds=600)
    async with open_children("tests.core.media.odd_jobs", confinement, at_once=1, spare=1, warm=False) as children:
        print((await children.do("tell", name="x"))["pid"], flush=True)
        await children.do("sleep", name="x")


def main(arguments: list[str]) -> None:
    try:
        if arguments == ["wait"]:
            asyncio.run(wait())
        else:
            memory, pixels, *sources = arguments
            asyncio.run(prepare(PictureLimits(memory=int(memory), pixels=int(pixels)), sources))
    except asyncio.CancelledError:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
