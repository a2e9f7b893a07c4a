"""Chats, people and messages as the server knows them and as people see them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.wire.telegram.errors import Refusal, bad_request
from tests.wire.telegram.files import Footage, Stored

Buttons = list[list[dict[str, Any]]]

GENERAL = 1
"""The topic that every forum has."""


@dataclass(slots=True)
class Edit:
    """One change of a message: what it said before."""

    at: float
    kind: str
    text: str
    buttons: Buttons


@dataclass(slots=True)
class Message:
    """A message in a chat. `text` is the caption where `kind` is not text."""

    id: int
    chat: Chat
    sender: dict[str, Any]
    text: str = ""
    kind: str = "text"
    mine: bool = False
    media: list[Stored] = field(default_factory=list)
    footage: Footage | None = None
    buttons: Buttons = field(default_factory=list)
    thread: int = 0
    reply_to: Message | None = None
    album: str = ""
    silent: bool = False
    date: int = field(default_factory=lambda: int(time.time()))
    at: float = field(default_factory=time.monotonic)
    edits: list[Edit] = field(default_factory=list)
    deleted: bool = False
    entities: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """What the buttons say."""
        return [button["text"] for row in self.buttons for button in row]

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.media[-1].data

    @property
    def video(self) -> Stored | None:
        """The video, if it is one."""
        return self.media[-1] if self.kind == "video" else None

    def wire(self, *, shallow: bool = False) -> dict[str, Any]:
        """As it stands in an update or an answer."""
        body: dict[str, Any] = {"message_id": self.id, "date": self.date, "chat": self.chat.wire(), **self.sender}
        body |= self._content() | self._place() | self.extra
        if self.reply_to and not shallow:
            body["reply_to_message"] = self.reply_to.wire(shallow=True)
        if self.edits:
            body["edit_date"] = int(time.time())
        if self.buttons:
            body["reply_markup"] = {"inline_keyboard": self.buttons}
        return body

    def _content(self) -> dict[str, Any]:
        if self.kind == "service":
            return {}
        if self.kind == "text":
            return {"text": self.text} | ({"entities": self.entities} if self.entities else {})
        body: dict[str, Any] = {self.kind: self.media[-1].wire()}
        if self.kind == "photo":
            body = {"photo": [size.wire() for size in self.media]}
        if self.kind == "animation":
            body["document"] = body["animation"]
        if self.album:
            body["media_group_id"] = self.album
        if self.text:
            body |= {"caption": self.text} | ({"caption_entities": self.entities} if self.entities else {})
        return body

    def _place(self) -> dict[str, Any]:
        if self.thread and self.thread != GENERAL:
            return {"message_thread_id": self.thread, "is_topic_message": True}
        if self.chat.kind == "supergroup" and not self.chat.forum and self.reply_to:
            return {"message_thread_id": self.reply_to.id}  # the root of the replies, and no topic
        return {}


@dataclass(slots=True)
class Chat:
    """A chat. `refusal` is what the bot gets to hear where it may not write."""

    id: int
    kind: str
    names: dict[str, Any]
    ids: Iterator[int]
    forum: bool = False
    refusal: Refusal | None = None
    bot_status: str = "member"
    statuses: dict[int, str] = field(default_factory=dict)
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    drafts: list[tuple[float, int, str]] = field(default_factory=list)
    actions: list[tuple[float, str]] = field(default_factory=list)
    draftable: bool = True

    @property
    def private(self) -> bool:
        """Whether it is the chat with one person."""
        return self.kind == "private"

    @property
    def shown(self) -> list[Message]:
        """What a person sees now, in order."""
        return [message for message in self.messages if not message.deleted]

    @property
    def bots(self) -> list[Message]:
        """What the bot has written and not deleted."""
        return [message for message in self.shown if message.mine]

    @property
    def videos(self) -> list[Message]:
        """The bot's videos."""
        return [message for message in self.bots if message.kind == "video"]

    @property
    def texts(self) -> list[str]:
        """What the bot's messages say."""
        return [message.text for message in self.bots]

    def wire(self) -> dict[str, Any]:
        """As it stands in a message."""
        return {"id": self.id, "type": self.kind, **self.names} | ({"is_forum": True} if self.forum else {})

    def add(self, **told: Any) -> Message:
        """A new message."""
        message = Message(next(self.ids), self, **told)
        self.messages.append(message)
        return message

    def find(self, message_id: int, description: str) -> Message:
        """The message, unless it is gone. Raises `Refusal`."""
        found = next((message for message in self.messages if message.id == message_id), None)
        if found is None or found.deleted:
            raise bad_request(description)
        return found

    def thread_of(self, asked: int | None) -> int:
        """The topic that is written to. Raises `Refusal` for one that is not there."""
        if asked is None:
            return GENERAL if self.forum else 0
        if not self.forum or asked not in self.topics:
            raise bad_request("message thread not found")
        if asked in self.closed_topics:
            raise bad_request("TOPIC_CLOSED")
        return asked


def counting(first: int = 1) -> Iterator[int]:
    """Ids, one after the other."""
    return itertools.count(first)
