"""Long answers in a busy channel: they go into a thread of their own, beside what the others talk about."""

from __future__ import annotations

from typing import Final

import structlog

from adapters.discord.notebook import Notebook
from adapters.discord.places import interaction_of, message_of
from adapters.discord.rest import Rest
from core.errors import ChatGone, Refused
from core.messages import ConversationKey

log = structlog.get_logger(__name__)

LONG: Final = 600  # characters
BUSY: Final = 8  # messages since the question
NAME: Final = 80
PUBLIC: Final = 11
DAY_MINUTES: Final = 1440


class Threads:
    """Opens threads and remembers them. Raises `OutboundError`, `StoreError`."""

    def __init__(self, rest: Rest, book: Notebook) -> None:
        self._rest = rest
        self._book = book

    async def for_answer(self, key: ConversationKey, asked: str, content: str) -> int | None:
        """The thread for an answer: the one that this question has got already, or a new one for a long answer."""
        if key.thread or not asked:
            return None
        if known := await self._book.thread(key, asked):
            return known
        if len(content) < LONG or not await self._is_busy(key, asked):
            return None
        try:
            opened = await self._open(int(key.chat), asked, content)
        except (Refused, ChatGone) as error:
            log.info("no_thread", error=type(error).__name__)
            return None
        await self._book.keep_thread(key, asked, opened)
        return opened

    async def _is_busy(self, key: ConversationKey, asked: str) -> bool:
        """Whether others have gone on talking since."""
        since = interaction_of(asked) or message_of(asked) or 0
        path, query = "/channels/{channel_id}/messages", {"after": str(since), "limit": str(BUSY + 2)}
        try:
            later = await self._rest.call("GET", path, query=query, channel_id=int(key.chat))
        except (Refused, ChatGone):
            return False
        return sum(not one.get("author", {}).get("bot") for one in later) >= BUSY

    async def _open(self, channel: int, asked: str, content: str) -> int:
        name = " ".join(content.replace("\\", "").split())[:NAME] or "…"
        body = {"name": name, "auto_archive_duration": DAY_MINUTES}
        if (message := message_of(asked)) is not None:
            path = "/channels/{channel_id}/messages/{message_id}/threads"
            made = await self._rest.call("POST", path, json=body, channel_id=channel, message_id=message)
        else:
            made = await self._rest.call(
                "POST", "/channels/{channel_id}/threads", json={**body, "type": PUBLIC}, channel_id=channel
            )
        return int(made["id"])
