"""One among many processes leads: a lease with a number that grows with every term."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from core.errors import StoreAway
from core.store.connection import Connection, translated

LEASE = 15.0  # seconds
_CLAIMED = 0.9  # of the lease: our clock may run slower than the server's
_RENEWED = 1 / 3
_FENCE_SECONDS = 400 * 86400  # after the last leader: far longer than anybody remembers the number of a term
_ASKED = 1 / 15  # between two tries to get, or to renew after a failure

# Answers with the number of the term, or with 0. One who asks again because the answer was lost has got it already.
_WIN = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return tonumber(redis.call('GET', KEYS[2]))
end
if holder then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence
"""

_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[2], ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

_GIVE_UP = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


class StoreTerm:
    """`ports.Term`: a time of leading, which ends on the leader's own clock before it ends in the store."""

    def __init__(self, fence: int) -> None:
        self._fence = fence
        self._over = asyncio.Event()

    @property
    def fence(self) -> int:
        """Grows with every term of this name."""
        return self._fence

    async def lost(self) -> None:
        """Return when the lead is lost."""
        await self._over.wait()

    def end(self) -> None:
        """From now on it is lost."""
        self._over.set()


class StoreLeadership:
    """`ports.Leadership` for all processes that share a store.

    `lease` is in seconds: so long after a leader was killed the next one leads. A store that is away longer than that
    costs the lead; one that is away before there is a lead is waited for.
    """

    def __init__(self, connection: Connection, lease: float = LEASE) -> None:
        self._keys = connection.keys
        self._lease = lease
        self._win = connection.commands.register_script(_WIN)
        self._renew = connection.commands.register_script(_RENEW)
        self._give_up = connection.commands.register_script(_GIVE_UP)

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[StoreTerm]:
        """Wait until this process leads `name`; leaving the block gives it up."""
        keys = [self._keys.named("lead", name), self._keys.named("fence", name)]
        args: list[str | int] = [uuid4().hex, round(self._lease * 1000), _FENCE_SECONDS]
        term, until = await self._won(keys, args)
        keeper = asyncio.create_task(self._keep(term, until, keys, args))
        try:
            yield term
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            with suppress(StoreAway), translated():  # it ends by itself
                await self._give_up(keys=keys[:1], args=args[:1])

    async def _won(self, keys: list[str], args: list[str | int]) -> tuple[StoreTerm, float]:
        while True:
            asked = asyncio.get_running_loop().time()
            with suppress(StoreAway), translated():
                if fence := await self._win(keys=keys, args=args):
                    return StoreTerm(int(fence)), asked + self._lease * _CLAIMED
            await asyncio.sleep(self._lease * _ASKED)

    async def _keep(self, term: StoreTerm, until: float, keys: list[str], args: list[str | int]) -> None:
        try:
            async with asyncio.timeout_at(until) as limit:
                pause = self._lease * _RENEWED
                while True:
                    await asyncio.sleep(pause)
                    asked = asyncio.get_running_loop().time()
                    pause = self._lease * _ASKED
                    with suppress(StoreAway), translated():
                        if not await self._renew(keys=keys, args=args):
                            return
                        limit.reschedule(asked + self._lease * _CLAIMED)
                        pause = self._lease * _RENEWED
        except TimeoutError:
            return
        finally:
            term.end()
