"""The feed: items that appear, change and go, by chat, and everybody who follows them from any process."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from core.errors import CursorLost, StoreAway
from core.ports import FeedEvent, FeedSnapshot
from core.store.connection import Connection, translated
from core.store.news import Listener, News, open_news

KEPT_SECONDS: Final = 30 * 86400  # after the last change
KEPT_ITEMS: Final = 500
LOOK_SECONDS: Final = 3.0  # so often a follower looks into the store although he has heard nothing
TUNED_SECONDS: Final = 1.0  # to wait until he hears everything
AWAY_SECONDS: Final = 0.5  # between two looks while the store is away

_NOWHERE = "-"  # the epoch of a feed that does not exist yet
_CURSOR = re.compile(r"(-|[0-9a-f]{12}):([0-9]{1,15})")

# A feed is four keys: `items` (item → body), `order` (item → place of its first appearance), `changes` (item → version
# of its last change, also of those that were removed) and `facts`. Every change takes the next version; whoever has
# seen version n misses exactly what `changes` holds above n. So a hundred rewrites of one item cost no more room than
# one, and a cursor only gets too old when the mark of a removed item has to go (`floor`) or the whole feed (`epoch`).
_CHANGES = """
local facts, items, order, changes, channel = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local fresh, most, seconds, item, body = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

local function change(name, content)
    local version = redis.call('HINCRBY', facts, 'version', 1)
    redis.call('ZADD', changes, version, name)
    if content then
        redis.call('HSET', items, name, content)
    else
        redis.call('HDEL', items, name)
        redis.call('ZREM', order, name)
    end
    local head = { redis.call('HGET', facts, 'epoch'), version, #name, content and 1 or 0 }
    redis.call('PUBLISH', channel, table.concat(head, ' ') .. ' ' .. name .. (content or ''))
end

local function forget_old_marks()
    local marks = redis.call('ZCARD', changes) - redis.call('ZCARD', order)
    if marks <= most + 50 then return end
    local all = redis.call('ZRANGE', changes, 0, -1, 'WITHSCORES')
    for i = 1, #all, 2 do
        if marks <= most then return end
        if redis.call('HEXISTS', items, all[i]) == 0 then
            redis.call('ZREM', changes, all[i])
            redis.call('HSET', facts, 'floor', all[i + 1])
            marks = marks - 1
        end
    end
end

local function finish()
    forget_old_marks()
    for i = 1, 4 do redis.call('EXPIRE', KEYS[i], seconds) end
    return body
end
"""

# With a sixth argument only where the item's body is that one, or there is none and the argument is empty.
_PUT = (
    _CHANGES
    + """
local known = redis.call('HGET', items, item)
if ARGV[6] and (known or '') ~= ARGV[6] then return known end
if known == body then return body end
redis.call('HSETNX', facts, 'epoch', fresh)
if not known then
    local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')
    redis.call('ZADD', order, (tonumber(last[2]) or 0) + 1, item)
end
change(item, body)
while redis.call('ZCARD', order) > most do change(redis.call('ZRANGE', order, 0, 0)[1]) end
return finish()
"""
)

_REMOVE = (
    _CHANGES
    + """
if redis.call('HEXISTS', items, item) == 0 then return end
change(item)
finish()
"""
)

_SNAPSHOT = """
local facts = redis.call('HMGET', KEYS[1], 'epoch', 'version')
local order = redis.call('ZRANGE', KEYS[3], 0, -1)
local bodies = {}
if #order > 0 then bodies = redis.call('HMGET', KEYS[2], unpack(order)) end
return { facts[1], facts[2], order, bodies }
"""

# What changed after a version: `{epoch, item, version, body, …}`, or nothing at all where that cannot be told.
_SINCE = """
local facts = redis.call('HMGET', KEYS[1], 'epoch', 'version', 'floor')
local epoch, version, floor = facts[1] or '-', tonumber(facts[2] or 0), tonumber(facts[3] or 0)
local after = tonumber(ARGV[2])
local known = ARGV[1] == epoch or (ARGV[1] == '-' and after == 0)
if not known or after > version or after < floor then return false end
local found = { epoch }
if after == version then return found end
local changed = redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. ARGV[2], '+inf', 'WITHSCORES')
for i = 1, #changed, 2 do
    found[#found + 1] = changed[i]
    found[#found + 1] = changed[i + 1]
    found[#found + 1] = redis.call('HGET', KEYS[2], changed[i])
end
return found
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far somebody has seen a feed."""

    epoch: str
    version: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.version}"


@dataclass(frozen=True, slots=True)
class _Change:
    place: _Place
    item: str
    body: bytes | None

    def event(self) -> FeedEvent:
        return FeedEvent(str(self.place), self.item, self.body)


class StoreFeed:
    """`ports.Feed` for all processes that share a store. All but `follow` raise `StoreAway`."""

    def __init__(self, connection: Connection, news: News) -> None:
        self._keys = connection.keys
        self._commands = connection.commands
        self._news = news
        self._put = connection.commands.register_script(_PUT)
        self._remove = connection.commands.register_script(_REMOVE)
        self._snapshot = connection.commands.register_script(_SNAPSHOT)
        self._since = connection.commands.register_script(_SINCE)

    async def put(self, chat: str, item: str, body: bytes) -> None:
        """Add the item, or replace it in its place. Of more than 500 items, the oldest go."""
        with translated():
            await self._put(keys=self._names(chat), args=[*self._settings(), item, body])

    async def swap(self, chat: str, item: str, old: bytes | None, new: bytes) -> bytes | None:
        """Put `new` if the item is `old` now (None: if there is none). Returns what is there afterwards."""
        with translated():
            body = await self._put(keys=self._names(chat), args=[*self._settings(), item, new, old or b""])
        return body if isinstance(body, bytes) else None

    async def get(self, chat: str, item: str) -> bytes | None:
        """The item as it is now."""
        with translated():
            body = await self._commands.hget(self._keys.named("feed-items", chat), item)
        return body if isinstance(body, bytes) else None

    async def remove(self, chat: str, item: str) -> None:
        """Take the item away; its body is nowhere any more."""
        with translated():
            await self._remove(keys=self._names(chat), args=[*self._settings(), item])

    async def forget(self, chat: str) -> None:
        """Take the whole feed away; whoever follows it gets `CursorLost`."""
        *keys, channel = self._names(chat)
        with translated():
            await self._commands.delete(*keys)
            await self._commands.publish(channel, b"")

    async def snapshot(self, chat: str) -> FeedSnapshot:
        """What is there now."""
        with translated():
            epoch, version, order, bodies = await self._snapshot(keys=self._names(chat))
        place = _Place(epoch.decode(), int(version)) if epoch else _Place(_NOWHERE, 0)
        items = tuple((item.decode(), body) for item, body in zip(order, bodies, strict=True))
        return FeedSnapshot(items, str(place))

    async def follow(self, chat: str, after: str) -> AsyncGenerator[FeedEvent]:
        """Every change after the cursor, as it happens; of an item that changed several times before it was seen, the
        last one. A store that is away is waited for. Raises `CursorLost`."""
        place = _place_of(after)
        with self._news.listening(self._names(chat)[-1]) as listener:
            await listener.next(TUNED_SECONDS)
            while True:
                for change in await self._missed(chat, place):
                    place = change.place
                    yield change.event()
                async with aclosing(_heard(listener, place)) as heard:
                    async for change in heard:
                        place = change.place
                        yield change.event()

    async def _missed(self, chat: str, place: _Place) -> Sequence[_Change]:
        while True:
            try:
                with translated():
                    found = await self._since(keys=self._names(chat), args=[place.epoch, place.version])
            except StoreAway:
                await asyncio.sleep(AWAY_SECONDS)
            else:
                if found is None:
                    raise CursorLost(f"the feed cannot be followed from {place}")
                return list(_changes(found))

    def _names(self, chat: str) -> list[str]:
        kinds = ("feed-facts", "feed-items", "feed-order", "feed-changes", "feed-news")
        return [self._keys.named(kind, chat) for kind in kinds]

    def _settings(self) -> tuple[str, int, int]:
        return uuid4().hex[:12], KEPT_ITEMS, KEPT_SECONDS


@asynccontextmanager
async def open_feed(connection: Connection) -> AsyncIterator[StoreFeed]:
    """The feed, as long as the block lasts; all its followers in this process share one connection."""
    async with open_news(connection) as news:
        yield StoreFeed(connection, news)


async def _heard(listener: Listener, place: _Place) -> AsyncGenerator[_Change]:
    """What is heard, as long as nothing is missing in between."""
    while (message := await listener.next(LOOK_SECONDS)) is not None:
        if (change := _change_of(message)) is None or change.place.epoch != place.epoch:
            return
        if change.place.version > place.version + 1:
            return
        if change.place.version == place.version + 1:
            place = change.place
            yield change


def _change_of(message: bytes) -> _Change | None:
    if not message:
        return None
    epoch, version, length, present, rest = message.split(b" ", 4)
    item, body = rest[: int(length)], rest[int(length) :]
    return _Change(_Place(epoch.decode(), int(version)), item.decode(), body if present == b"1" else None)


def _changes(found: Sequence[bytes]) -> Iterator[_Change]:
    epoch = found[0].decode()
    for item, version, body in zip(found[1::3], found[2::3], found[3::3], strict=True):
        yield _Change(_Place(epoch, int(version)), item.decode(), body)


def _place_of(cursor: str) -> _Place:
    if (match := _CURSOR.fullmatch(cursor)) is None:
        raise CursorLost("not a cursor of a feed")
    return _Place(match[1], int(match[2]))
