"""How long stages of the work have taken lately: one short list for each kind of stage, shared by all processes."""

from __future__ import annotations

from typing import Any, Final

from core.store.connection import Connection, translated
from core.store.keys import Keys

KEPT: Final = 200
LIFETIME: Final = 90 * 24 * 3600  # seconds; an installation that nobody used for so long begins anew


class Durations:
    """The newest durations of each kind, in seconds, at one backend. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, keys: Keys, backend: str) -> None:
        self._redis = connection.commands
        self._keys = keys
        self._backend = backend

    async def note(self, kind: str, seconds: float) -> None:
        """This is how long it took once. The oldest are dropped."""
        key = self._key(kind)
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lpush(key, f"{seconds:.1f}")
                pipe.ltrim(key, 0, KEPT - 1)
                pipe.expire(key, LIFETIME)
                await pipe.execute()

    async def recent(self, kind: str) -> list[float]:
        """How long it took, the newest first."""
        with translated():
            values: Any = await self._redis.lrange(self._key(kind), 0, KEPT - 1)
        return [float(value) for value in values]

    def _key(self, kind: str) -> str:
        return self._keys.named("durations", f"{self._backend}/{kind}")
