"""The way out of the web chat: every message is an item in the chat's feed, every file a blob."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.web import items
from adapters.web.items import FileItem, Item, PictureItem, StoredFile, TextItem, VideoItem
from adapters.web.translate import buttons_of, chat_of, item_of_delivery, item_of_id
from core.errors import AttachmentGone, BlobGone, NoRoom, OutboundError, QuotaReached, Refused, SlowDown, StoreError
from core.messages import (
    Activity,
    Attachment,
    Choice,
    Clip,
    ConversationKey,
    Limits,
    LocalClip,
    MessageRef,
    Picture,
    Press,
    RemoteClip,
    SentClip,
)
from core.ports import Blobs, Draft, Feed, SentVideo

TEXT_CHARS = 20_000
UPLOAD_BYTES = 2 * 1024**3
DAY = 24 * 3600.0
CHUNK = 256 * 1024
STORE_PAUSE = 1.0
REMEMBERED = 1024  # status messages: one a turn that runs here

LIMITS = Limits(
    text_chars=TEXT_CHARS,
    caption_chars=TEXT_CHARS,
    upload_bytes=UPLOAD_BYTES,
    edit_interval=0.6,
    can_replace_text_by_video=True,
    choices=24,
    choice_chars=80,
    attachments=60,
    thumbnail_edge=960,
    repeats_are_harmless=True,
)


class WebSender:
    """`core.ports.Outbound` for the web chat. `keep_seconds` is how long the videos can be watched."""

    def __init__(self, feed: Feed, blobs: Blobs, *, keep_seconds: float = DAY) -> None:
        self._feed = feed
        self._blobs = blobs
        self._keep = keep_seconds
        self._written: OrderedDict[MessageRef, bytes] = OrderedDict()  # texts as this process wrote them last

    async def limits(self, to: ConversationKey) -> Limits:
        """The page can show whatever the store can hold."""
        del to
        return LIMITS

    async def send_text(
        self,
        to: ConversationKey,
        text: str,
        choices: Sequence[Choice] = (),
        *,
        key: str,
        reply_to: str = "",
        asked: str = "",
    ) -> MessageRef:
        """Post plain text; the page interprets no markup."""
        ref = MessageRef(to, item_of_delivery(key))
        with _translated():
            answered = item_of_id(reply_to) if reply_to else ""
            body = items.encode(TextItem(text, _now(), buttons_of(choices), answered))
            if await self._feed.swap(chat_of(to), ref.id, None, body) == body:
                self._remember(ref, body)
        return ref

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        """Replace text and buttons; of a picture, video or file, what stands with it."""
        chat = chat_of(ref.key)
        with _translated():
            there = self._written.pop(ref, None) or await self._feed.get(chat, ref.id)
            wanted = _edited(there, text, choices)
            while (now := await self._feed.swap(chat, ref.id, there, wanted)) != wanted:  # changed by another process
                there, wanted = now, _edited(now, text, choices)
            self._remember(ref, wanted)

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a picture."""
        ref = MessageRef(to, item_of_delivery(key))
        with _translated():
            if await self._find(ref) is None:
                name = "picture.png" if picture.mime == "image/png" else "picture.jpg"
                file = await self._store(_whole(picture.data), picture.mime, name)
                await self._put(ref, PictureItem(file, picture.alt, caption, _now()))
        return ref

    async def send_video(
        self,
        to: ConversationKey,
        clip: Clip,
        caption: str,
        choices: Sequence[Choice] = (),
        *,
        key: str,
        asked: str = "",
    ) -> SentVideo:
        """Post a video that plays in the page."""
        ref = MessageRef(to, item_of_delivery(key))
        with _translated():
            item = await self._find(ref)
            if not isinstance(item, VideoItem):
                item = await self._video(clip, caption, choices)
                await self._put(ref, item)
        return SentVideo(ref, item.file.blob)

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        """Turn a message of ours into a video, in its place."""
        with _translated():
            old = await self._find(ref)
            if old is None:
                raise Refused("no such message of ours")
            if not _shows(old, clip):
                await self._put(ref, replace(await self._video(clip, caption, choices), time=old.time))

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a video as a download."""
        ref = MessageRef(to, item_of_delivery(key))
        with _translated():
            if await self._find(ref) is None:
                await self._put(ref, FileItem(await self._stored(clip), caption, _now()))
        return ref

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message, the bot's or the person's. Its files are out of reach at once and expire by themselves."""
        with _translated():
            await self._feed.remove(chat_of(ref.key), item_of_id(ref.id))

    async def answer(self, press: Press, text: str = "") -> None:
        """Show a short notice in the tab that pressed, and let its button go."""
        with _translated():
            notice = items.NoticeItem(press.ref, text, _now())
            await self._feed.put(chat_of(press.key), items.NOTICE, items.encode(notice))

    async def forget(self, to: ConversationKey) -> None:
        """Empty the chat in every tab, and drop the files that it showed."""
        with _translated():
            snapshot = await self._feed.snapshot(to.chat)
            for _, body in snapshot.items:
                item = items.decode(body)
                for blob in items.blobs_of(item) if item else ():
                    await self._blobs.remove(blob)
            await self._feed.forget(to.chat)

    def stream(self, to: ConversationKey) -> Draft | None:
        """Edits are cheap here: no draft is needed."""
        del to
        return None

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        """Show dots for some seconds. It is not worth an error."""
        body = items.encode(items.ActivityItem(what.value, _now()))
        try:
            await self._feed.put(chat_of(to), items.ACTIVITY, body)
        except StoreError:
            return

    @asynccontextmanager
    async def open(self, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of what a person handed in."""
        with _translated():
            known = await self._blobs.info(attachment.ref)
        if known is None:
            raise AttachmentGone(attachment.name)
        async with aclosing(self._read(attachment.ref)) as chunks:
            yield chunks

    async def let_go(self, attachments: Sequence[Attachment], seconds: float) -> None:
        """Keep what a person handed in for so long yet; see `ports.Keeper`."""
        with _translated():
            for attachment in attachments:
                with suppress(BlobGone):
                    await self._blobs.keep(attachment.ref, seconds)

    async def _read(self, blob: str) -> AsyncGenerator[bytes, None]:
        with _translated():
            async for chunk in self._blobs.read(blob):
                yield chunk

    def _remember(self, ref: MessageRef, body: bytes) -> None:
        self._written[ref] = body
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)

    async def _find(self, ref: MessageRef) -> Item | None:
        body = await self._feed.get(chat_of(ref.key), item_of_id(ref.id))
        return None if body is None else items.decode(body)

    async def _put(self, ref: MessageRef, item: Item) -> None:
        await self._feed.put(chat_of(ref.key), ref.id, items.encode(item))

    async def _store(self, data: AsyncIterator[bytes], mime: str, name: str) -> StoredFile:
        info = await self._blobs.put(data, mime=mime, name=name, seconds=self._keep)
        return StoredFile(info.id, info.name, info.mime, info.size)

    async def _stored(self, clip: Clip) -> StoredFile:
        match clip:
            case LocalClip(path=path):
                return await self._store(_chunks(path), "video/mp4", "photoreel.mp4")
            case SentClip(handle=handle):
                return await self._again(handle)
            case RemoteClip():
                raise Refused("the page loads nothing from elsewhere")  # its Content-Security-Policy; see LIMITS

    async def _again(self, blob: str) -> StoredFile:
        info = await self._blobs.info(blob)
        if info is None:
            raise Refused("that video is not kept any more")
        await self._blobs.keep(blob, self._keep)
        return StoredFile(info.id, info.name, info.mime, info.size)

    async def _video(self, clip: Clip, caption: str, choices: Sequence[Choice]) -> VideoItem:
        file = await self._stored(clip)
        thumbnail = clip.thumbnail if isinstance(clip, LocalClip) else None
        poster = (await self._store(_chunks(thumbnail), "image/jpeg", "poster.jpg")).blob if thumbnail else ""
        return VideoItem(
            file, poster, clip.width, clip.height, clip.seconds, caption, _now(), choices=buttons_of(choices)
        )


def _edited(body: bytes | None, text: str, choices: Sequence[Choice]) -> bytes:
    """What an item becomes by an edit. Raises `Refused` where there is none of ours."""
    match items.decode(body) if body is not None else None:
        case TextItem() | VideoItem() as item:
            return items.encode(replace(item, text=text, choices=buttons_of(choices)))
        case PictureItem() | FileItem() as item:
            return items.encode(replace(item, text=text))
        case _:
            raise Refused("no such message of ours")


def _shows(item: Item, clip: Clip) -> bool:
    """Whether the item is that very video already, from an earlier try whose answer was lost."""
    if not isinstance(item, VideoItem):
        return False
    return (item.file.size, item.width, item.height, item.seconds) == (clip.size, clip.width, clip.height, clip.seconds)


@contextmanager
def _translated() -> Iterator[None]:
    """The one place where the store's errors become a platform's."""
    try:
        yield
    except OutboundError:
        raise
    except QuotaReached as error:
        raise NoRoom(str(error)) from error
    except BlobGone as error:
        raise AttachmentGone(str(error)) from error
    except StoreError as error:
        # Every send here may be repeated with its key, so "later" is the whole truth, whatever became of this one.
        raise SlowDown(STORE_PAUSE) from error
    except OSError as error:
        raise Refused("the file cannot be read") from error


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes, read off the event loop."""
    read: Callable[[int], bytes]
    with await asyncio.to_thread(path.open, "rb") as file:
        read = file.read
        while chunk := await asyncio.to_thread(read, CHUNK):
            yield chunk


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
