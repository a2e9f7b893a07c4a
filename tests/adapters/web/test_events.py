"""The event stream: a snapshot, every change, resumed where a tab left off, ended at once when the server stops."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from adapters.web.access import WebSettings
from adapters.web.translate import key_of
from core.messages import Activity
from tests.adapters.web.memory import MemoryFeed
from tests.adapters.web.site import Site, chat_of, site, until, visitor


@dataclass(slots=True)
class Tab:
    """What one tab has heard. `beats` counts the signs of life."""

    heard: list[ServerSentEvent] = field(default_factory=list)
    beats: int = 0
    ended: bool = False

    @property
    def kinds(self) -> list[str]:
        return [event.event for event in self.heard]

    @property
    def cursor(self) -> str:
        return self.heard[-1].id

    def texts(self) -> list[str | None]:
        """What the page shows at the end, by the order of arrival; a removed item is None."""
        bodies = [json.loads(event.data) for event in self.heard]
        listed: list[Any] = []
        for told in bodies:
            listed += told.get("items", [told])
        return [entry["body"]["text"] if entry["body"] else None for entry in listed]


@asynccontextmanager
async def tab(client: httpx.AsyncClient, after: str = "", *, header: bool = False) -> AsyncIterator[Tab]:
    """Open a tab and listen until the block is left."""
    it = Tab()

    async def listen() -> None:
        params = {"after": after} if after and not header else {}
        headers = {"last-event-id": after} if after and header else {}
        async with aconnect_sse(client, "GET", "/api/events", params=params, headers=headers) as source:
            async for event in source.aiter_sse():
                if event.event == "beat":
                    it.beats += 1
                elif event.data:
                    it.heard.append(event)
        it.ended = True

    listening = asyncio.create_task(listen())
    try:
        yield it
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def say(place: Site, client: httpx.AsyncClient, text: str, key: str = "k") -> None:
    ref = await place.sender.send_text(key_of(chat_of(client)), text, key=key)
    await place.sender.edit_text(ref, text)


def test_a_tab_gets_what_is_there_then_every_change() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            await say(place, client, "before")
            async with tab(client) as one:
                await until(lambda: one.heard)
                await say(place, client, "Uploading 1 of 3", "s")
                await say(place, client, "Uploading 2 of 3", "s")
                await until(lambda: len(one.heard) == 3)
                assert one.kinds == ["snapshot", "change", "change"]
                assert one.texts() == ["before", "Uploading 1 of 3", "Uploading 2 of 3"]

    asyncio.run(run())


def test_two_tabs_hear_the_same() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, tab(client) as one, tab(client) as two:
            await until(lambda: one.heard and two.heard)
            await client.post("/api/messages", json={"id": "aaaaaaaa", "text": "from the first tab"})
            await say(place, client, "the answer")
            await until(lambda: len(one.heard) == len(two.heard) == 4)
            assert one.texts() == two.texts() == ["from the first tab", "from the first tab", "the answer"]

    asyncio.run(run())


def test_chats_do_not_hear_each_other() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, visitor(place) as stranger, tab(stranger) as other:
            await until(lambda: other.heard)
            await say(place, client, "private")
            await say(place, stranger, "for the other")
            await until(lambda: len(other.heard) == 2)
            assert other.texts() == ["for the other"]

    asyncio.run(run())


def test_a_tab_resumes_where_it_was_by_header_or_parameter() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            async with tab(client) as one:
                await say(place, client, "one", "1")
                await until(lambda: "one" in one.texts())
            await say(place, client, "two", "2")
            for header in (True, False):
                async with tab(client, one.cursor, header=header) as again:
                    await until(lambda: again.heard)
                    assert (again.kinds, again.texts()) == (["change"], ["two"])

    asyncio.run(run())


def test_a_tab_survives_a_restart_of_the_server() -> None:
    async def run() -> None:
        feed = MemoryFeed()
        async with site(feed=feed) as place, visitor(place) as client:
            async with tab(client) as one:
                await say(place, client, "before the restart", "1")
                await until(lambda: "before the restart" in one.texts())
            cookies = dict(client.cookies)
        async with site(feed=feed) as place, httpx.AsyncClient(base_url=place.address, cookies=cookies) as client:
            await say(place, client, "after the restart", "2")
            async with tab(client, one.cursor) as again:
                await until(lambda: again.heard)
                assert again.texts() == ["after the restart"]

    asyncio.run(run())


def test_a_cursor_that_is_too_old_gets_a_snapshot() -> None:
    async def run() -> None:
        async with site(feed=MemoryFeed(kept=3)) as place, visitor(place) as client:
            async with tab(client) as one:
                await until(lambda: one.heard)
            for number in range(9):
                await say(place, client, f"{number}", f"k{number}")
            for after in (one.cursor, "nonsense"):
                async with tab(client, after) as again:
                    await until(lambda: again.heard)
                    assert again.kinds[0] == "snapshot"
                    assert again.texts() == [str(number) for number in range(9)]

    asyncio.run(run())


def test_a_tab_that_falls_behind_gets_a_snapshot_and_goes_on() -> None:
    async def run() -> None:
        async with site(feed=MemoryFeed(kept=1)) as place, visitor(place) as client, tab(client) as one:
            await until(lambda: one.heard)
            for number in range(50):
                await say(place, client, f"{number}", f"k{number}")
            await until(lambda: "49" in one.texts()[-1:])
            assert "snapshot" in one.kinds[1:]

    asyncio.run(run())


def test_removed_messages_go_from_the_tab() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, tab(client) as one:
            await until(lambda: one.heard)
            ref = await place.sender.send_text(key_of(chat_of(client)), "away", key="k")
            await place.sender.delete(ref)
            await until(lambda: len(one.heard) == 3)
            assert one.texts() == ["away", None]

    asyncio.run(run())


def test_uploads_and_marks_are_no_messages() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            await client.post("/api/files", content=b"x")
            async with tab(client) as one:
                await until(lambda: one.heard)
                await client.post("/api/files", content=b"y")
                await place.sender.activity(key_of(chat_of(client)), Activity.TYPING)
                await until(lambda: len(one.heard) == 2)
                assert json.loads(one.heard[0].data) == {"items": []}
                assert json.loads(one.heard[1].data)["body"]["kind"] == "activity"

    asyncio.run(run())


def test_text_with_any_line_break_stays_one_event() -> None:
    async def run() -> None:
        text = "a\nb\r\nc\rd\u2028e\u0085f\x00g data: x\n\nevent: snapshot"
        async with site() as place, visitor(place) as client, tab(client) as one:
            await until(lambda: one.heard)
            await say(place, client, text)
            await until(lambda: len(one.heard) == 2)
            assert one.texts() == [text]

    asyncio.run(run())


def test_a_quiet_stream_shows_that_it_lives() -> None:
    async def run() -> None:
        settings = WebSettings(beat_seconds=0.05)
        async with site(settings) as place, visitor(place) as client, tab(client) as one:
            await until(lambda: one.beats >= 3)
            await say(place, client, "still in order")
            await until(lambda: "still in order" in one.texts())
            assert one.kinds == ["snapshot", "change"]

    asyncio.run(run())


def test_a_stop_does_not_wait_for_open_tabs() -> None:
    async def run() -> float:
        feed = MemoryFeed()
        async with site(WebSettings(stop_seconds=60), feed=feed) as place, visitor(place) as client:
            async with tab(client) as one, tab(client) as two:
                await until(lambda: one.heard and two.heard)
                await place_stops(place, one, two)
            before = time.monotonic()
        assert feed.following == 0
        return time.monotonic() - before

    async def place_stops(place: Site, *tabs: Tab) -> None:
        place.closing.set()
        await until(lambda: all(one.ended for one in tabs))

    assert asyncio.run(run()) < 10


def test_a_tab_that_is_closed_is_followed_no_more() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            async with tab(client) as one:
                await until(lambda: one.heard and place.feed.following == 1)
            await until(lambda: place.feed.following == 0)

    asyncio.run(run())


def test_a_store_that_goes_away_ends_the_stream_and_the_tab_comes_again() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            place.feed.away = True
            async with tab(client) as one:
                await until(lambda: one.ended)
            place.feed.away = False
            async with tab(client) as again:
                await until(lambda: again.heard)

    asyncio.run(run())


def test_without_a_chat_there_is_no_stream() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as nobody:
            assert (await nobody.get("/api/events")).status_code == 401

    asyncio.run(run())
