"""Where people write: chats of a platform as a campaign needs them. A platform is one class here."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from adapters.telegram import places
from adapters.web.translate import chat_of_cookie, inbound_id, item_of_delivery, key_of
from core.messages import ConversationKey
from tests.wire.telegram.chats import Message
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi

PAUSE = 0.1  # seconds before somebody tries again
COOKIE_CHARS = 43


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot's as it stands in the chat at the end."""

    id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    video: bool = False


class Chat(Protocol):
    """One chat. The number of a message is its place in the chat."""

    @property
    def key(self) -> ConversationKey:
        """The conversation, as the core names it."""
        ...

    def inbound_id(self, number: int) -> str:
        """The id under which the core knows the message."""
        ...

    def delivery(self, key: str) -> str:
        """The id of the message that a delivery key becomes."""
        ...

    async def post(self, number: int, text: str, copies: int) -> None:
        """Hand the message over, more than once if so wished. Returns when it was accepted."""
        ...

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button. Returns when it was accepted."""
        ...

    async def said(self) -> Sequence[Said]:
        """What the bot has said, in order."""
        ...


@dataclass(slots=True)
class WebChat:
    """A chat of the web page, through whichever of the servers answers."""

    addresses: Callable[[], Sequence[str]]
    chance: random.Random
    cookie: str = ""
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=5.0, trust_env=False))

    def __post_init__(self) -> None:
        self.cookie = "".join(self.chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=COOKIE_CHARS))

    @property
    def chat(self) -> str:
        """The chat's own id."""
        return chat_of_cookie(self.cookie)

    @property
    def key(self) -> ConversationKey:
        """The conversation."""
        return key_of(self.chat)

    def inbound_id(self, number: int) -> str:
        """The id under which the core knows the message."""
        return inbound_id(self.chat, f"message-{number}")

    def delivery(self, key: str) -> str:
        """An item of the feed."""
        return item_of_delivery(key)

    async def post(self, number: int, text: str, copies: int) -> None:
        """All copies at once, each through any of the servers; whoever gets no answer tries again with the same id."""
        body = {"id": f"message-{number}", "text": text, "files": []}
        await asyncio.gather(*(self._until_accepted("/api/messages", body) for _ in range(copies)))

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button."""
        token = next(token for shown, token in said.buttons if shown == label)
        await self._until_accepted("/api/press", {"id": f"press-{number:04d}", "message": said.id, "token": token})

    async def said(self) -> Sequence[Said]:
        """The bot's items in a fresh snapshot."""
        while True:
            with suppress(httpx.HTTPError, OSError):
                return [_said(one) for one in await self._snapshot() if one["item"].startswith("b-")]
            await asyncio.sleep(PAUSE)

    async def _until_accepted(self, path: str, body: dict[str, Any]) -> None:
        while True:
            address = self.chance.choice(self.addresses())
            with suppress(httpx.HTTPError, OSError):
                reply = await self.http.post(address + path, json=body, headers=self._headers(address))
                if reply.status_code == 202:
                    return
                assert reply.status_code in (429, 503), reply.text
            await asyncio.sleep(PAUSE)

    async def _snapshot(self) -> list[dict[str, Any]]:
        address = self.chance.choice(self.addresses())
        async with self.http.stream("GET", address + "/api/events", headers=self._headers(address)) as reply:
            async for line in reply.aiter_lines():
                if line.startswith("data: {"):
                    items: list[dict[str, Any]] = json.loads(line[6:])["items"]
                    return items
        raise httpx.ReadError("no snapshot")

    def _headers(self, address: str) -> dict[str, str]:
        return {"origin": address, "cookie": f"photoreel_chat={self.cookie}"}


@dataclass(slots=True)
class BotChat:
    """A private chat with the bot on a chat platform's server. Accepted is what the platform was told has arrived."""

    server: BotApi
    person: Person
    sent: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> ConversationKey:
        """The conversation."""
        return places.key_of(self.person.chat.id)

    def inbound_id(self, number: int) -> str:
        """The id under which the core knows the message."""
        return self.sent.get(number, "")

    def delivery(self, key: str) -> str:
        """What it becomes is for the platform to say."""
        return ""

    async def post(self, number: int, text: str, copies: int) -> None:
        """The same message in as many updates."""
        message = self.person.says(text)
        self.sent[number] = places.message_id(message.chat.id, message.id)
        update = self.server.updates.sent[-1]
        body = {name: value for name, value in update.items() if name != "update_id"}
        ids = [update["update_id"], *(self.server.updates.put_raw(body) for _ in range(copies - 1))]
        await self._confirmed(ids)

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button."""
        message = next(one for one in self.person.chat.bots if _id_of(one) == said.id)
        self.person.presses(message, label)
        await self._confirmed([self.server.updates.sent[-1]["update_id"]])

    async def said(self) -> Sequence[Said]:
        """What stands in the chat."""
        return [
            Said(_id_of(one), one.text, tuple((label, "") for label in one.labels), one.kind == "video")
            for one in self.person.chat.bots
        ]

    async def _confirmed(self, ids: Sequence[int]) -> None:
        while not self.server.updates.confirmed.keys() >= set(ids):
            await asyncio.sleep(PAUSE)


def _id_of(message: Message) -> str:
    return places.message_id(message.chat.id, message.id)


def _said(entry: dict[str, Any]) -> Said:
    body = entry["body"]
    buttons = tuple((one["label"], one["token"]) for one in body.get("choices", ()))
    return Said(entry["item"], body.get("text", ""), buttons, body["kind"] == "video")
