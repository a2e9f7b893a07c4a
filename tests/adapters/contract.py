"""What every adapter's way out promises, as tests: subclass `OutboundContract` and give it a `world`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest

from core.errors import AttachmentGone
from core.messages import (
    Activity,
    Attachment,
    Choice,
    ConversationKey,
    LocalClip,
    MessageRef,
    Picture,
    Press,
    SentClip,
)
from core.ports import Outbound

# A 1×1 PNG and the shortest thing that is an MP4 to every platform's eye: bytes that arrive unchanged are the point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8dfa0f01f0006c0029f1037d4e20000000049454e44ae426082"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x00\x08free" * 500
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 200 + b"\xff\xd9"

CHOICES = (Choice("9:16", "tall"), Choice("Title", "title", asks="What should it say?"))

AWKWARD_TEXTS = {
    "markdown": "*bold* _it_ `code` [a](https://example.org/x) # no heading ~~no~~ ||no||",
    "html": '<b>5 < 6 & "7"</b> &amp; <script>alert(1)</script>',
    "right to left": "عنوان: «لشبونة» 2026 – שלום",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ⏳ Still working... (2 min)",
    "chinese": "把第二张照片放在最前面，标题“里斯本”。",
    "mentions": "@everyone @here @channel <@123456789> /start",
    "lines": "first\n\nthird\n  indented",
    "backslashes": r"C:\photos\new %20 {0} $1 \u0041",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the bot's as a person sees it. `kind` is "text", "picture", "video" or "file"; `data` the bytes
    of what it shows; `choices` the labels of its buttons; `reply_to` the text of the message it answers."""

    text: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    data: bytes = b""
    reply_to: str = ""


class World(Protocol):
    """A place on a platform, seen from outside. An adapter's tests make one over a fake at the wire.

    Set `shows_bytes`, `shows_choices` or `can_delete` to False where a platform has no such thing.
    """

    shows_bytes: bool
    shows_choices: bool
    can_delete: bool

    @property
    def outbound(self) -> Outbound:
        """The way out under test."""
        ...

    @property
    def here(self) -> ConversationKey:
        """A private place where a person is."""
        ...

    async def seen(self) -> Sequence[Seen]:
        """The bot's messages there, oldest first, as they are now."""
        ...

    async def said(self, text: str) -> str:
        """A person says something there; returns the `InboundMessage.id`."""
        ...

    async def handed_in(self, data: bytes, name: str) -> Attachment:
        """A person hands in a file there."""
        ...

    async def gone(self, attachment: Attachment) -> Attachment:
        """The same handle after the platform has forgotten the file."""
        ...

    async def pressed(self, ref: MessageRef, token: str) -> Press:
        """A person presses a button of a message."""
        ...

    async def late(self, press: Press) -> Press:
        """The same press after the platform takes no answer to it any more."""
        ...

    async def notices(self) -> Sequence[str]:
        """What pressing persons were told, and nobody else."""
        ...


@pytest.mark.anyio
class OutboundContract:
    """Subclass it as `TestMyOutbound` and define a fixture `world` that returns a `World`."""

    @pytest.fixture
    def clip(self, tmp_path: Path) -> LocalClip:
        """A video on the disk, with a thumbnail."""
        video, thumbnail = tmp_path / "done.mp4", tmp_path / "done.jpg"
        video.write_bytes(MP4)
        thumbnail.write_bytes(JPEG)
        return LocalClip(video, 1920, 1080, 15.5, len(MP4), thumbnail)

    # --- text ---

    async def test_a_text_is_seen_as_it_is_with_its_buttons(self, world: World) -> None:
        await world.outbound.send_text(world.here, "Got 3 photos", CHOICES, key="k1")
        (message,) = await world.seen()
        assert message.text == "Got 3 photos"
        assert message.choices == (("9:16", "Title") if world.shows_choices else ())

    @pytest.mark.parametrize("text", AWKWARD_TEXTS.values(), ids=AWKWARD_TEXTS)
    async def test_no_markup_is_interpreted(self, world: World, text: str) -> None:
        await world.outbound.send_text(world.here, text, key="k1")
        assert [message.text for message in await world.seen()] == [text]

    @pytest.mark.parametrize("text", AWKWARD_TEXTS.values(), ids=AWKWARD_TEXTS)
    async def test_no_markup_is_interpreted_in_an_edit(self, world: World, text: str) -> None:
        ref = await world.outbound.send_text(world.here, "before", key="k1")
        await world.outbound.edit_text(ref, text)
        assert [message.text for message in await world.seen()] == [text]

    @pytest.mark.parametrize("letter", ["x", "é", "把", "&", "<"])
    async def test_a_text_as_long_as_the_limit_arrives_whole(self, world: World, letter: str) -> None:
        limits = await world.outbound.limits(world.here)
        await world.outbound.send_text(world.here, letter * limits.text_chars, key="k1")
        assert [message.text for message in await world.seen()] == [letter * limits.text_chars]

    async def test_the_same_key_twice_leaves_one_message(self, world: World) -> None:
        first = await world.outbound.send_text(world.here, "once", key="k1")
        second = await world.outbound.send_text(world.here, "once", key="k1")
        assert first == second
        assert len(await world.seen()) == 1

    async def test_two_keys_are_two_messages_in_order(self, world: World) -> None:
        await world.outbound.send_text(world.here, "one", key="k1")
        await world.outbound.send_text(world.here, "two", key="k2")
        assert [message.text for message in await world.seen()] == ["one", "two"]

    async def test_an_answer_stands_with_what_it_answers(self, world: World) -> None:
        asked = await world.said("make it slower")
        await world.outbound.send_text(world.here, "Noted, next in line", key="k1", reply_to=asked)
        (message,) = await world.seen()
        assert message.reply_to == "make it slower"

    # --- edits ---

    async def test_an_edit_replaces_text_and_buttons_in_place(self, world: World) -> None:
        status = await world.outbound.send_text(world.here, "Connecting…", CHOICES, key="k1")
        await world.outbound.send_text(world.here, "below", key="k2")
        await world.outbound.edit_text(status, "Rendering 40 %", (Choice("Stop", "stop"),))
        messages = await world.seen()
        assert [message.text for message in messages] == ["Rendering 40 %", "below"]
        assert messages[0].choices == (("Stop",) if world.shows_choices else ())

    async def test_an_edit_without_buttons_takes_them_away(self, world: World) -> None:
        ref = await world.outbound.send_text(world.here, "What should I make?", CHOICES, key="k1")
        await world.outbound.edit_text(ref, "On it")
        assert (await world.seen())[0].choices == ()

    async def test_an_edit_that_changes_nothing_is_success(self, world: World) -> None:
        ref = await world.outbound.send_text(world.here, "same", CHOICES, key="k1")
        await world.outbound.edit_text(ref, "same", CHOICES)
        await world.outbound.edit_text(ref, "same", CHOICES)
        assert [message.text for message in await world.seen()] == ["same"]

    # --- pictures, videos, files ---

    async def test_a_picture_arrives_with_its_caption(self, world: World) -> None:
        picture = Picture(PNG, "image/png", "the timeline")
        await world.outbound.send_picture(world.here, picture, "Timeline (3 tracks) <&>", key="k1")
        await world.outbound.send_picture(world.here, picture, "Timeline (3 tracks) <&>", key="k1")
        (message,) = await world.seen()
        assert (message.kind, message.text) == ("picture", "Timeline (3 tracks) <&>")
        assert not world.shows_bytes or message.data == PNG

    async def test_a_video_arrives_with_caption_and_buttons(self, world: World, clip: LocalClip) -> None:
        await world.outbound.send_video(world.here, clip, "Slideshow, *15 s*", CHOICES, key="k1")
        (message,) = await world.seen()
        assert (message.kind, message.text) == ("video", "Slideshow, *15 s*")
        assert message.choices == (("9:16", "Title") if world.shows_choices else ())
        assert not world.shows_bytes or message.data == MP4

    async def test_a_video_without_thumbnail_arrives_too(self, world: World, clip: LocalClip) -> None:
        await world.outbound.send_video(world.here, replace(clip, thumbnail=None), "no poster", key="k1")
        assert [message.kind for message in await world.seen()] == ["video"]

    async def test_the_same_key_twice_leaves_one_video(self, world: World, clip: LocalClip) -> None:
        first = await world.outbound.send_video(world.here, clip, "once", key="k1")
        second = await world.outbound.send_video(world.here, clip, "once", key="k1")
        assert first.ref == second.ref
        assert [message.kind for message in await world.seen()] == ["video"]

    async def test_a_handle_posts_a_video_again_without_bytes(self, world: World, clip: LocalClip) -> None:
        sent = await world.outbound.send_video(world.here, clip, "first", key="k1")
        if not sent.handle:
            pytest.skip("this platform has no handles")
        again = SentClip(sent.handle, clip.width, clip.height, clip.seconds, clip.size)
        await world.outbound.send_video(world.here, again, "second", key="k2")
        messages = await world.seen()
        assert [(message.kind, message.text) for message in messages] == [("video", "first"), ("video", "second")]
        assert messages[0].data == messages[1].data

    async def test_the_buttons_of_a_video_can_be_taken_away(self, world: World, clip: LocalClip) -> None:
        sent = await world.outbound.send_video(world.here, clip, "caption", CHOICES, key="k1")
        await world.outbound.edit_text(sent.ref, "caption")
        (message,) = await world.seen()
        assert (message.kind, message.text, message.choices) == ("video", "caption", ())

    async def test_a_status_message_becomes_a_video_where_that_is_promised(self, world: World, clip: LocalClip) -> None:
        limits = await world.outbound.limits(world.here)
        if not limits.can_replace_text_by_video:
            pytest.skip("this platform does not promise it")
        ref = await world.outbound.send_text(world.here, "Rendering 99 %", key="k1")
        await world.outbound.replace_by_video(ref, clip, "sent again in case it did not arrive")
        await world.outbound.replace_by_video(ref, clip, "sent again in case it did not arrive")
        (message,) = await world.seen()
        assert (message.kind, message.text) == ("video", "sent again in case it did not arrive")

    async def test_a_file_arrives_unchanged(self, world: World, clip: LocalClip) -> None:
        await world.outbound.send_file(world.here, clip, "as a file", key="k1")
        await world.outbound.send_file(world.here, clip, "as a file", key="k1")
        (message,) = await world.seen()
        assert (message.kind, message.text) == ("file", "as a file")
        assert not world.shows_bytes or message.data == MP4

    # --- deleting, pressing, reading ---

    async def test_deleting_twice_is_success(self, world: World) -> None:
        ref = await world.outbound.send_text(world.here, "away with it", key="k1")
        await world.outbound.delete(ref)
        await world.outbound.delete(ref)
        assert not world.can_delete or list(await world.seen()) == []

    async def test_a_press_is_answered_to_the_presser_alone(self, world: World) -> None:
        if not world.shows_choices:
            pytest.skip("this platform has no buttons")
        ref = await world.outbound.send_text(world.here, "choose", CHOICES, key="k1")
        press = await world.pressed(ref, "tall")
        await world.outbound.answer(press, "The project has moved on")
        assert list(await world.notices()) == ["The project has moved on"]
        assert [message.text for message in await world.seen()] == ["choose"]

    async def test_an_answer_that_comes_too_late_is_success(self, world: World) -> None:
        if not world.shows_choices:
            pytest.skip("this platform has no buttons")
        ref = await world.outbound.send_text(world.here, "choose", CHOICES, key="k1")
        press = await world.late(await world.pressed(ref, "tall"))
        await world.outbound.answer(press)
        await world.outbound.answer(press, "too late")

    async def test_activity_is_never_an_error(self, world: World) -> None:
        for what in Activity:
            await world.outbound.activity(world.here, what)
        assert list(await world.seen()) == []

    async def test_what_was_handed_in_can_be_read(self, world: World) -> None:
        data = bytes(range(256)) * 2000
        attachment = await world.handed_in(data, "photo ☃ \u202ejpg.exe.jpg")
        async with world.outbound.open(attachment) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == data

    async def test_reading_may_be_given_up_half_way(self, world: World) -> None:
        attachment = await world.handed_in(bytes(300_000), "photo.jpg")
        async with world.outbound.open(attachment) as chunks:
            assert await anext(chunks)
        async with world.outbound.open(attachment) as chunks:
            assert sum([len(chunk) async for chunk in chunks]) == 300_000

    async def test_a_handle_that_opens_nothing_any_more_is_a_fact(self, world: World) -> None:
        attachment = await world.gone(await world.handed_in(b"bytes", "photo.jpg"))
        with pytest.raises(AttachmentGone):
            async with world.outbound.open(attachment):
                pytest.fail("said only while reading: an upload of it would have begun by then")

    # --- what the place says of itself ---

    async def test_limits_are_sane(self, world: World) -> None:
        limits = await world.outbound.limits(world.here)
        assert limits.text_chars >= 200
        assert limits.caption_chars >= 100
        assert limits.upload_bytes >= 1_000_000
        assert limits.download_bytes is None or limits.download_bytes >= 1_000_000
        assert 0 <= limits.edit_interval <= 10
        assert limits.attachments >= 1
        assert limits.one_shot or (limits.choices >= 5 and limits.choice_chars >= 20)
        assert 0 <= limits.video_by_url <= 10 * limits.upload_bytes

    async def test_as_many_buttons_as_promised_are_shown(self, world: World) -> None:
        limits = await world.outbound.limits(world.here)
        if not world.shows_choices:
            pytest.skip("this platform has no buttons")
        labels = tuple(f"{number}".ljust(limits.choice_chars, "x") for number in range(limits.choices))
        choices = [Choice(label, f"{number:032}") for number, label in enumerate(labels)]
        await world.outbound.send_text(world.here, "choose", choices, key="k1")
        assert (await world.seen())[0].choices == labels
