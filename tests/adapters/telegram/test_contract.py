"""What every adapter's way out promises, kept by Telegram's over a strict server on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Update

from adapters.telegram.places import key_of, message_id, message_of
from adapters.telegram.speech import Me
from adapters.telegram.translate import Reader
from core.messages import Attachment, ConversationKey, InboundMessage, LocalClip, MessageRef, Press, Sender
from core.ports import Outbound
from tests.adapters.contract import MP4, OutboundContract, Seen
from tests.adapters.telegram.desk import Desk, desk
from tests.wire.films import clip_in
from tests.wire.telegram.chats import Message
from tests.wire.telegram.people import Person

KINDS = {"photo": "picture", "document": "file"}


@dataclass
class TelegramWorld:
    """`tests.adapters.contract.World`."""

    desk: Desk
    person: Person
    footage: bytes
    shows_bytes: bool = True
    shows_choices: bool = True
    can_delete: bool = True

    @property
    def outbound(self) -> Outbound:
        return self.desk.sender

    @property
    def here(self) -> ConversationKey:
        return key_of(self.person.id)

    async def seen(self) -> Sequence[Seen]:
        return [self._seen(message) for message in self.person.chat.bots]

    def _seen(self, message: Message) -> Seen:
        data = message.media[-1].data if message.media else b""
        # The contract's own film is none to a strict eye: a real one takes its part.
        data = MP4 if data == self.footage else data
        answered = message.reply_to.text if message.reply_to else ""
        return Seen(message.text, KINDS.get(message.kind, message.kind), tuple(message.labels), data, answered)

    async def said(self, text: str) -> str:
        return message_id(self.person.id, self.person.says(text).id)

    async def handed_in(self, data: bytes, name: str) -> Attachment:
        self.person.sends_document(data, name, "application/octet-stream")
        update = Update.de_json(self.desk.server.updates.sent[-1], None)
        inbound = Reader(Me(1, "bot"), ()).inbound_of(update, datetime.now(UTC))
        assert isinstance(inbound, InboundMessage)
        return inbound.attachments[0]

    async def gone(self, attachment: Attachment) -> Attachment:
        del self.desk.server.shelf.files[attachment.ref]
        return attachment

    async def pressed(self, ref: MessageRef, token: str) -> Press:
        target = message_of(ref.id)
        assert target is not None
        query = self.person.presses_data(self.person.chat.find(target[1], "gone"), token)
        return Press(self.here, f"press:{query.id}", Sender("1"), datetime.now(UTC), token, ref, query.id)

    async def late(self, press: Press) -> Press:
        self.desk.server.queries[press.ref].too_old = True
        return press

    async def notices(self) -> Sequence[str]:
        return [query.text for query in self.desk.server.queries.values() if query.text]


class TestTelegramOutbound(OutboundContract):
    """The contract."""

    @pytest.fixture
    def clip(self, tmp_path: Path) -> LocalClip:
        """A film with a thumbnail."""
        return clip_in(tmp_path, thumbnail=True)

    @pytest.fixture
    async def world(self, clip: LocalClip) -> AsyncIterator[TelegramWorld]:
        """A private chat."""
        async with desk() as hand:
            yield TelegramWorld(hand, hand.server.person("Alice"), clip.path.read_bytes())

    async def test_a_video_is_said_to_be_what_it_is(self, world: TelegramWorld, clip: LocalClip) -> None:
        world.desk.server.strict_videos = True
        await world.outbound.send_video(world.here, clip, "whole", key="k1")
        assert world.desk.server.wrong == []
        (message,) = world.person.chat.videos
        assert message.video is not None
        assert (message.video.width, message.video.height, message.video.seconds) == (320, 180, 1)
        assert message.video.thumbnail is not None

    async def test_a_replaced_status_is_a_whole_video_too(self, world: TelegramWorld, clip: LocalClip) -> None:
        world.desk.server.strict_videos = True
        ref = await world.outbound.send_text(world.here, "Rendering 99 %", key="k1")
        await world.outbound.replace_by_video(ref, clip, "sent again in case it did not arrive")
        assert world.desk.server.wrong == []

    async def test_a_file_is_left_alone(self, world: TelegramWorld, clip: LocalClip) -> None:
        await world.outbound.send_file(world.here, replace(clip, thumbnail=None), "as a file", key="k1")
        (call,) = world.desk.server.ledger.of("sendDocument")
        assert call.values["disable_content_type_detection"] is True
