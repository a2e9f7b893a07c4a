"""Where conversations' records and the buttons' meanings are kept."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import structlog

from core.messages import Attachment, ConversationKey
from core.records import Asked, Button, Preferences, Project, Record, StoredFile, Video
from core.store.codec import read, write
from core.store.connection import Connection, translated
from core.store.keys import Keys, name_of

log = structlog.get_logger(__name__)

FIELDS: Mapping[str, Any] = {
    "project": Project,
    "files": tuple[StoredFile, ...],
    "pending": tuple[Attachment, ...],
    "video": Video,
    "preferences": Preferences,
    "asked": Asked,
    "album": str,
    "wish": str,
    "revision": int,
    "tips": tuple[str, ...],
}
BUTTON_SECONDS = 30 * 24 * 3600


def written(**fields: Any) -> dict[str, str]:
    """Fields of a `Record` as the store keeps them; None removes one. For `Lease.save(record=…)`."""
    return {
        name: "" if value is None else write(value, FIELDS[name]).decode()
        for name, value in fields.items()
        if name in FIELDS
    }


def pairs(**fields: Any) -> list[Any]:
    """`written` as a flat list of names and values."""
    return [part for pair in written(**fields).items() for part in pair]


def _readable(name: str, text: bytes) -> Any:
    """None for what another version wrote and this one cannot read: as if it had never been there."""
    try:
        return read(FIELDS[name], text)
    except ValueError as error:
        log.warning("field_unreadable", field=name, error=type(error).__name__)
        return None


class Records:
    """Reads the records of conversations. What a turn changes is written through its lease; the methods here that write
    are for the control lane, each on a field that only people change."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._redis = connection.commands
        self._keys = keys

    async def load(self, key: ConversationKey) -> Record:
        """What is remembered; an empty record for a conversation that is new."""
        with translated():
            fields: Any = await self._redis.hgetall(self._record(key))
        known = {name.decode(): value for name, value in fields.items() if name.decode() in FIELDS}
        return Record(**{name: value for name, text in known.items() if (value := _readable(name, text)) is not None})

    async def prefer(self, key: ConversationKey, preferences: Preferences) -> None:
        """Remember what people have set."""
        with translated():
            await self._redis.hset(self._record(key), items=pairs(preferences=preferences))

    async def ask(self, key: ConversationKey, asked: Asked) -> None:
        """Remember that a question has been put."""
        with translated():
            await self._redis.hset(self._record(key), items=pairs(asked=asked))

    async def erase(self, key: ConversationKey) -> None:
        """Forget the conversation."""
        with translated():
            await self._redis.delete(self._record(key))

    async def wipe(self) -> None:
        """Forget everything under this prefix: what a single shot leaves behind is of no use to anybody."""
        with translated():
            async for key in self._redis.scan_iter(match=f"{self._keys.prefix}:*", count=1000):
                await self._redis.delete(key)

    async def move(self, old: ConversationKey, new: ConversationKey) -> None:
        """Let the project live on under another key, unless there is one already."""
        with translated():
            fields: Any = await self._redis.hgetall(self._record(old))
            if fields and not await self._redis.exists(self._record(new)):
                await self._redis.hset(self._record(new), mapping=fields)
            await self._redis.delete(self._record(old))

    # --- buttons ------------------------------------------------------------------------------------------------------

    async def keep_button(self, key: ConversationKey, seed: str, button: Button) -> str:
        """Remember a button; returns its token. The same `seed` gives the same token."""
        token = blake2b(f"{name_of(key)}\0{seed}".encode(), digest_size=12).hexdigest()
        with translated():
            await self._redis.set(self._button(key, token), write(button), ex=BUTTON_SECONDS)
        return token

    async def button(self, key: ConversationKey, token: str) -> Button | None:
        """What stands behind a token; None when it is too old or was never given out."""
        with translated():
            data: Any = await self._redis.get(self._button(key, token))
        return None if data is None else read(Button, data)

    async def press_once(self, key: ConversationKey, token: str, press_id: str) -> bool:
        """Whether this press is the one that counts: the first, however often it is handed out."""
        pressed = self._button(key, token) + ":pressed"
        with translated():
            if await self._redis.set(pressed, press_id, nx=True, ex=BUTTON_SECONDS):
                return True
            first: Any = await self._redis.get(pressed)
        return bool(first == press_id.encode())

    def _record(self, key: ConversationKey) -> str:
        return self._keys.named("record", name_of(key))

    def _button(self, key: ConversationKey, token: str) -> str:
        return self._keys.named("button", name_of(key)) + f":{token}"
