"""Every key in a store: of what kind it is, how long it lives, what it holds."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from core.store.codec import unpack

HOUR = 3600
DAY = 24 * HOUR

LIFETIMES = {
    "seen": 2 * DAY,
    "job": 30 * DAY,
    "jobs": 30 * DAY,
    "box": 30 * DAY,
    "owned": 30 * DAY,
    "button": 30 * DAY,
    "due": None,
    "leaving": 60,
    "probe": 60,
    "account": None,
    "record": None,
    "ready": None,
    "control": None,
    "lead": 60,
    "fence": 400 * DAY,
    "pace": 2 * HOUR,
    **dict.fromkeys((f"turnstile-{part}" for part in ("inside", "who", "each", "line", "asked")), HOUR),
    "durations": 90 * DAY,
    "note": 90 * DAY,
    "notes": 90 * DAY,
    "feed-facts": 30 * DAY,
    "feed-items": 30 * DAY,
    "feed-order": 30 * DAY,
    "feed-changes": 30 * DAY,
    "blob": DAY + HOUR,
    "blob-ends": 2 * DAY,
    "blob-sizes": 2 * DAY,
    "blob-facts": 2 * DAY,
    "blob-used": 2 * DAY,
}
"""The longest that a key of each kind may live (s). None: sessions and settings, which `/forget` clears; the account;
and the queues, a fixed number of keys that hold only what is under way."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is now. `left` is in seconds, -1 for one that stays."""

    name: str
    kind: str
    left: int
    value: str = field(repr=False)


async def keys_in(commands: Redis, prefix: str) -> list[Key]:
    """All keys under a prefix."""
    return sorted([one async for one in _keys(commands, prefix)], key=lambda one: one.name)


def overdue(keys: list[Key]) -> list[str]:
    """Keys that live longer than they may, or of a kind that nobody has thought of."""
    wrong = []
    for one in keys:
        if one.kind not in LIFETIMES:
            wrong.append(f"{one.name}: of no known kind")
            continue
        longest = LIFETIMES[one.kind]
        if longest is not None and not 0 <= one.left <= longest:
            wrong.append(f"{one.name}: lives {one.left} s, at most {longest} are allowed")
    return wrong


async def _keys(commands: Redis, prefix: str) -> AsyncIterator[Key]:
    async for raw in commands.scan_iter(match=f"{prefix}:*", count=1000):
        name = raw.decode()
        kind = re.match(r"\{p\d+\}:([^:]+)", name.removeprefix(f"{prefix}:"))
        left = await commands.ttl(raw)
        if left != -2:  # gone meanwhile
            yield Key(name, kind[1] if kind else "", left, await _value(commands, raw))


async def _value(commands: Any, raw: bytes) -> str:
    match await commands.type(raw):
        case b"string":
            return repr(unpack(await commands.get(raw) or b""))
        case b"hash":
            return repr({field: unpack(value) for field, value in (await commands.hgetall(raw)).items()})
        case b"list":
            return repr(await commands.lrange(raw, 0, -1))
        case b"set":
            return repr(await commands.smembers(raw))
        case b"zset":
            return repr(await commands.zrange(raw, 0, -1))
        case b"stream":
            return repr(await commands.xrange(raw))
        case _:
            return ""
