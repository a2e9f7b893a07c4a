"""Notes that an adapter keeps about a chat: sealed, shared by all processes, gone after their time."""

from __future__ import annotations

import math
from typing import Any

from core.errors import SecretUnreadable
from core.store.connection import Connection, translated
from core.store.secrets import Sealer

# The index of a chat's notes lives as long as the longest of them; all keys of a script are in the chat's partition.
# Every hundredth new name, those whose notes have gone are struck from it.
# KEYS: note, index · ARGV: value, ms, name, "1" to leave one that is there, prefix of note keys
# → the value that is there, or nil
PUT = """
if ARGV[4] == '1' then
  local there = redis.call('GET', KEYS[1])
  if there then return there end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('SADD', KEYS[2], ARGV[3]) == 1 and redis.call('SCARD', KEYS[2]) % 100 == 0 then
  for _, name in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    if redis.call('EXISTS', ARGV[5] .. name) == 0 then redis.call('SREM', KEYS[2], name) end
  end
end
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return nil
"""

# KEYS: index · ARGV: prefix of note keys
FORGET = """
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('DEL', ARGV[1] .. name) end
redis.call('DEL', KEYS[1])
"""


class StoredNotes:
    """`ports.Notes` of one platform. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, sealer: Sealer, platform: str) -> None:
        self._redis = connection.commands
        self._keys = connection.keys
        self._sealer = sealer
        self._platform = platform
        self._put = self._redis.register_script(PUT)
        self._forget = self._redis.register_script(FORGET)

    async def get(self, chat: str, name: str) -> bytes | None:
        """What was noted; None where there is nothing (any more), or nothing that our key opens."""
        with translated():
            sealed: Any = await self._redis.get(self._note(chat, name))
        return self._opened(sealed, chat, name)

    async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
        """Note it, in place of what was there."""
        await self._set(chat, name, value, seconds, leave="0")

    async def claim(self, chat: str, name: str, value: bytes, *, seconds: float) -> bytes | None:
        """Note it if nothing is there: None for who came first, else what is there."""
        sealed = await self._set(chat, name, value, seconds, leave="1")
        return None if sealed is None else self._opened(sealed, chat, name) or b""

    async def remove(self, chat: str, name: str) -> None:
        """Strike it out."""
        with translated():
            await self._redis.delete(self._note(chat, name))

    async def forget(self, chat: str) -> None:
        """Strike out everything about the chat."""
        with translated():
            await self._forget(keys=[self._index(chat)], args=[self._note(chat, "")])

    async def _set(self, chat: str, name: str, value: bytes, seconds: float, leave: str) -> Any:
        sealed = self._sealer.seal(value, self._owner(chat, name))
        keys = [self._note(chat, name), self._index(chat)]
        with translated():
            args: list[bytes | int | str] = [sealed, math.ceil(seconds * 1000), name, leave, self._note(chat, "")]
            return await self._put(keys=keys, args=args)

    def _opened(self, sealed: bytes | None, chat: str, name: str) -> bytes | None:
        if sealed is None:
            return None
        try:
            return self._sealer.open(sealed, self._owner(chat, name))
        except SecretUnreadable:  # the key was changed: as good as never noted
            return None

    def _owner(self, chat: str, name: str) -> str:
        return f"note:{self._platform}:{chat}:{name}"

    def _index(self, chat: str) -> str:
        return self._keys.named("notes", f"{self._platform}/{chat}")

    def _note(self, chat: str, name: str) -> str:
        return self._keys.named("note", f"{self._platform}/{chat}") + f":{name}"
