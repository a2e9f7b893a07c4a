"""A feed and blobs in memory that keep the ports' promises, with a switch for the store being away."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

from core.errors import BlobGone, CursorLost, QuotaReached, StoreAway
from core.ports import BlobInfo, FeedEvent, FeedSnapshot


@dataclass(slots=True)
class _Chat:
    items: dict[str, bytes] = field(default_factory=dict)
    log: list[FeedEvent] = field(default_factory=list)
    first: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)


class MemoryFeed:
    """`core.ports.Feed`. Keeps the last `kept` changes; `away` makes every call raise."""

    def __init__(self, kept: int = 1000) -> None:
        self.away = False
        self.following = 0
        self._kept = kept
        self._life = uuid4().hex[:8]  # a cursor of another life is lost
        self._chats: defaultdict[str, _Chat] = defaultdict(_Chat)

    async def put(self, chat: str, item: str, body: bytes) -> None:
        """See the port."""
        self._check()
        if self._chats[chat].items.get(item) != body:
            self._chats[chat].items[item] = body
            await self._tell(chat, item, body)

    async def swap(self, chat: str, item: str, old: bytes | None, new: bytes) -> bytes | None:
        """See the port."""
        if await self.get(chat, item) == old:
            await self.put(chat, item, new)
        return await self.get(chat, item)

    async def get(self, chat: str, item: str) -> bytes | None:
        """See the port."""
        self._check()
        return self._chats[chat].items.get(item)

    async def remove(self, chat: str, item: str) -> None:
        """See the port."""
        self._check()
        if self._chats[chat].items.pop(item, None) is not None:
            await self._tell(chat, item, None)

    async def snapshot(self, chat: str) -> FeedSnapshot:
        """See the port."""
        self._check()
        state = self._chats[chat]
        return FeedSnapshot(list(state.items.items()), self._cursor(state.first + len(state.log)))

    async def follow(self, chat: str, after: str) -> AsyncGenerator[FeedEvent, None]:
        """See the port."""
        self._check()
        self.following += 1
        try:
            place = self._place(after)
            while True:
                state = self._chats[chat]
                async with state.news:
                    while len(state.log) + state.first <= place:
                        await state.news.wait()
                    if place < state.first:
                        raise CursorLost(after)
                    event = state.log[place - state.first]
                yield event
                place += 1
        finally:
            self.following -= 1

    async def forget(self, chat: str) -> None:
        """See the port."""
        self._check()
        state = self._chats[chat]
        async with state.news:
            state.items.clear()
            state.first += len(state.log) + 1
            state.log.clear()
            state.news.notify_all()

    def texts(self, chat: str) -> list[bytes]:
        """All bodies there are, for a look from outside."""
        return list(self._chats[chat].items.values())

    def _cursor(self, place: int) -> str:
        return f"{self._life}-{place}"

    def _place(self, cursor: str) -> int:
        life, _, place = cursor.partition("-")
        if life != self._life or not place.isdecimal():
            raise CursorLost(cursor)
        return int(place)

    async def _tell(self, chat: str, item: str, body: bytes | None) -> None:
        state = self._chats[chat]
        async with state.news:
            cursor = self._cursor(state.first + len(state.log) + 1)
            state.log.append(FeedEvent(cursor, item, body))
            if len(state.log) > self._kept:
                state.log.pop(0)
                state.first += 1
            state.news.notify_all()

    def _check(self) -> None:
        if self.away:
            raise StoreAway("switched off")


class MemoryBlobs:
    """`core.ports.Blobs` with a quota in bytes. `chunk` is how much one read brings."""

    def __init__(self, quota: int = 1 << 30, chunk: int = 64 * 1024) -> None:
        self.away = False
        self.kept_for: dict[str, float] = {}
        self.sent = 0  # bytes handed out
        self._quota = quota
        self._chunk = chunk
        self._data: dict[str, tuple[BlobInfo, bytes]] = {}

    async def put(self, data: AsyncIterator[bytes], *, mime: str, name: str = "", seconds: float) -> BlobInfo:
        """See the port."""
        self._check()
        whole = bytearray()
        async for chunk in data:
            whole += chunk
            if len(whole) + self.held > self._quota:
                raise QuotaReached(name)
        info = BlobInfo(uuid4().hex, len(whole), mime, name)
        self._data[info.id] = (info, bytes(whole))
        self.kept_for[info.id] = seconds
        return info

    async def info(self, blob: str) -> BlobInfo | None:
        """See the port."""
        self._check()
        return self._data[blob][0] if blob in self._data else None

    async def read(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """See the port."""
        self._check()
        if blob not in self._data:
            raise BlobGone(blob)
        data = self._data[blob][1][start:stop]
        for at in range(0, len(data), self._chunk):
            self.sent += self._chunk
            yield data[at : at + self._chunk]

    async def keep(self, blob: str, seconds: float) -> None:
        """See the port."""
        self._check()
        if blob not in self._data:
            raise BlobGone(blob)
        self.kept_for[blob] = seconds

    async def remove(self, blob: str) -> None:
        """See the port."""
        self._check()
        self._data.pop(blob, None)

    @property
    def held(self) -> int:
        """Bytes that are kept now."""
        return sum(info.size for info, _ in self._data.values())

    def _check(self) -> None:
        if self.away:
            raise StoreAway("switched off")
