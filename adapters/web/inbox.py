"""What the page posts, messages and presses, on its way to the core: answered 202 once it is recorded."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.web import bodies, items
from adapters.web.access import WebSettings, chat_of
from adapters.web.bodies import PostedMessage, PostedPress
from adapters.web.items import Button, OwnItem, StoredFile, TextItem, UploadItem, VideoItem
from adapters.web.translate import (
    Visitor,
    item_of_own,
    item_of_upload,
    locale_in,
    message_of,
    press_of,
    without_secrets,
)
from core.errors import BlobGone, MailboxFull, StoreError
from core.ports import Blobs, CommandRow, Feed, Receive

log = logging.getLogger(__name__)


class Inbox:
    """The endpoints behind which `receive` stands."""

    def __init__(
        self, settings: WebSettings, feed: Feed, blobs: Blobs, commands: Sequence[CommandRow], receive: Receive
    ) -> None:
        self._settings = settings
        self._feed = feed
        self._blobs = blobs
        self._commands = commands
        self._receive = receive

    async def post_message(self, request: Request) -> Response:
        """Take a message. The same id again has no further effect."""
        posted = await bodies.read_json(request, bodies.MESSAGE, self._settings.json_bytes)
        if not posted.text.strip() and not posted.files:
            raise HTTPException(400, "empty_message")
        visitor = visitor_of(request)
        return await recorded(lambda: self._take_message(visitor, posted))

    async def post_press(self, request: Request) -> Response:
        """Take a press on a button that is there. The same id again has no further effect."""
        posted = await bodies.read_json(request, bodies.PRESS, self._settings.json_bytes)
        visitor = visitor_of(request)
        return await recorded(lambda: self._take_press(visitor, posted))

    async def _take_message(self, visitor: Visitor, posted: PostedMessage) -> None:
        if not posted.files and without_secrets(posted.text, self._commands) != posted.text:
            await self._take_secret(visitor, posted)
            return
        item = await self._shown(visitor.chat, posted)
        if item.state != "sent":
            await self._hand_over(visitor, posted.id, item)

    async def _take_secret(self, visitor: Visitor, posted: PostedMessage) -> None:
        """What is not to be seen is not shown: it goes straight to who asked for it."""
        said = OwnItem(posted.text, _now())
        await self._receive(message_of(visitor, posted.id, said, self._commands))

    async def _shown(self, chat: str, posted: PostedMessage) -> OwnItem:
        """The message as it stands in the chat now. Shown before it is recorded: the answer, which can be quicker than
        we are, must stand below it."""
        name = item_of_own(posted.id)
        there = await self._find(chat, name) if posted.files else None  # when it comes again, its uploads are gone
        if isinstance(there, OwnItem):
            return there
        try:
            item = await self._write(chat, posted)
        except HTTPException:
            there = await self._find(chat, name)  # it may have come again by way of another process, just now
            if isinstance(there, OwnItem):
                return there
            raise
        body = items.encode(item)
        now = items.decode(await self._feed.swap(chat, name, None, body) or body)
        return now if isinstance(now, OwnItem) else item

    async def _hand_over(self, visitor: Visitor, client_id: str, item: OwnItem) -> None:
        name = item_of_own(client_id)
        quoted = await self._quoted(visitor.chat, item.reply_to)
        try:
            await self._receive(message_of(visitor, client_id, item, self._commands, quoted))
        except StoreError:
            with suppress(StoreError):
                await self._feed.remove(visitor.chat, name)
            raise
        await self._feed.put(visitor.chat, name, items.encode(replace(item, state="sent")))
        for file in item.files:
            await self._feed.remove(visitor.chat, item_of_upload(file.blob))

    async def _write(self, chat: str, posted: PostedMessage) -> OwnItem:
        files = [await self._upload(chat, blob) for blob in dict.fromkeys(posted.files)]
        return OwnItem(without_secrets(posted.text, self._commands), _now(), tuple(files), posted.reply_to)

    async def _upload(self, chat: str, blob: str) -> StoredFile:
        """The file, kept from now on as long as its message needs it, if it is this chat's."""
        item = await self._find(chat, item_of_upload(blob))
        if not isinstance(item, UploadItem):
            raise HTTPException(410, "upload_gone")
        try:
            await self._blobs.keep(blob, self._settings.keep_seconds)
        except BlobGone as error:
            raise HTTPException(410, "upload_gone") from error
        return item.file

    async def _quoted(self, chat: str, reply_to: str) -> Sequence[StoredFile]:
        item = await self._find(chat, reply_to) if reply_to else None
        return item.files if isinstance(item, OwnItem) else ()

    async def _take_press(self, visitor: Visitor, posted: PostedPress) -> None:
        item = await self._find(visitor.chat, posted.message)
        if not any(button.token == posted.token for button in _buttons(item)):
            raise HTTPException(410, "button_gone")
        now = datetime.now(UTC)
        await self._receive(press_of(visitor, posted.id, posted.message, posted.token, posted.text, now))

    async def _find(self, chat: str, name: str) -> items.Item | None:
        body = await self._feed.get(chat, name)
        return None if body is None else items.decode(body)


def visitor_of(request: Request) -> Visitor:
    """Who asks."""
    return Visitor(chat_of(request), locale_in(request.headers.get("accept-language", "")))


async def recorded(effect: Callable[[], Awaitable[None]]) -> Response:
    """202 when it is done; 429 or 503 when the store did not do it, and the page tries again with the same id."""
    try:
        await effect()
    except MailboxFull:
        return JSONResponse({"error": "mailbox_full"}, 429, {"retry-after": "10"})
    except StoreError as error:
        log.warning("not recorded", extra={"error": type(error).__name__})
        return JSONResponse({"error": "store_away"}, 503, {"retry-after": "2"})
    return JSONResponse({}, 202)


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def _buttons(item: items.Item | None) -> Sequence[Button]:
    return item.choices if isinstance(item, TextItem | VideoItem) else ()
