"""What must be noted before a message is handed on, and the handing on: again and again, while the store is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from adapters.discord.notebook import Notebook, Place, Question
from adapters.discord.places import place_of
from adapters.discord.settings import HOUR
from core.errors import StoreError
from core.messages import ConversationKey, Inbound, InboundMessage, Press
from core.ports import Receive

T = TypeVar("T")

log = structlog.get_logger(__name__)

PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 2.0
KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in, with what belongs to it: who asked, the place, the links of its files."""

    inbound: InboundMessage | Press
    question: Question
    place: Place | None = None
    links: Mapping[str, str] | None = None


class Reception:
    """Hands on what came in, for as long as its caller waits. What was noted a moment ago is not noted again."""

    def __init__(self, book: Notebook, receive: Receive) -> None:
        self._book = book
        self._receive = receive
        self._known = TtlCache(HOUR)

    async def take(self, arrival: Arrival) -> None:
        """Return when it is recorded, with all that belongs to it."""

        async def record() -> None:
            await self._note(arrival)
            await self._receive(arrival.inbound)

        await until_stored(arrival.inbound.id, record)

    async def tell(self, inbound: Inbound, *, seconds: float) -> None:
        """Hand on news. That it could not be recorded in time is logged, and no more: nobody waits for an answer."""
        try:
            async with asyncio.timeout(seconds):
                await until_stored(inbound.id, lambda: self._receive(inbound))
        except TimeoutError:
            log.warning("news_not_recorded", inbound=inbound.id)

    async def _note(self, arrival: Arrival) -> None:
        inbound, key = arrival.inbound, arrival.inbound.key
        await self._book.ask(key, inbound.id, arrival.question)
        if arrival.links:
            await self._book.keep_links(arrival.links)
        if arrival.place is not None and not self._known.holds(key.chat, arrival.place):
            await self._book.describe(key, arrival.place)
            self._known.keep(key.chat, arrival.place)
        await self._learn_language(key, arrival.question.user, inbound.sender.locale)

    async def _learn_language(self, key: ConversationKey, user: int, locale: str) -> None:
        about = f"{place_of(key)} {user}"
        if locale and not self._known.holds(about, locale):
            await self._book.speaks(key, user, locale)
            self._known.keep(about, locale)


async def until_stored(inbound: str, ask: Callable[[], Awaitable[T]]) -> T:
    """What the store says to this, asked again and again while it is away."""
    pause, began = PAUSE, time.monotonic()
    while True:
        try:
            return await ask()
        except StoreError as error:
            waited = round(time.monotonic() - began, 1)
            log.warning("not_recorded_yet", inbound=inbound, error=type(error).__name__, seconds=waited)
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


class TtlCache:
    """What was noted not long ago, so that the same need not be noted again with every message."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: dict[str, tuple[float, object]] = {}

    def holds(self, name: str, value: object) -> bool:
        """Whether this very value was noted under the name."""
        at, known = self._values.get(name, (0.0, None))
        return known == value and at > time.monotonic() - self._seconds

    def keep(self, name: str, value: object) -> None:
        """It has just been noted."""
        if len(self._values) >= KNOWN:
            self._values.clear()
        self._values[name] = time.monotonic(), value
