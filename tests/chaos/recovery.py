"""How soon the chats of a dead worker go on: seen in the store, from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Set
from contextlib import suppress
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE = 30.0  # seconds after which a dead worker's chats are no longer watched
LOOKS = 0.05

Fences = Mapping[bytes, object]
"""The box of each conversation, and the fence that its owner had."""


async def held_by(store: Path, owner: str) -> Fences:
    """What a worker has in hand. Nothing where the store is away."""
    held = {}
    with suppress(RedisError, OSError):
        async with Redis(unix_socket_path=str(store)) as commands:
            async for box in commands.scan_iter(match="*:box:*", count=1000):
                now, token, fence = await commands.hmget(box, ["owner", "token", "fence"])
                if now == owner.encode() and token not in (None, b"due"):
                    held[box] = fence
    return held


async def held_by_any(store: Path, owners: Set[str], seconds: float) -> None:
    """Wait until one of these workers has something in hand, or for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not any([await held_by(store, one) for one in owners]):
        await asyncio.sleep(LOOKS)


async def taken_over(store: Path, held: Fences, since: float) -> float:
    """The seconds since then (monotonic) after which somebody else had taken up, or ended, all of it."""
    left = dict(held)
    async with Redis(unix_socket_path=str(store)) as commands:
        while left and time.monotonic() - since < PATIENCE:
            with suppress(RedisError, OSError):
                for box, fence in list(left.items()):
                    token, now = await commands.hmget(box, ["token", "fence"])
                    if now != fence or token is None:
                        del left[box]
            await asyncio.sleep(LOOKS)
    return time.monotonic() - since
