"""Situations: played all at once in one house, and kept as people saw them."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from core.messages import ConversationKey
from tests.core.house import TIMES, House

Stage = TypeVar("Stage")
Place = TypeVar("Place")
Play = Callable[[Stage], Awaitable[Place]]
Played = Callable[[Path, frozenset[str]], Coroutine[Any, Any, Mapping[str, str]]]

KEPT = Path(__file__).parents[1] / "data" / "chats"
SECONDS = 60.0
WISH = "make a 3 second video of it"
UNHURRIED = replace(TIMES, announced=30.0, album=0.4, single=0.4)
"""People who take part at once on a busy machine are in time all the same."""


async def rests(home: House, key: ConversationKey) -> None:
    """Wait until nothing is left to be done in a conversation."""
    async with asyncio.timeout(SECONDS):
        while await home.shop.mailbox.running(key) is not None:
            await asyncio.sleep(0.05)


async def falls_silent(look: Callable[[], object], *, after: float = 1.0) -> None:
    """Wait until what `look` sees has not changed for a while."""
    loop = asyncio.get_running_loop()
    seen, since = look(), loop.time()
    async with asyncio.timeout(SECONDS):
        while loop.time() < since + after:
            await asyncio.sleep(0.05)
            if (now := look()) != seen:
                seen, since = now, loop.time()


async def at_once(
    plays: Sequence[Play[Stage, Place]],
    names: frozenset[str],
    record: Callable[[Play[Stage, Place]], Coroutine[Any, Any, str]],
) -> Mapping[str, str]:
    """All these situations, or those of the names, as they were recorded."""
    async with asyncio.TaskGroup() as tasks:
        running = {
            play.__name__: tasks.create_task(record(play)) for play in plays if not names or play.__name__ in names
        }
    return {name: task.result() for name, task in running.items()}


def renew(platform: str, played: Played) -> None:
    """Write down anew what is kept of a platform, or only the situations that the command line names."""
    (KEPT / platform).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asyncio.run(played(Path(folder), frozenset(sys.argv[1:]))).items():
            (KEPT / platform / f"{name}.txt").write_text(text, "utf-8")
