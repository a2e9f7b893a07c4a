"""Send budgets that all processes share, by the server's clock."""

from __future__ import annotations

from core.store.connection import Connection, translated

# A budget is a hash: `tokens` at the time `at`, and `held`, before which nothing is handed out. It lives until it
# would be full again, since a full one and none are the same.
_TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local budget = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'held')
local tokens, at, held = tonumber(budget[1]) or burst, tonumber(budget[2]) or now, tonumber(budget[3]) or 0
if held > now then return string.format('%.6f', held - now) end
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
if tokens < 0.999999 then return string.format('%.6f', (1 - tokens) / rate) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens - 1), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return '0'
"""

# After a pause one send is free, and the rest come at the usual rate: a burst would bring the next pause.
_HOLD = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local held = now + tonumber(ARGV[1])
if held <= (tonumber(redis.call('HGET', KEYS[1], 'held')) or 0) then return end
local text = string.format('%.6f', held)
redis.call('HSET', KEYS[1], 'tokens', '1', 'at', text, 'held', text)
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1]) * 1000) + 3600000)
"""


class StorePace:
    """`ports.Pace` for all processes that share a store. Both methods raise `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._keys = connection.keys
        self._take = connection.commands.register_script(_TAKE)
        self._hold = connection.commands.register_script(_HOLD)

    async def take(self, budget: str, *, rate: float, burst: float = 1.0) -> float:
        """0.0 if a send was taken out of the budget, else the seconds until it is worth asking again."""
        if rate <= 0 or burst < 1:
            raise ValueError(f"rate {rate}, burst {burst}: nothing would ever be handed out")
        with translated():
            return float(await self._take(keys=[self._key(budget)], args=[rate, burst]))

    async def hold(self, budget: str, seconds: float) -> None:
        """Nothing is handed out for so long. A shorter pause that is ordered later does not end a longer one."""
        if seconds > 0:
            with translated():
                await self._hold(keys=[self._key(budget)], args=[seconds])

    def _key(self, budget: str) -> str:
        return self._keys.named("pace", budget)
