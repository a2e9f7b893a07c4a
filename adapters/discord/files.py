"""What people handed in, as a stream of bytes: by the link that was noted, or by a fresh one where that is dead."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, Final

import aiohttp

from adapters.discord.faults import AWAY_SECONDS, facts
from adapters.discord.notebook import Notebook
from adapters.discord.places import Handle, key_of_place, spot_of
from adapters.discord.rest import Rest
from core.errors import AttachmentGone, ChatGone, OutcomeUnknown, Refused, SlowDown, TooLarge
from core.messages import Attachment, MessageRef

CHUNK: Final = 128 * 1024
MOST: Final = 200_000_000  # of a file whose size nobody told
DEAD: Final = frozenset({401, 403, 404, 410})


class Files:
    """Opens attachments. Raises only `OutboundError`."""

    def __init__(self, rest: Rest, book: Notebook) -> None:
        self._rest = rest
        self._book = book

    @asynccontextmanager
    async def open(self, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes, no more than were announced. Raises `AttachmentGone`, `TooLarge`."""
        answer = await self._answer(attachment)
        try:
            async with aclosing(_read(answer, attachment)) as chunks:
                yield chunks
        finally:
            answer.close()  # the rest is not wanted

    async def link(self, attachment: Attachment) -> str:
        """A link to the bytes that is alive now: a secret for as long as it lives."""
        with facts():
            return await self._book.link(attachment.ref) or await self._fresh(attachment)

    async def _answer(self, attachment: Attachment) -> aiohttp.ClientResponse:
        with _later():
            noted = await self._book.link(attachment.ref)
            answer = await self._get(noted) if noted else None
            if answer is None:
                answer = await self._get(await self._fresh(attachment))
        if answer is None:
            raise AttachmentGone(attachment.name)
        return answer

    async def _get(self, url: str) -> aiohttp.ClientResponse | None:
        """The answer to be read; None where the link is dead."""
        answer = await self._rest.plain.get(url, allow_redirects=False)
        if answer.status == 200:
            return answer
        answer.close()
        if answer.status in DEAD:
            return None
        raise SlowDown(AWAY_SECONDS)

    async def _fresh(self, attachment: Attachment) -> str:
        """A new link, from the message that the file came with; what came with a command cannot be asked for again."""
        try:
            handle = Handle.read(attachment.ref)
            channel, message = spot_of(MessageRef(key_of_place(handle.place), handle.source))
        except ValueError:
            raise AttachmentGone(attachment.name) from None
        for found in await self._files_of(channel, message):
            if str(found.get("id")) == str(handle.attachment):
                await self._book.keep_links({attachment.ref: str(found["url"])})
                return str(found["url"])
        raise AttachmentGone(attachment.name)

    async def _files_of(self, channel: int, message: int) -> list[dict[str, Any]]:
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            body = await self._rest.call("GET", path, channel_id=channel, message_id=message, wants="View Channel")
        except (Refused, ChatGone) as error:
            raise AttachmentGone(str(error)) from error
        forwarded = [
            one for part in body.get("message_snapshots", ()) for one in part["message"].get("attachments", ())
        ]
        return [*body.get("attachments", ()), *forwarded]


async def _read(answer: aiohttp.ClientResponse, attachment: Attachment) -> AsyncGenerator[bytes, None]:
    """All bytes, or an error. Raises `SlowDown` where they break off: another time they may not."""
    most = MOST if attachment.size is None else attachment.size
    size = 0
    with _later():
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > most:
                raise TooLarge(f"more than the {most} bytes that were announced")
            yield chunk
    if attachment.size is not None and size < attachment.size:
        raise SlowDown(AWAY_SECONDS)


@contextmanager
def _later() -> Iterator[None]:
    """Reading twice harms nobody: whatever breaks off is done again later."""
    try:
        with facts():
            yield
    except OutcomeUnknown as error:
        raise SlowDown(AWAY_SECONDS) from error
