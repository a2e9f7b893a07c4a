"""The feed: what is in it, and that every follower sees every change, whatever happens to the news on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from core.errors import CursorLost, StoreAway
from core.ports import Feed, FeedEvent
from core.store import feed as feed_module
from core.store.connection import Connection
from core.store.feed import StoreFeed, open_feed
from core.store.news import Listener, News
from tests.wire.relay import relay
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def feed(connection: Connection) -> AsyncIterator[StoreFeed]:
    async with open_feed(connection) as opened:
        yield opened


async def contents(feed: Feed, chat: str = "chat") -> list[tuple[str, bytes]]:
    return list((await feed.snapshot(chat)).items)


async def seen(feed: Feed, after: str, count: int, chat: str = "chat") -> list[tuple[str, bytes | None]]:
    """The next changes after the cursor."""
    return [(event.item, event.body) for event in await events(feed, after, count, chat)]


async def events(feed: Feed, after: str, count: int, chat: str = "chat") -> list[FeedEvent]:
    found: list[FeedEvent] = []
    async with asyncio.timeout(30), aclosing(feed.follow(chat, after)) as following:  # type: ignore[type-var]
        async for event in following:
            found.append(event)
            if len(found) == count:
                break
    return found


async def test_items_stand_in_the_order_in_which_they_appeared(feed: Feed) -> None:
    for item in ("b", "a", "c"):
        await feed.put("chat", item, item.encode())
    await feed.put("chat", "b", b"changed")
    assert await contents(feed) == [("b", b"changed"), ("a", b"a"), ("c", b"c")]
    assert await feed.get("chat", "b") == b"changed"


async def test_a_swap_changes_only_what_is_still_as_it_was(feed: Feed) -> None:
    assert await feed.swap("chat", "a", None, b"1") == b"1"
    assert await feed.swap("chat", "a", None, b"2") == b"1"
    assert await feed.swap("chat", "a", b"1", b"3") == b"3"
    assert await feed.swap("chat", "a", b"1", b"4") == b"3"
    assert await feed.swap("chat", "gone", b"1", b"2") is None
    assert await contents(feed) == [("a", b"3")]


async def test_a_swap_for_the_same_is_no_event(feed: Feed) -> None:
    await feed.put("chat", "a", b"1")
    cursor = (await feed.snapshot("chat")).cursor
    assert await feed.swap("chat", "a", b"1", b"1") == b"1"
    await feed.swap("chat", "a", b"1", b"2")
    assert await seen(feed, cursor, 1) == [("a", b"2")]


async def test_an_item_that_was_removed_is_nowhere_and_comes_back_at_the_end(feed: Feed) -> None:
    await feed.put("chat", "a", b"1")
    await feed.put("chat", "b", b"2")
    await feed.remove("chat", "a")
    assert await feed.get("chat", "a") is None
    await feed.put("chat", "a", b"3")
    assert await contents(feed) == [("b", b"2"), ("a", b"3")]


async def test_an_empty_body_is_an_item_too(feed: Feed) -> None:
    cursor = (await feed.snapshot("chat")).cursor
    await feed.put("chat", "a", b"")
    assert await contents(feed) == [("a", b"")]
    assert await seen(feed, cursor, 1) == [("a", b"")]


async def test_chats_do_not_see_each_other(feed: Feed) -> None:
    await feed.put("chat", "a", b"1")
    assert await contents(feed, "other") == []


async def test_a_follower_sees_every_change_as_it_happens(feed: Feed) -> None:
    cursor = (await feed.snapshot("chat")).cursor
    following = feed.follow("chat", cursor)

    async def next_change() -> tuple[str, bytes | None]:
        async with asyncio.timeout(30):
            event = await anext(following)
        return event.item, event.body

    waiting = asyncio.create_task(next_change())
    await asyncio.sleep(0.05)
    await feed.put("chat", "ü b", b"one two\x00")
    assert await waiting == ("ü b", b"one two\x00")
    for count in range(20):
        await feed.put("chat", "status", str(count).encode())
        assert await next_change() == ("status", str(count).encode())
    await feed.remove("chat", "status")
    assert await next_change() == ("status", None)
    await following.aclose()  # type: ignore[attr-defined]


async def test_the_same_body_again_is_no_event(feed: Feed) -> None:
    await feed.put("chat", "a", b"1")
    cursor = (await feed.snapshot("chat")).cursor
    await feed.put("chat", "a", b"1")
    await feed.remove("chat", "never was")
    assert (await feed.snapshot("chat")).cursor == cursor


async def test_a_follower_goes_on_where_it_left_off(feed: Feed) -> None:
    cursor = (await feed.snapshot("chat")).cursor
    for item in "abcdef":
        await feed.put("chat", item, item.encode())
    first = await events(feed, cursor, 3)
    assert [event.item for event in first] == ["a", "b", "c"]
    assert [event.item for event in await events(feed, first[-1].cursor, 3)] == ["d", "e", "f"]


async def test_who_was_away_gets_each_item_once_as_it_is_now(feed: Feed) -> None:
    await feed.put("chat", "gone", b"1")
    cursor = (await feed.snapshot("chat")).cursor
    for count in range(1000):
        await feed.put("chat", "status", str(count).encode())
    await feed.remove("chat", "gone")
    assert await seen(feed, cursor, 2) == [("status", b"999"), ("gone", None)]


async def test_many_followers_in_many_chats_share_one_connection(feed: Feed, connection: Connection) -> None:
    followers = [asyncio.create_task(seen(feed, "-:0", 3, f"chat{n % 10}")) for n in range(60)]
    channel = connection.keys.named("feed-news", "chat1")
    async with asyncio.timeout(30):
        while not (await connection.commands.pubsub_numsub(channel))[0][1]:
            await asyncio.sleep(0.01)
    assert len(await connection.commands.client_list(_type="pubsub")) == 1
    for item in "abc":
        for n in range(10):
            await feed.put(f"chat{n}", item, item.encode())
    assert await asyncio.gather(*followers) == [[("a", b"a"), ("b", b"b"), ("c", b"c")]] * 60


async def test_a_channel_that_nobody_follows_any_more_is_left(feed: Feed, connection: Connection) -> None:
    await feed.put("chat", "a", b"1")
    await seen(feed, "-:0", 1)
    channel = connection.keys.named("feed-news", "chat")
    async with asyncio.timeout(30):
        while (await connection.commands.pubsub_numsub(channel))[0][1]:
            await asyncio.sleep(0.01)


async def test_writers_at_once_and_a_follower_that_leaves_and_returns_miss_nothing(
    feed: Feed, connection: Connection
) -> None:
    cursor = (await feed.snapshot("chat")).cursor
    async with open_feed(connection) as elsewhere, asyncio.TaskGroup() as tasks:
        for writer in range(5):
            tasks.create_task(write(elsewhere if writer % 2 else feed, writer))
        last: dict[str, bytes | None] = {}
        while list(last.values()).count(b"59") < 5:
            for event in await events(feed, cursor, 7 if len(last) < 5 else 1):
                cursor, last[event.item] = event.cursor, event.body


async def write(feed: Feed, writer: int) -> None:
    for count in range(60):
        await feed.put("chat", str(writer), str(count).encode())
        await asyncio.sleep(0)


class Unheard(StoreFeed):
    """A writer whose news gets lost on the way."""

    def _names(self, chat: str) -> list[str]:
        return [*super()._names(chat)[:-1], f"{self._keys.prefix}:nowhere"]


async def test_a_change_whose_news_was_lost_is_found_within_seconds(
    feed: Feed, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 0.2)
    following = asyncio.create_task(seen(feed, (await feed.snapshot("chat")).cursor, 1))
    await asyncio.sleep(0.05)
    await Unheard(connection, News(connection)).put("chat", "a", b"1")
    assert await following == [("a", b"1")]


async def test_the_next_news_tells_that_some_were_lost(
    feed: Feed, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 60)
    await feed.put("chat", "a", b"1")
    following = asyncio.create_task(seen(feed, (await feed.snapshot("chat")).cursor, 3))
    await asyncio.sleep(0.05)
    await Unheard(connection, News(connection)).put("chat", "b", b"2")
    await Unheard(connection, News(connection)).remove("chat", "a")
    await feed.put("chat", "c", b"3")
    assert await following == [("b", b"2"), ("a", None), ("c", b"3")]


async def test_a_listener_who_is_slow_keeps_little_waiting() -> None:
    listener = Listener()
    for count in range(1000):
        listener.tell(str(count).encode())
    heard = [await listener.next(0) for _ in range(70)]
    assert heard[0] is None
    assert heard.count(None) > 1


async def test_a_broken_news_connection_is_made_again_and_nothing_is_missed(
    connection: Connection, store_server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 60)
    async with relay(store_server) as between:
        shaken = Connection(between.url, connection.keys)
        async with open_feed(shaken) as here, open_feed(connection) as elsewhere:
            following = asyncio.create_task(seen(here, (await here.snapshot("chat")).cursor, 2))
            await asyncio.sleep(0.05)
            await elsewhere.put("chat", "a", b"before")
            await asyncio.sleep(0.05)
            between.cut()
            await elsewhere.put("chat", "b", b"meanwhile")
            await asyncio.sleep(0.1)
            between.mend()
            assert await following == [("a", b"before"), ("b", b"meanwhile")]
        await shaken.close()


async def test_a_store_that_restarts_is_waited_for(own_server: Valkey, own_connection: Connection) -> None:
    async with open_feed(own_connection) as feed:
        await feed.put("chat", "a", b"1")
        following = asyncio.create_task(seen(feed, (await feed.snapshot("chat")).cursor, 1))
        await asyncio.sleep(0.05)
        own_server.kill()
        with pytest.raises(StoreAway):
            await feed.put("chat", "b", b"2")
        own_server.start()
        await feed.put("chat", "b", b"3")
        assert await following == [("b", b"3")]


async def test_a_slow_follower_is_not_waited_for_and_misses_nothing(feed: Feed) -> None:
    following = feed.follow("chat", (await feed.snapshot("chat")).cursor)
    await feed.put("chat", "first", b"1")
    assert (await anext(following)).item == "first"
    for count in range(200):
        await feed.put("chat", str(count), b"x")
    found = [(await anext(following)).item for _ in range(200)]
    assert found == [str(count) for count in range(200)]
    await following.aclose()  # type: ignore[attr-defined]


async def test_of_too_many_items_the_oldest_go_and_followers_are_told(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEPT_ITEMS", 3)
    cursor = (await feed.snapshot("chat")).cursor
    for item in "abcd":
        await feed.put("chat", item, b"x")
    assert [item for item, _ in await contents(feed)] == ["b", "c", "d"]
    assert ("a", None) in await seen(feed, cursor, 4)


@pytest.mark.parametrize("cursor", ["", "0-0", "nonsense", "abcdefabcdef:1", "-:7", "-:" + "9" * 30, "-:0\n", "ü:1"])
async def test_a_cursor_that_is_none_is_lost(feed: Feed, cursor: str) -> None:
    await feed.put("chat", "a", b"1")
    with pytest.raises(CursorLost):
        await seen(feed, cursor, 1)


async def test_a_cursor_older_than_what_is_kept_is_lost(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "KEPT_ITEMS", 3)
    empty = (await feed.snapshot("chat")).cursor
    await feed.put("chat", "0", b"x")
    old = (await feed.snapshot("chat")).cursor
    for count in range(100):
        await feed.put("chat", str(count), b"x")
    for cursor in (empty, old):
        with pytest.raises(CursorLost):
            await seen(feed, cursor, 1)
    fresh = await feed.snapshot("chat")
    await feed.put("chat", "new", b"x")
    assert {item for item, _ in await seen(feed, fresh.cursor, 2)} == {"new", "97"}


async def test_the_room_that_a_feed_takes_is_bounded(
    feed: Feed, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEPT_ITEMS", 20)
    for count in range(200):
        await feed.put("chat", str(count), b"x")
    assert [item for item, _ in await contents(feed)] == [str(count) for count in range(180, 200)]
    assert await connection.commands.hlen(connection.keys.named("feed-items", "chat")) == 20
    assert await connection.commands.zcard(connection.keys.named("feed-changes", "chat")) <= 20 + 20 + 50


async def test_a_feed_that_rests_goes_after_thirty_days(feed: Feed, connection: Connection) -> None:
    await feed.put("chat", "a", b"1")
    keys = [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*")]
    assert len(keys) == 4
    for key in keys:
        assert 29 * 86400 < await connection.commands.ttl(key) <= 30 * 86400


async def test_a_forgotten_feed_leaves_nothing_and_its_followers_start_again(
    feed: StoreFeed, connection: Connection
) -> None:
    await feed.put("chat", "a", b"canary")
    cursor = (await feed.snapshot("chat")).cursor
    following = asyncio.create_task(seen(feed, cursor, 1))
    await asyncio.sleep(0.05)
    await feed.forget("chat")
    with pytest.raises(CursorLost):
        await following
    assert [key async for key in connection.commands.scan_iter(f"{connection.keys.prefix}:*")] == []
    await feed.put("chat", "b", b"new life")
    with pytest.raises(CursorLost):
        await seen(feed, cursor, 1)


async def test_a_feed_that_began_anew_is_not_taken_for_the_old_one(
    feed: Feed, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 60)
    await feed.put("chat", "a", b"1")
    following = asyncio.create_task(seen(feed, (await feed.snapshot("chat")).cursor, 1))
    await asyncio.sleep(0.05)
    unheard = Unheard(connection, News(connection))
    await unheard.forget("chat")
    await unheard.put("chat", "b", b"2")
    await feed.put("chat", "c", b"3")
    with pytest.raises(CursorLost):
        await following
