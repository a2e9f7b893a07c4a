"""Places at which a worker can be killed: before and after each of its scripts in the store and each of its sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import StoreAway
from core.store.connection import Connection
from core.store.keys import Keys
from core.store.mailbox import Mailbox
from tests.core.chat import ChatRoom


@dataclass(slots=True)
class Fuse:
    """Breaks off a worker at the `at`-th of the points it passes, or the first of that name, as a kill would: nothing
    it does later counts."""

    at: int | str | None = None
    passed: list[str] = field(default_factory=list)
    blown: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, name: str) -> None:
        """One of the places where a worker may be killed."""
        if self.blown.is_set():
            raise StoreAway("killed")
        self.passed.append(name)
        if self.at in (len(self.passed) - 1, name):
            self.blown.set()
            await self.over.wait()
            raise StoreAway("killed")


class FragileMailbox(Mailbox):
    """A mailbox whose scripts are places to be killed at: right before, and right after."""

    def __init__(self, connection: Connection, keys: Keys, fuse: Fuse) -> None:
        super().__init__(connection, keys)
        self._fuse = fuse

    async def _run(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        counts = script in ("BEGIN", "SAVE", "ABSORB", "FOLLOW", "PARK", "FINISH")
        phase = args[args.index("phase") + 1] if script == "SAVE" and "phase" in args else ""
        name = f"{script} {phase.decode() if isinstance(phase, bytes) else phase}".strip()
        if counts or self._fuse.blown.is_set():
            await self._fuse.point(f"before {name}")
        answer = await super()._run(script, keys, args)
        if counts:
            await self._fuse.point(f"after {name}")
        return answer


class FragileRoom:
    """The chat as one worker reaches it: each send is a place to be killed at, before and after. Edits are not: there
    are many, and a repeat is harmless."""

    def __init__(self, room: ChatRoom, fuse: Fuse) -> None:
        self._room = room
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._room, name)
        if name not in ("send_text", "send_video", "send_file", "replace_by_video"):
            return method

        async def fragile(*args: Any, **kwargs: Any) -> Any:
            await self._fuse.point(f"before {name}")
            answer = await method(*args, **kwargs)
            await self._fuse.point(f"after {name}")
            return answer

        return fragile
