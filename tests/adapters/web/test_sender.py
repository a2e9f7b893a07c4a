"""The web chat's way out: the contract of all platforms, seen as a page sees it, and what is special here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar
from uuid import uuid4

import pytest

from adapters.web.items import FileItem as DownloadItem
from adapters.web.items import Item, NoticeItem, OwnItem, PictureItem, TextItem, VideoItem, decode, encode
from adapters.web.sender import WebSender
from adapters.web.translate import id_of_item, inbound_id, item_of_id, item_of_own, key_of
from core.errors import NoRoom, Refused, SlowDown
from core.messages import (
    Activity,
    Attachment,
    ConversationKey,
    Kind,
    LocalClip,
    MessageRef,
    Press,
    RemoteClip,
    Sender,
    SentClip,
)
from core.ports import Blobs, Feed, Outbound
from core.store.blobs import ChunkBlobs, FolderBlobs
from core.store.connection import StoreSettings, open_store
from core.store.feed import StoreFeed, open_feed
from tests.adapters.contract import JPEG, MP4, OutboundContract, Seen
from tests.adapters.web.memory import MemoryBlobs, MemoryFeed
from tests.wire.valkey import Valkey, valkey

CHAT = "0123456789abcdef0123456789abcdef"
HERE = key_of(CHAT)


AFeed = TypeVar("AFeed", bound=Feed)
SomeBlobs = TypeVar("SomeBlobs", bound=Blobs)


@dataclass(slots=True)
class WebWorld(Generic[AFeed, SomeBlobs]):
    """A chat whose feed and blobs are read as the page reads them."""

    feed: AFeed
    blobs: SomeBlobs
    shows_bytes: bool = True
    shows_choices: bool = True
    can_delete: bool = True

    @property
    def outbound(self) -> Outbound:
        return WebSender(self.feed, self.blobs)

    @property
    def here(self) -> ConversationKey:
        return HERE

    async def items(self) -> dict[str, Item]:
        listed = (await self.feed.snapshot(CHAT)).items
        return {name: item for name, body in listed if (item := decode(body))}

    async def seen(self) -> Sequence[Seen]:
        items = await self.items()
        return [await self._seen(item, items) for item in items.values() if _is_of_the_bot(item)]

    async def _seen(self, item: Item, others: dict[str, Item]) -> Seen:
        match item:
            case TextItem():
                quoted = others.get(item.reply_to)
                answered = quoted.text if isinstance(quoted, OwnItem | TextItem) else ""
                return Seen(item.text, "text", tuple(choice.label for choice in item.choices), reply_to=answered)
            case VideoItem():
                data = await self._bytes(item.file.blob)
                return Seen(item.text, "video", tuple(choice.label for choice in item.choices), data)
            case PictureItem():
                return Seen(item.text, "picture", data=await self._bytes(item.file.blob))
            case DownloadItem():
                return Seen(item.text, "file", data=await self._bytes(item.file.blob))
            case _:
                raise AssertionError(item)

    async def _bytes(self, blob: str) -> bytes:
        return b"".join([chunk async for chunk in self.blobs.read(blob)])

    async def said(self, text: str) -> str:
        await self.feed.put(CHAT, item_of_own("11111111"), encode(OwnItem(text, 0, state="sent")))
        return inbound_id(CHAT, "11111111")

    async def handed_in(self, data: bytes, name: str) -> Attachment:
        info = await self.blobs.put(_once(data), mime="image/jpeg", name=name, seconds=60)
        return Attachment(Kind.PHOTO, info.id, name, info.mime, info.size)

    async def gone(self, attachment: Attachment) -> Attachment:
        await self.blobs.remove(attachment.ref)
        return attachment

    async def pressed(self, ref: MessageRef, token: str) -> Press:
        return Press(HERE, inbound_id(CHAT, "p1"), Sender(CHAT), datetime.now(UTC), token, ref, ref="p1")

    async def late(self, press: Press) -> Press:
        await self.feed.remove(CHAT, press.message.id)
        return press

    async def notices(self) -> Sequence[str]:
        return [item.text for item in (await self.items()).values() if isinstance(item, NoticeItem)]


def _is_of_the_bot(item: Item) -> bool:
    return isinstance(item, TextItem | VideoItem | PictureItem | DownloadItem)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


MemoryWorld: TypeAlias = WebWorld[MemoryFeed, MemoryBlobs]


@pytest.fixture
def world() -> MemoryWorld:
    """A chat of its own for each test."""
    return WebWorld(MemoryFeed(), MemoryBlobs())


class TestWebOutbound(OutboundContract):
    """The promises of the port, kept by the web chat."""


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey() as started:
        yield started


class TestWebOutboundOnTheStore(OutboundContract):
    """The same with the feed and the blobs of the product."""

    @pytest.fixture(params=[ChunkBlobs, FolderBlobs])
    async def world(
        self, request: pytest.FixtureRequest, server: Valkey, tmp_path: Path
    ) -> AsyncIterator[WebWorld[StoreFeed, ChunkBlobs | FolderBlobs]]:
        """A prefix of its own for each test; blobs as chunks and as files."""
        async with (
            open_store(StoreSettings(server.url, tmp_path, prefix=uuid4().hex)) as connection,
            open_feed(connection) as feed,
        ):
            in_folder = request.param is FolderBlobs
            quota = 10_000_000
            yield WebWorld(
                feed, FolderBlobs(tmp_path, connection, quota) if in_folder else ChunkBlobs(connection, quota)
            )


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    video, thumbnail = tmp_path / "done.mp4", tmp_path / "done.jpg"
    video.write_bytes(MP4)
    thumbnail.write_bytes(JPEG)
    return LocalClip(video, 1080, 1920, 15.5, len(MP4), thumbnail)


def the_only(items: dict[str, Item]) -> Item:
    (item,) = items.values()
    return item


def test_a_video_brings_its_facts_and_its_poster_and_stays_for_a_day(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        await world.outbound.send_video(HERE, clip, "done", key="k")
        item = the_only(await world.items())
        assert isinstance(item, VideoItem)
        assert (item.width, item.height, item.seconds, item.file.size) == (1080, 1920, 15.5, len(MP4))
        assert (item.file.mime, item.file.name) == ("video/mp4", "photoreel.mp4")
        assert b"".join([chunk async for chunk in world.blobs.read(item.poster)]) == JPEG
        assert world.blobs.kept_for == {item.file.blob: 86400.0, item.poster: 86400.0}

    asyncio.run(run())


def test_what_a_person_handed_in_is_kept_for_as_long_as_is_said_and_one_that_is_gone_is_no_trouble(
    world: MemoryWorld,
) -> None:
    async def run() -> None:
        info = await world.blobs.put(_once(JPEG), mime="image/jpeg", seconds=86400.0)
        refs = (info.id, "0" * 32)
        attachments = [Attachment(Kind.PHOTO, ref, "beach.jpg", "image/jpeg") for ref in refs]
        await WebSender(world.feed, world.blobs).let_go(attachments, 3600.0)
        assert world.blobs.kept_for[info.id] == 3600.0

    asyncio.run(run())


def test_repeating_a_delivery_stores_no_bytes_twice(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        ref = await world.outbound.send_text(HERE, "Rendering", key="s")
        for _ in range(3):
            await world.outbound.send_video(HERE, clip, "done", key="k")
            await world.outbound.send_file(HERE, clip, "done", key="f")
            await world.outbound.replace_by_video(ref, clip, "again")
        assert world.blobs.held == 3 * len(MP4) + 2 * len(JPEG)

    asyncio.run(run())


def test_a_repeat_after_an_edit_does_not_bring_the_old_text_back(world: MemoryWorld) -> None:
    async def run() -> None:
        ref = await world.outbound.send_text(HERE, "Connecting…", key="k")
        await world.outbound.edit_text(ref, "Rendering 40 %")
        await world.outbound.send_text(HERE, "Connecting…", key="k")
        assert [message.text for message in await world.seen()] == ["Rendering 40 %"]

    asyncio.run(run())


def test_an_edit_keeps_what_another_process_has_made_of_the_message(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        here, there = world.outbound, world.outbound
        ref = await here.send_text(HERE, "Rendering 40 %", key="k")
        await here.edit_text(ref, "Rendering 50 %")
        await there.replace_by_video(ref, clip, "done")
        await here.edit_text(ref, "still done")
        (message,) = await world.seen()
        assert (message.kind, message.text, message.data) == ("video", "still done", MP4)

    asyncio.run(run())


def test_a_forgotten_message_does_not_come_back_by_an_edit(world: MemoryWorld) -> None:
    async def run() -> None:
        outbound = world.outbound
        ref = await outbound.send_text(HERE, "Rendering 40 %", key="k")
        await outbound.forget(HERE)
        with pytest.raises(Refused):
            await outbound.edit_text(ref, "Rendering 50 %")
        assert await world.items() == {}

    asyncio.run(run())


def test_the_store_being_away_asks_for_patience(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        ref = await world.outbound.send_text(HERE, "before", key="k")
        press = await world.pressed(ref, "t")
        world.feed.away = world.blobs.away = True
        for call in (
            world.outbound.send_text(HERE, "x", key="1"),
            world.outbound.edit_text(ref, "x"),
            world.outbound.send_video(HERE, clip, "x", key="2"),
            world.outbound.replace_by_video(ref, clip, "x"),
            world.outbound.delete(ref),
            world.outbound.answer(press),
        ):
            with pytest.raises(SlowDown):
                await call
        await world.outbound.activity(HERE, Activity.TYPING)

    asyncio.run(run())


def test_a_full_store_is_told_as_such_and_not_as_a_file_too_large(clip: LocalClip) -> None:
    async def run() -> None:
        world = WebWorld(MemoryFeed(), MemoryBlobs(quota=100))
        with pytest.raises(NoRoom):
            await world.outbound.send_video(HERE, clip, "x", key="k")
        assert await world.items() == {}

    asyncio.run(run())


def test_what_can_never_succeed_is_refused(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        nowhere = MessageRef(HERE, "b-none")
        attempts = (
            world.outbound.edit_text(nowhere, "x"),
            world.outbound.replace_by_video(nowhere, clip, "x"),
            world.outbound.send_video(HERE, replace(clip, path=clip.path / "none"), "x", key="1"),
            world.outbound.send_video(HERE, RemoteClip("https://example.org/a.mp4", 1, 1, 1.0, 1), "x", key="2"),
            world.outbound.send_video(HERE, SentClip("expired", 1, 1, 1.0, 1), "x", key="3"),
        )
        for attempt in attempts:
            with pytest.raises(Refused):
                await attempt

    asyncio.run(run())


def test_a_persons_own_message_can_be_deleted_by_its_id(world: MemoryWorld) -> None:
    async def run() -> None:
        secret = await world.said("/link nmv_usr_secret")
        await world.outbound.delete(MessageRef(HERE, secret))
        assert await world.items() == {}

    asyncio.run(run())


def test_a_chat_that_is_forgotten_is_empty_and_its_files_are_gone(world: MemoryWorld, clip: LocalClip) -> None:
    async def run() -> None:
        await world.said("hello")
        await world.outbound.send_video(HERE, clip, "a video", key="1")
        [shown] = [item for item in (await world.items()).values() if isinstance(item, VideoItem)]
        await world.outbound.forget(HERE)
        assert await world.items() == {}
        assert await world.blobs.info(shown.file.blob) is None
        assert await world.blobs.info(shown.poster) is None

    asyncio.run(run())


def test_ids_go_there_and_back() -> None:
    for item in ("m-0a0a0a0a", "b-" + "f" * 32):
        assert item_of_id(id_of_item(CHAT, item)) == item
