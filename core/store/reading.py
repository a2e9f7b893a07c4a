"""How the streams of a lane are read: all in one command, or in a cluster each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from redis.asyncio import Redis

from core.tasks import heeded

Entry = tuple[str, str, Mapping[bytes, bytes] | None]  # stream, id, fields; None where it was struck off meanwhile


class Reader(Protocol):
    """Waits for new entries of a consumer group."""

    async def read(self, consumer: str, streams: Sequence[str], *, count: int, block: float) -> list[Entry]:
        """What comes within `block` seconds, at most `count` of each stream."""
        ...


class Together:
    """Reads all streams with one command: one server has them all. Each who reads has a client to itself meanwhile."""

    def __init__(self, client: Callable[[], Redis], group: str) -> None:
        """`client` makes one whose commands may block."""
        self._client = client
        self._group = group
        self._free: list[Redis] = []

    async def read(self, consumer: str, streams: Sequence[str], *, count: int, block: float) -> list[Entry]:
        """See `Reader`."""
        redis = self._free.pop() if self._free else self._client()
        try:
            return await _read(redis, self._group, consumer, streams, count, block)
        finally:
            self._free.append(redis)


class Apart:
    """Reads each stream with a command of its own: each may be on another server, and none takes streams of two slots.

    A read goes on when its caller does not wait for it any more, and what it brings is handed out at the next call:
    breaking it off would leave what is on its way to run out of its lease.
    """

    def __init__(self, redis: Redis, group: str) -> None:
        self._redis = redis
        self._group = group
        self._reading: dict[str, asyncio.Task[list[Entry]]] = {}

    async def read(self, consumer: str, streams: Sequence[str], *, count: int, block: float) -> list[Entry]:
        """See `Reader`."""
        for stream in streams:
            if stream not in self._reading:
                reading = asyncio.create_task(_read(self._redis, self._group, consumer, [stream], count, block))
                reading.add_done_callback(heeded)
                self._reading[stream] = reading
        waited = [self._reading[stream] for stream in streams]
        await asyncio.wait(waited, timeout=block, return_when=asyncio.FIRST_COMPLETED)
        done = [stream for stream in streams if self._reading[stream].done()]
        results = [self._reading.pop(stream) for stream in done]
        found = [entry for one in results if not one.cancelled() and one.exception() is None for entry in one.result()]
        for one in results:
            if not found:  # what others have brought is not thrown away with a failure
                one.result()
        return found


async def _read(
    redis: Redis, group: str, consumer: str, streams: Sequence[str], count: int, block: float
) -> list[Entry]:
    places: Any = dict.fromkeys(streams, ">")
    ms = max(1, int(block * 1000))
    return _entries(await redis.xreadgroup(group, consumer, places, count=count, block=ms))


def _entries(answer: Any) -> list[Entry]:
    pairs = answer.items() if isinstance(answer, dict) else answer or ()
    return [(stream.decode(), entry.decode(), fields) for stream, batches in pairs for entry, fields in _flat(batches)]


def _flat(batches: Any) -> Iterable[tuple[bytes, Mapping[bytes, bytes] | None]]:
    """The entries of one stream, in either of the shapes that the client library returns."""
    for batch in batches:
        if isinstance(batch, list):
            yield from _flat(batch)
        else:
            yield batch
