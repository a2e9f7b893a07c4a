"""The turnstile: how much is worked on at once, in all and for one person; who finds it full waits in line."""

from __future__ import annotations

from typing import Final

from core.store.connection import Connection, translated
from core.store.keys import Keys

STAY_SECONDS: Final = 2100  # the longest that a turn may be undecided: a job that is never seen again makes room then
LINE_SECONDS: Final = 30  # who does not ask again for so long has left the line

# All keys are in one slot: `inside` (job → until when), `who` (job → person), `each` (person → how many are inside),
# `line` (job → since when), `asked` (job → when last). Times are seconds by the server's clock, except `since`.
_BOOKS = """
local inside, who, each, line, asked = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000

local function out(job)
    if redis.call('ZREM', inside, job) == 0 then return end
    local person = redis.call('HGET', who, job)
    redis.call('HDEL', who, job)
    if person and redis.call('HINCRBY', each, person, -1) <= 0 then redis.call('HDEL', each, person) end
end

local function go(job)
    if redis.call('ZREM', line, job) == 1 then redis.call('HDEL', who, job) end
    redis.call('ZREM', asked, job)
end

for _, job in ipairs(redis.call('ZRANGEBYSCORE', inside, '-inf', now, 'LIMIT', 0, 100)) do out(job) end
"""

# ARGV: job, person, since, most, most each, stay, line seconds → 0: inside, else the place in line
_ENTER = (
    _BOOKS
    + """
local job, person, most, most_each = ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
for _, left in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', now - ARGV[7], 'LIMIT', 0, 100)) do go(left) end

local function has_room(one)
    return most_each == 0 or tonumber(redis.call('HGET', each, one) or 0) < most_each
end

local function place()
    local ahead = redis.call('ZRANK', line, job)
    local room = most == 0 and math.huge or most - redis.call('ZCARD', inside)
    if room <= 0 or not has_room(person) then return ahead + 1 end
    if room > ahead then return 0 end
    local before = 0
    for _, other in ipairs(redis.call('ZRANGE', line, 0, ahead - 1)) do
        if has_room(redis.call('HGET', who, other) or '') then before = before + 1 end
        if before >= room then return ahead + 1 end
    end
    return 0
end

if not redis.call('ZSCORE', inside, job) then
    redis.call('ZADD', line, 'NX', ARGV[3], job)
    redis.call('ZADD', asked, now, job)
    redis.call('HSET', who, job, person)
    local where = place()
    if where > 0 then
        for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[6]) end
        return where
    end
    redis.call('ZREM', line, job)
    redis.call('ZREM', asked, job)
    redis.call('HINCRBY', each, person, 1)
end
redis.call('ZADD', inside, now + ARGV[6], job)
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[6]) end
return 0
"""
)

# Its one argument is the job.
_LEAVE = _BOOKS + "out(ARGV[1]) go(ARGV[1])"


class Turnstile:
    """Counts what all processes work on. Both methods raise `StoreAway`.

    `most` at once in all, `most_each` for one person; 0 means no limit. Who comes first goes first, but somebody who
    has as many as one person may have lets others pass.
    """

    def __init__(self, connection: Connection, keys: Keys, *, most: int = 0, most_each: int = 0) -> None:
        self._keys = [
            keys.named(f"turnstile-{kind}", "turnstile") for kind in ("inside", "who", "each", "line", "asked")
        ]
        self._hashed = keys.hashed
        self.most = most
        self._most_each = most_each
        self._enter = connection.commands.register_script(_ENTER)
        self._leave = connection.commands.register_script(_LEAVE)

    async def enter(self, job: str, person: str, *, since: float) -> int:
        """Begin work on a job that waits `since` then (seconds since the epoch). Returns 0 when it may begin, or has
        begun before; else its place in line, 1 being the next. Who is in line asks again within `LINE_SECONDS`."""
        if not self.most and not self._most_each:
            return 0
        args: list[str | float] = [
            job,
            self._hashed(person),
            since,
            self.most,
            self._most_each,
            STAY_SECONDS,
            LINE_SECONDS,
        ]
        with translated():
            return int(await self._enter(keys=self._keys, args=args))

    async def leave(self, job: str) -> None:
        """The job is over, or has left the line."""
        if self.most or self._most_each:
            with translated():
                await self._leave(keys=self._keys, args=[job])
