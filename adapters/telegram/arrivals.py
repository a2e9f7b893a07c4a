"""One update's way in, whichever door it came through: read, completed where needed, recorded; or put aside."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog
from telegram import ChatMember, Update
from telegram.error import TelegramError

from adapters.telegram.faults import readable
from adapters.telegram.line import Line
from adapters.telegram.places import PLATFORM, chat_of, is_group, place_of
from adapters.telegram.translate import ADMIN, Reader, moved
from core.errors import StoreError
from core.messages import ConversationKey, Inbound, InboundMessage, Press, Sender
from core.ports import Notes, Receive

log = structlog.get_logger(__name__)

MOVED_FROM: Final = "moved-from"  # noted by the sender when it meets a chat that has moved
FOR_ADMINS: Final = frozenset({"forget"})
ROLE_SECONDS: Final = 1.0  # an update must be recorded soon: who cannot be looked up in time has no role
ROLE_KEPT: Final = 120.0
ROLES_KEPT: Final = 10_000
RECORDED_WITHIN: Final = 30.0
ADMINS: Final = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


class Arrivals:
    """Takes raw updates in. `commands` are the names of the command table."""

    def __init__(self, line: Line, notes: Notes, commands: Collection[str], receive: Receive) -> None:
        self._line = line
        self._notes = notes
        self._commands = frozenset(commands)
        self._receive = receive
        self._roles: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}

    async def take(self, raw: object) -> None:
        """Record what an update says. Returns when it is safe, or when there is nothing to record: an update that
        cannot be understood is put aside, it would be no better the next time. Raises `StoreError`, and
        `TelegramError` where the bot's own name cannot be found out."""
        reader = Reader(await self._line.me(), self._commands)
        try:
            inbound = _read(reader, raw)
        except Exception as error:  # noqa: BLE001 - whatever the SDK makes of what the world sends
            _put_aside(raw, error)
            return
        if inbound is not None:
            await self._record(inbound, raw)

    async def _record(self, inbound: Inbound, raw: object) -> None:
        try:
            async with asyncio.timeout(RECORDED_WITHIN):
                await self._follow_move(inbound)
                await self._receive(await self._completed(inbound))
        except TimeoutError as error:
            raise StoreError("an update was not recorded in time") from error
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - poison: once is enough
            _put_aside(raw, error)

    async def _follow_move(self, inbound: Inbound) -> None:
        """A send has met a chat that had moved, and the news of it has not come, or not yet: it comes before the first
        message from there. The same news twice is one."""
        if not isinstance(inbound, InboundMessage) or not is_group(chat_of(inbound.key)):
            return
        if not (inbound.addressed or inbound.album):
            return
        place = place_of(_whole(inbound.key))
        old = await self._notes.get(place, MOVED_FROM)
        if old is not None:
            await self._receive(moved(int(old), chat_of(inbound.key)))
            await self._notes.remove(place, MOVED_FROM)

    async def _completed(self, inbound: Inbound) -> Inbound:
        """With the role of who asks for what only some may do."""
        match inbound:
            case InboundMessage(private=False, command=command) if command and command.name in FOR_ADMINS:
                return replace(inbound, sender=await self._with_role(inbound.key, inbound.sender))
            case Press(private=False):
                return replace(inbound, sender=await self._with_role(inbound.key, inbound.sender))
            case _:
                return inbound

    async def _with_role(self, key: ConversationKey, sender: Sender) -> Sender:
        if sender.roles:
            return sender
        known = self._roles.get((key.chat, sender.id))
        if known is None or known[0] < monotonic():
            roles = await self._ask_role(key, sender)
            if roles is None:
                return sender
            if len(self._roles) >= ROLES_KEPT:
                self._roles.clear()
            known = self._roles[key.chat, sender.id] = (monotonic() + ROLE_KEPT, roles)
        return replace(sender, roles=known[1])

    async def _ask_role(self, key: ConversationKey, sender: Sender) -> frozenset[str] | None:
        try:
            with readable():
                async with asyncio.timeout(ROLE_SECONDS):
                    member = await self._line.bot.get_chat_member(chat_of(key), int(sender.id))
        except (TelegramError, TimeoutError) as error:
            log.warning("role_unknown", error=type(error).__name__)
            return None
        return frozenset({ADMIN}) if member.status in ADMINS else frozenset()


def _whole(key: ConversationKey) -> ConversationKey:
    return ConversationKey(PLATFORM, key.chat)


def _read(reader: Reader, raw: object) -> Inbound | None:
    if not isinstance(raw, dict):
        raise TypeError("an update is an object")
    update = Update.de_json(raw, None)
    return reader.inbound_of(update, datetime.now(UTC))


def _put_aside(raw: object, error: Exception) -> None:
    """Say what kind of update it was, and nothing of what was in it."""
    fields = raw if isinstance(raw, Mapping) else {}
    kind = next((name for name in fields if isinstance(name, str) and name != "update_id"), "")
    number = number_of(raw)
    log.warning("update_put_aside", update=number, kind=kind[:40], error=type(error).__name__)


def number_of(raw: object) -> int | None:
    """An update's number, if it has one."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def chat_in(raw: object) -> object:
    """What an update is in order with: its chat, as far as it has one. Anything may stand there."""
    if not isinstance(raw, Mapping):
        return None
    for name in ("message", "edited_message", "callback_query", "my_chat_member"):
        body = raw.get(name)
        if isinstance(body, Mapping):
            carrier = body.get("message") if name == "callback_query" else body
            chat = carrier.get("chat") if isinstance(carrier, Mapping) else None
            number = chat.get("id") if isinstance(chat, Mapping) else None
            return number if isinstance(number, int) else None
    return None
