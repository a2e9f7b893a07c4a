"""Where people write: chats of a platform as a campaign needs them, and the platform itself. The page is one."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from adapters.web.translate import chat_of_cookie, inbound_id, item_of_delivery, key_of
from core.messages import ConversationKey

PAUSE = 0.1  # seconds before somebody tries again
COOKIE_CHARS = 43


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot's as it stands in the chat at the end."""

    id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    video: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes: which message of the chat it is, its text, the photo that goes with it if there is one, and
    how often the platform brings it."""

    number: int
    text: str
    photo: bytes = b""
    copies: int = 1


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
        """The id of the message that a delivery key becomes; empty where that is for the platform to say."""
        ...

    async def post(self, words: Words) -> bool:
        """Hand a message over. Returns whether it was accepted."""
        ...

    def unstarted(self, number: int, deaths: Sequence[float]) -> bool:
        """Whether the person was told, later, that nothing was begun; or could tell by the silence, if one of the
        receiving processes died at the time. `deaths` are of the monotonic clock."""
        ...

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button. Returns when it was accepted."""
        ...

    async def said(self) -> Sequence[Said]:
        """What the bot has said, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Witness:
    """What a platform's own server has seen: calls that a careful person would not have made (`wrong`), calls before a
    pause that it had ordered was over (`early`), every address that was called, with the headers that have no right to
    a secret; and the platform's secrets."""

    wrong: Sequence[str] = ()
    early: Sequence[str] = ()
    addresses: Sequence[str] = ()
    secrets: Sequence[str] = ()


class Platform(Protocol):
    """A chat platform for the time of a campaign."""

    @property
    def url(self) -> str:
        """Where its server is."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """How the processes reach it."""
        ...

    def chats(self, count: int, seed: str) -> Sequence[Chat]:
        """So many chats of new people with the bot."""
        ...

    def pause(self, chance: random.Random, seconds: int) -> None:
        """Order a pause of whoever writes next."""
        ...

    def witness(self) -> Witness:
        """What was seen so far."""
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

    def unstarted(self, number: int, deaths: Sequence[float]) -> bool:
        """What was accepted is begun."""
        return False

    async def post(self, words: Words) -> bool:
        """All copies at once, each through any of the servers; whoever gets no answer tries again with the same id."""
        files = [await self._hand_in(words)] if words.photo else []
        body = {"id": f"message-{words.number}", "text": words.text, "files": files}
        await asyncio.gather(*(self._until_accepted("/api/messages", 202, json=body) for _ in range(words.copies)))
        return True

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button."""
        token = next(token for shown, token in said.buttons if shown == label)
        body = {"id": f"press-{number:04d}", "message": said.id, "token": token}
        await self._until_accepted("/api/press", 202, json=body)

    async def said(self) -> Sequence[Said]:
        """The bot's items in a fresh snapshot."""
        while True:
            with suppress(httpx.HTTPError, OSError):
                return [_said(one) for one in await self._snapshot() if one["item"].startswith("b-")]
            await asyncio.sleep(PAUSE)

    async def _hand_in(self, words: Words) -> str:
        headers = {"x-file-name": f"photo-{words.number}.jpg", "content-type": "application/octet-stream"}
        reply = await self._until_accepted("/api/files", 201, content=words.photo, headers=headers)
        return str(reply.json()["id"])

    async def _until_accepted(
        self, path: str, status: int, *, headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        while True:
            address = self.chance.choice(self.addresses())
            with suppress(httpx.HTTPError, OSError):
                known = {**self._headers(address), **(headers or {})}
                reply = await self.http.post(address + path, headers=known, **body)
                if reply.status_code == status:
                    return reply
                assert reply.status_code in (408, 429, 503), reply.text
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


def _said(entry: dict[str, Any]) -> Said:
    body = entry["body"]
    buttons = tuple((one["label"], one["token"]) for one in body.get("choices", ()))
    return Said(entry["item"], body.get("text", ""), buttons, body["kind"] == "video")
