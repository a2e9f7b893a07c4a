"""Everything that the store holds under a prefix, as tests compare and search it."""

from __future__ import annotations

from typing import Any

from core.store.connection import Connection


async def contents(connection: Connection, prefix: str) -> dict[bytes, Any]:
    """All keys with what they hold; of a stream, who has taken what as well."""
    redis: Any = connection.commands
    return {key: await _value(redis, key) async for key in redis.scan_iter(match=f"{prefix}:*")}


async def _value(redis: Any, key: bytes) -> object:
    match await redis.type(key):
        case b"string":
            return await redis.get(key)
        case b"hash":
            return await redis.hgetall(key)
        case b"list":
            return await redis.lrange(key, 0, -1)
        case b"set":
            return await redis.smembers(key)
        case b"zset":
            return await redis.zrange(key, 0, -1, withscores=True)
        case b"stream":
            return await redis.xrange(key), [await _taken(redis, key, group) for group in await redis.xinfo_groups(key)]
        case kind:
            raise AssertionError(f"{key!r} is a {kind!r}")


async def _taken(redis: Any, key: bytes, group: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    pending = await redis.xpending_range(key, group["name"], "-", "+", 100)
    return [(entry["message_id"], entry["consumer"]) for entry in pending]
