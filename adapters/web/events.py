"""The chat's feed as server-sent events: a snapshot, then every change; resumed where a tab left off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.web.access import WebSettings, chat_of
from core.errors import CursorLost, StoreError
from core.ports import Feed, FeedEvent

RETRY_MS = 1000
SETTING_OFF = f"retry: {RETRY_MS}\n\n".encode()
BEAT = b"event: beat\ndata:\n\n"  # an event, not a comment: only so can a page notice that it hears nothing any more
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Events:
    """The endpoint of the event stream. `closing` ends all streams at once, so that a stop need not wait for tabs."""

    def __init__(self, settings: WebSettings, feed: Feed, closing: asyncio.Event) -> None:
        self._settings = settings
        self._feed = feed
        self._closing = closing

    async def get(self, request: Request) -> Response:
        """Events after `Last-Event-ID` or `?after=`; without one, or with one too old, first a snapshot."""
        chat = chat_of(request)
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return StreamingResponse(self._stream(chat, after), media_type="text/event-stream", headers=HEADERS)

    async def _stream(self, chat: str, after: str) -> AsyncIterator[bytes]:
        yield SETTING_OFF
        try:
            while not self._closing.is_set():
                if not after:
                    snapshot = await self._feed.snapshot(chat)
                    after = snapshot.cursor
                    yield snapshot_event(snapshot.items, snapshot.cursor)
                async with aclosing(self._changes(chat, after)) as changes:
                    async for frame in changes:
                        yield frame
                after = ""
        except StoreError:
            return  # the browser comes again with its last id

    async def _changes(self, chat: str, after: str) -> AsyncGenerator[bytes, None]:
        """Frames until the cursor is lost or all streams are to end."""
        async with aclosing(_Follower(self._feed.follow(chat, after), self._closing)) as follower:
            with suppress(CursorLost):
                while not self._closing.is_set():
                    event = await follower.next(self._settings.beat_seconds)
                    if event is None:
                        yield BEAT
                    elif _is_shown(event.item):
                        yield change_event(event)


class _Follower:
    """Waits for the next event, a time, or the end, whichever is first, without losing the event it waited for."""

    def __init__(self, events: AsyncIterator[FeedEvent], closing: asyncio.Event) -> None:
        self._events = events
        self._closing = asyncio.ensure_future(closing.wait())
        self._coming: asyncio.Task[FeedEvent] | None = None

    async def next(self, seconds: float) -> FeedEvent | None:
        """The next event; None after so long, or when all is to end."""
        self._coming = self._coming or asyncio.create_task(_next(self._events))
        await asyncio.wait({self._coming, self._closing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not self._coming.done():
            return None
        coming, self._coming = self._coming, None
        return coming.result()

    async def aclose(self) -> None:
        """Stop waiting and close the feed's iterator."""
        tasks = [task for task in (self._closing, self._coming) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if close := getattr(self._events, "aclose", None):
            await close()


async def _next(events: AsyncIterator[FeedEvent]) -> FeedEvent:
    try:
        return await anext(events)
    except StopAsyncIteration as error:
        raise CursorLost from error  # a feed has no end: whoever stops is asked anew


def snapshot_event(items: Sequence[tuple[str, bytes]], cursor: str) -> bytes:
    """All items in one event. Bodies are JSON already."""
    listed = b",".join(_entry(item, body) for item, body in items if _is_shown(item))
    return _frame(b"snapshot", cursor, b'{"items":[' + listed + b"]}")


def change_event(event: FeedEvent) -> bytes:
    """One item that came, changed or went (`body` is null)."""
    return _frame(b"change", event.cursor, _entry(event.item, event.body))


def _entry(item: str, body: bytes | None) -> bytes:
    return b'{"item":' + json.dumps(item).encode() + b',"body":' + (body or b"null") + b"}"


def _frame(name: bytes, cursor: str, data: bytes) -> bytes:
    return b"id: " + cursor.encode() + b"\nevent: " + name + b"\ndata: " + data + b"\n\n"


def _is_shown(item: str) -> bool:
    return not item.startswith("u-")  # uploads that wait for their message are in the tab that made them
