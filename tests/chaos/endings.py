"""What becomes of jobs that have ended: nobody may change them any more. Seen in the store, from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.jobs import ENDED

LOOKS = 0.2  # seconds
OVER = {phase.value.encode() for phase in ENDED}

End = tuple[dict[bytes, bytes], int]
"""A job's fields, and the time at which it goes by itself."""


class Endings:
    """The ended jobs of a campaign. `changed` tells of those that somebody touched afterwards."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self._known: dict[bytes, End] = {}

    async def look(self, commands: Redis) -> None:
        """Compare with what was there before."""
        names = [name async for name in commands.scan_iter(match="*:job:*", count=1000)]
        async with commands.pipeline(transaction=True) as pipe:
            for name in names:
                pipe.hgetall(name)
                pipe.pexpiretime(name)
            found = await pipe.execute()
        for name, fields, goes in zip(names, found[::2], found[1::2], strict=True):
            if fields and (name in self._known or fields.get(b"phase") in OVER):
                self._compare(name, (fields, goes))

    def _compare(self, name: bytes, end: End) -> None:
        known = self._known.setdefault(name, end)
        if known != end:
            fields = sorted({field.decode() for field, _ in known[0].items() ^ end[0].items()})
            self.changed.append(f"{name.decode()} had ended, and was changed: {fields or 'its lifetime'}")
            self._known[name] = end


@asynccontextmanager
async def watched(store: Path) -> AsyncIterator[Endings]:
    """Look again and again, as far as the store can be reached."""
    endings = Endings()

    async def watch() -> None:
        while True:
            with suppress(RedisError, OSError):
                async with Redis(unix_socket_path=str(store)) as commands:
                    while True:
                        await endings.look(commands)
                        await asyncio.sleep(LOOKS)
            await asyncio.sleep(LOOKS)

    watching = asyncio.create_task(watch())
    try:
        yield endings
    finally:
        watching.cancel()
