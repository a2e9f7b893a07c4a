"""Previews of a message in the making, in private chats whose server takes them; where it does not, that is noted."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Final

import structlog
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from adapters.telegram.budget import Budget
from adapters.telegram.faults import Flooded
from adapters.telegram.line import Line
from adapters.telegram.places import chat_of, is_group, place_of, thread_of
from adapters.telegram.settings import TEXT_UNITS
from adapters.telegram.speech import cut
from core.errors import OutboundError, StoreError
from core.messages import ConversationKey
from core.ports import Notes

log = structlog.get_logger(__name__)

REFUSED: Final = "no-drafts"
KEPT: Final = 7 * 24 * 3600.0
SHOWN_WITHIN: Final = 5.0
CHATS: Final = 10_000


class Drafts:
    """Which chats take drafts. What another process has noted is known after `recall`."""

    def __init__(self, line: Line, budget: Budget, notes: Notes) -> None:
        self.line = line
        self.budget = budget
        self._notes = notes
        self._refused: dict[str, bool] = {}

    def draft(self, to: ConversationKey) -> Draft | None:
        """A new draft, or None where there can be none."""
        if is_group(chat_of(to)) or self._refused.get(place_of(to), False):
            return None
        return Draft(self, to)

    async def recall(self, to: ConversationKey) -> None:
        """Look once whether the chat has refused drafts before. A store that is away changes nothing."""
        place = place_of(to)
        if is_group(chat_of(to)) or place in self._refused:
            return
        if len(self._refused) >= CHATS:
            self._refused.clear()
        with suppress(StoreError):
            self._refused[place] = await self._notes.get(place, REFUSED) is not None

    async def refused(self, to: ConversationKey) -> None:
        """From now on there are none."""
        self._refused[place_of(to)] = True
        with suppress(StoreError):
            await self._notes.put(place_of(to), REFUSED, b"1", seconds=KEPT)

    def gone(self, to: ConversationKey) -> bool:
        """Whether it was refused in the meantime."""
        return self._refused.get(place_of(to), False)


class Draft:
    """`core.ports.Draft`. It is a preview, so nothing is raised; what there is no room for now is overtaken by the
    next."""

    def __init__(self, drafts: Drafts, to: ConversationKey) -> None:
        self._drafts = drafts
        self._to = to
        self._id = secrets.randbelow(2**31 - 1) + 1
        self._last = ""

    async def update(self, text: str) -> bool:
        """Show it, if there is room for it now. False where that is refused or has failed."""
        text = cut(text, TEXT_UNITS)
        if not text.strip() or self._drafts.gone(self._to):
            return False
        if text == self._last:
            return True
        try:
            async with asyncio.timeout(SHOWN_WITHIN):
                await self._show(text)
            return True
        except (BadRequest, Forbidden, InvalidToken) as error:  # a server that has no such method says 404
            log.info("drafts_refused", error=type(error).__name__)
            await self._drafts.refused(self._to)
        except Flooded as order:
            with suppress(StoreError):
                await self._drafts.budget.hold(chat_of(self._to), order.seconds)
        except (TelegramError, OutboundError, TimeoutError) as error:
            log.info("draft_not_shown", error=type(error).__name__)
        return False

    async def _show(self, text: str) -> None:
        chat = chat_of(self._to)
        if await self._drafts.budget.preview(chat):
            await self._drafts.line.bot.send_message_draft(chat, self._id, text, message_thread_id=thread_of(self._to))
            self._last = text
