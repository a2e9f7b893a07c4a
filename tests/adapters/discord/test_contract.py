"""Discord keeps the promises of the port: the contract of all platforms, against the strict local server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from adapters.discord.places import Handle, id_of_message, key_of, place_of
from core.messages import Attachment, ConversationKey, Kind, MessageRef, Press
from core.ports import Outbound
from tests.adapters.contract import OutboundContract, Seen
from tests.adapters.discord.eyes import seen
from tests.adapters.discord.office import Office
from tests.wire.discord.people import Person, Photo, labels
from tests.wire.discord.server import DiscordServer
from tests.wire.discord.world import Message


@dataclass(slots=True)
class DiscordWorld:
    """A DM with the bot, seen by the person."""

    office: Office
    person: Person
    shows_bytes: bool = True
    shows_choices: bool = True
    can_delete: bool = True

    @property
    def outbound(self) -> Outbound:
        return self.office.sender

    @property
    def here(self) -> ConversationKey:
        return key_of(self.person.dm.id)

    async def seen(self) -> Sequence[Seen]:
        return [_seen(one) for one in self.person.answers() if one.only_for is None]

    async def said(self, text: str) -> str:
        return id_of_message(self.person.says(text).id)

    async def handed_in(self, data: bytes, name: str) -> Attachment:
        message = self.person.says("look", files=[Photo(name, data)])
        (file,) = message.files
        handle = Handle(place_of(self.here), id_of_message(message.id), file.id)
        return Attachment(Kind.PHOTO, str(handle), file.name, file.mime, len(data))

    async def gone(self, attachment: Attachment) -> Attachment:
        number = Handle.read(attachment.ref).source
        self.person.removes(next(one for one in self.person.view() if str(one.id) == number))
        return attachment

    async def pressed(self, ref: MessageRef, token: str) -> Press:
        message = next(one for one in self.person.answers() if str(one.id) == ref.id)
        self.person.presses(message, custom_id=token)
        return await self.office.gets_press()

    async def late(self, press: Press) -> Press:
        self.office.server.times.token = 0.0
        return press

    async def notices(self) -> Sequence[str]:
        return [seen(one.content) for one in self.person.answers() if one.only_for is self.person.user]


def _seen(message: Message) -> Seen:
    answered = seen(message.reply_to.content) if message.reply_to else ""
    choices = tuple(labels(message))
    if not message.files:
        return Seen(seen(message.content), "text", choices, reply_to=answered)
    (file,) = message.files
    kind = "picture" if file.mime.startswith("image/") else "file" if "-file-" in file.name else "video"
    return Seen(seen(message.content), kind, choices, file.data, answered)


class TestDiscordOutbound(OutboundContract):
    """The promises of the port, kept by Discord."""

    @pytest.fixture
    async def world(self, office: Office, server: DiscordServer) -> AsyncIterator[DiscordWorld]:
        """A DM of its own for each test."""
        async with office.listening():
            yield DiscordWorld(office, server.person())
