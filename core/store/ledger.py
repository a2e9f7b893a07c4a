"""The blobs' ledger: which there are, how large, until when, and how much of the quota is used."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from redis.commands.core import AsyncScript

from core.errors import BlobGone, QuotaReached
from core.ports import BlobInfo
from core.store.connection import Connection, translated

UNFINISHED_SECONDS: Final = 600.0  # a blob in the making to which nothing was added for so long has been given up

# One slot for all: `until` (id → end of life in ms), `sizes` (id → bytes), `facts` (id → type and name, once it is
# whole) and the number `used`. Whatever writes first strikes out what has expired, so that the sum is always right.
# The books are put away a day after the last blob's end.
_LEDGER = """
local ends, sizes, facts, used = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local struck = {}

local function strike(id)
    local size = redis.call('HGET', sizes, id)
    if not size then return end
    redis.call('ZREM', ends, id)
    redis.call('HDEL', sizes, id)
    redis.call('HDEL', facts, id)
    redis.call('DECRBY', used, size)
    struck[#struck + 1] = id
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now)) do strike(id) end

local function done(outcome)
    local last = redis.call('ZREVRANGE', ends, 0, 0, 'WITHSCORES')
    for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, string.format('%.0f', (last[2] or now) + 86400000)) end
    return { outcome, struck }
end
"""

_BEGIN = (
    _LEDGER
    + """
redis.call('HSET', sizes, ARGV[1], 0)
redis.call('ZADD', ends, now + ARGV[2], ARGV[1])
return done(1)
"""
)

_GROW = (
    _LEDGER
    + """
if redis.call('HEXISTS', sizes, ARGV[1]) == 0 then return { 0, struck } end
if tonumber(redis.call('GET', used) or 0) + ARGV[3] > tonumber(ARGV[4]) then return { -1, struck } end
redis.call('HINCRBY', sizes, ARGV[1], ARGV[3])
redis.call('INCRBY', used, ARGV[3])
redis.call('ZADD', ends, now + ARGV[2], ARGV[1])
return done(1)
"""
)

_FINISH = (
    _LEDGER
    + """
if redis.call('HEXISTS', sizes, ARGV[1]) == 0 then return { 0, struck } end
redis.call('HSET', facts, ARGV[1], ARGV[3])
redis.call('ZADD', ends, now + ARGV[2], ARGV[1])
return done(1)
"""
)

_KEEP = (
    _LEDGER
    + """
if redis.call('HEXISTS', facts, ARGV[1]) == 0 then return { 0, struck } end
redis.call('ZADD', ends, now + ARGV[2], ARGV[1])
return done(1)
"""
)

_STRIKE = _LEDGER + "for _, id in ipairs(ARGV) do strike(id) end return done(1)"

_LOOK = """
local time = redis.call('TIME')
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) <= time[1] * 1000 + time[2] / 1000 then return false end
return { redis.call('HGET', KEYS[2], ARGV[1]), redis.call('HGET', KEYS[3], ARGV[1]) }
"""


class Ledger:
    """The books of one store. Every method raises `StoreAway`; times are in seconds, by the server's clock.

    `discard` is told the ids of all that was struck out along the way: nobody can reach their bytes any more.
    """

    def __init__(
        self, connection: Connection, quota: int, discard: Callable[[Sequence[str]], Coroutine[None, None, None]]
    ) -> None:
        self._commands = connection.commands
        self._keys = [connection.keys.named(f"blob-{kind}", "ledger") for kind in ("ends", "sizes", "facts", "used")]
        self._quota = quota
        self._discard = discard
        register = connection.commands.register_script
        self._begin, self._grow, self._finish = register(_BEGIN), register(_GROW), register(_FINISH)
        self._keep, self._strike, self._look = register(_KEEP), register(_STRIKE), register(_LOOK)

    async def begin(self, blob: str) -> None:
        """Open an entry for a blob in the making."""
        await self._write(self._begin, blob, _ms(UNFINISHED_SECONDS))

    async def grow(self, blob: str, size: int) -> None:
        """It becomes larger by `size`. Raises `QuotaReached`, or `BlobGone` where it was given up."""
        await self._write(self._grow, blob, _ms(UNFINISHED_SECONDS), size, self._quota)

    async def finish(self, info: BlobInfo, seconds: float) -> None:
        """It is whole. Raises `BlobGone` where it was given up."""
        await self._write(self._finish, info.id, _ms(seconds), json.dumps({"mime": info.mime, "name": info.name}))

    async def keep(self, blob: str, seconds: float) -> None:
        """Give it another end. Raises `BlobGone`."""
        await self._write(self._keep, blob, _ms(seconds))

    async def strike(self, *blobs: str) -> None:
        """Strike out these, and what has expired."""
        await self._write(self._strike, *blobs)

    async def info(self, blob: str) -> BlobInfo | None:
        """What is known of a blob that is whole and whose time is not over."""
        with translated():
            found = await self._look(keys=self._keys[:3], args=[blob])
        if not found or found[1] is None:
            return None
        facts = json.loads(found[1])
        return BlobInfo(blob, int(found[0]), facts["mime"], facts["name"])

    async def unknown(self, blobs: list[str]) -> list[str]:
        """Those among `blobs` that have no entry, not even as one in the making."""
        if not blobs:
            return []
        with translated():
            sizes = await self._commands.hmget(self._keys[1], blobs)
        return [blob for blob, size in zip(blobs, sizes, strict=True) if size is None]

    async def used(self) -> int:
        """Bytes in use."""
        with translated():
            return int(await self._commands.get(self._keys[3]) or 0)

    async def _write(self, script: AsyncScript, *args: str | int) -> None:
        with translated():
            outcome, struck = await script(keys=self._keys, args=args)
        if struck:
            await self._discard([blob.decode() for blob in struck])
        if outcome == -1:
            raise QuotaReached("no room for more")
        if outcome == 0:
            raise BlobGone(str(args[0]))


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
