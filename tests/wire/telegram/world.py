"""The bot's world: its chats, people, files and updates, and the rules by which it may write somewhere."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.wire.telegram.chats import Chat, counting
from tests.wire.telegram.errors import bad_request
from tests.wire.telegram.faults import Faults
from tests.wire.telegram.files import Shelf, Stored
from tests.wire.telegram.floods import Floods
from tests.wire.telegram.ledger import Ledger
from tests.wire.telegram.updates import Updates

BOT = 4_200_000_001
TOKEN = f"{BOT}:AAE-a-made-up-token-for-tests-000000"
"""The token of the bot, made up."""


@dataclass
class Query:
    """A press that waits for its answer."""

    id: str
    chat: int
    by: str = ""
    label: str = ""
    text: str | None = None
    alert: bool = False
    answered: bool = False
    too_old: bool = False
    at: float = field(default_factory=time.monotonic)


@dataclass
class World:
    """Everything but HTTP. `wrong` is what a careful person would not let pass, though the server does.

    `local` is the local server's mode; `silent_is_animation` makes an animation of a video without sound, which has
    been seen; `secure_webhooks` are those with https only, also on loopback;
    `drafts` is whether chats take any.
    """

    folder: Path
    token: str = TOKEN
    username: str = "photoreel_test_bot"
    privacy: bool = True
    joins_groups: bool = True
    local: bool = False
    strict_videos: bool = True
    secure_webhooks: bool = False
    silent_is_animation: bool = False
    drafts: bool = True
    chats: dict[int, Chat] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    updates: Updates = field(default_factory=Updates)
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    floods: Floods = field(default_factory=Floods)
    profile: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=counting)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def me(self) -> dict[str, Any]:
        """The bot as a user."""
        return {"id": BOT, "is_bot": True, "first_name": "Photoreel", "username": self.username}

    def chat(self, chat_id: int) -> Chat:
        """The chat of this id."""
        return self.chats[chat_id]

    def known(self, asked: int | str) -> Chat:
        """The chat that a call names. Raises `Refusal`."""
        for chat in self.chats.values():
            if asked == chat.id or (isinstance(asked, str) and asked == f"@{chat.names.get('username', '')}"):
                return chat
        raise bad_request("chat not found")

    def reachable(self, asked: int | str) -> Chat:
        """The chat that a call names, where the bot may write. Raises `Refusal`."""
        chat = self.known(asked)
        if chat.refusal:
            raise chat.refusal
        return chat

    def on_disk(self, stored: Stored) -> Path:
        """The file as the local mode hands it out: in a folder that is named after the token."""
        path = self.folder / self.token / stored.path
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                out.writelines(stored.pieces())
        return path
