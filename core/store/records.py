"""Where conversations' records and the buttons' meanings are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import structlog

from core.errors import LeaseLost
from core.messages import Attachment, ConversationKey
from core.records import Asked, Button, Preferences, Project, Record, StoredFile, Video
from core.store import scripts
from core.store.codec import SCHEMA, read, write
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
    "told": int,
    "answered_at": float,
    "past": tuple[str, ...],
    "older": tuple[Video, ...],
    "halted": str,
}
BUTTON_SECONDS = 30 * 24 * 3600
ROW = tuple[Button, ...]  # the buttons of one message are kept together: a key for each would cost nine times the room
ROW_CHARS = 24  # of a token name the row, the rest is the button's number in it


def written(**fields: Any) -> dict[str, bytes]:
    """Fields of a `Record` as the store keeps them, with the number of the schema; None removes one. For
    `Lease.save(record=…)`."""
    kept = {
        name: b"" if value is None else write(value, FIELDS[name]) for name, value in fields.items() if name in FIELDS
    }
    return {"v": b"%d" % SCHEMA, **kept} if kept else {}


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


def spared(token: str) -> tuple[str, str]:
    """What `Mailbox.forget` must leave so that a press on that button can be handed out again."""
    return token[:ROW_CHARS], f"{token}:pressed"


class Records:
    """Reads the records of conversations. What a turn changes is written through its lease; the methods here that write
    are for the control lane, each on a field that only people change."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._redis = connection.commands
        self._keys = keys
        self._keep = self._redis.register_script(scripts.KEEP_BUTTONS)
        self._press = self._redis.register_script(scripts.PRESS_ONCE)

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

    async def tell(self, key: ConversationKey, tips: tuple[str, ...]) -> None:
        """Remember which skills' tips have been told."""
        with translated():
            await self._redis.hset(self._record(key), items=pairs(tips=tips))

    async def move(self, old: ConversationKey, new: ConversationKey) -> None:
        """Let the project live on under another key, unless there is one already. What people have said there before
        the move was told (files, a setting) stays as it is."""
        with translated():
            fields: Any = await self._redis.hgetall(self._record(old))
            there: Any = await self._redis.hkeys(self._record(new))
            missing = {} if b"project" in there else {name: fields[name] for name in fields.keys() - set(there)}
            if missing:
                await self._redis.hset(self._record(new), mapping=missing)
            await self._redis.delete(self._record(old))

    # --- buttons ------------------------------------------------------------------------------------------------------

    async def keep_buttons(
        self, key: ConversationKey, seed: str, buttons: Sequence[Button], *, fence: int = 0
    ) -> list[str]:
        """Remember the buttons of one message; returns their tokens. The same `seed` gives the same tokens. With the
        `fence` of a lease nothing is written once that is lost (raises `LeaseLost`)."""
        if not buttons:
            return []
        row = blake2b(f"{name_of(key)}\0{seed}".encode(), digest_size=ROW_CHARS // 2).hexdigest()
        keys = [self._button(key, row), self._owned(key), self._keys.named("box", name_of(key))]
        with translated():
            kept = await self._keep(keys=keys, args=[write(tuple(buttons), ROW), BUTTON_SECONDS, f"b{row}", fence])
        if not kept:
            raise LeaseLost(name_of(key))
        return [f"{row}{number}" for number in range(len(buttons))]

    async def button(self, key: ConversationKey, token: str) -> Button | None:
        """What stands behind a token; None when it is too old or was never given out."""
        row, number = token[:ROW_CHARS], token[ROW_CHARS:]
        with translated():
            data: Any = await self._redis.get(self._button(key, row))
        if data is None or not number.isdecimal():
            return None
        try:
            buttons: tuple[Button, ...] = read(ROW, data)
            return buttons[int(number)]
        except (ValueError, IndexError):  # of another version, or never given out
            return None

    async def press_once(self, key: ConversationKey, token: str, press_id: str) -> bool:
        """Whether this press is the one that counts: the first, however often it is handed out."""
        pressed = f"{token}:pressed"
        with translated():
            first: Any = await self._press(
                keys=[self._button(key, pressed), self._owned(key)], args=[press_id, BUTTON_SECONDS, f"b{pressed}"]
            )
        return bool(first == press_id.encode())

    async def drop_button(self, key: ConversationKey, token: str) -> None:
        """Forget the row in which a button stands, and that it was pressed."""
        await self._drop(key, *spared(token))

    async def release(self, key: ConversationKey, token: str) -> None:
        """The press came to nothing: another one counts."""
        await self._drop(key, f"{token}:pressed")

    async def _drop(self, key: ConversationKey, *members: str) -> None:
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(*(self._button(key, member) for member in members))
                pipe.zrem(self._owned(key), *(f"b{member}" for member in members))
                await pipe.execute()

    def _record(self, key: ConversationKey) -> str:
        return self._keys.named("record", name_of(key))

    def _owned(self, key: ConversationKey) -> str:
        return self._keys.named("owned", name_of(key))

    def _button(self, key: ConversationKey, token: str) -> str:
        return self._keys.named("button", name_of(key)) + f":{token}"
