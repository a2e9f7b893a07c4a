"""What must be noted before a message is handed on, and the handing on: again and again, while the store is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.discord.notebook import Notebook, Place, Question
from adapters.discord.places import place_of
from adapters.discord.settings import HOUR
from adapters.discord.turnstile import Turnstile
from core.errors import StoreError
from core.messages import ConversationKey, Inbound, InboundMessage, Press
from core.ports import Receive

log = structlog.get_logger(__name__)

PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 2.0
KNOWN: Final = 10_000


class NotRecorded(Exception):
    """It could not be written down in time: nothing was begun."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in, with what belongs to it: who asked, the place, the links of its files."""

    inbound: InboundMessage | Press
    question: Question
    place: Place | None = None
    links: Mapping[str, str] | None = None


class Reception:
    """Hands on what came in, in order for each place. What was noted a moment ago is not noted again."""

    def __init__(self, book: Notebook, receive: Receive) -> None:
        self._book = book
        self._receive = receive
        self._turnstile = Turnstile()
        self._lately = Lately(HOUR)

    async def take(self, arrival: Arrival, *, seconds: float) -> None:
        """Record it. Raises `NotRecorded` when that did not succeed in so many seconds."""
        key = arrival.inbound.key
        try:
            async with asyncio.timeout(seconds), self._turnstile.turn(place_of(key)):
                await self._insist(arrival)
        except TimeoutError as error:
            raise NotRecorded(arrival.inbound.id) from error

    async def tell(self, inbound: Inbound, *, seconds: float) -> None:
        """Hand on news. Whether it comes in time is nobody's concern."""
        try:
            async with asyncio.timeout(seconds):
                await self._until_stored(inbound)
        except TimeoutError:
            log.warning("news_not_recorded", inbound=inbound.id)

    async def _until_stored(self, inbound: Inbound) -> None:
        pause = PAUSE
        while True:
            try:
                await self._receive(inbound)
                return
            except StoreError as error:
                log.warning("not_recorded_yet", inbound=inbound.id, error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _insist(self, arrival: Arrival) -> None:
        pause, began = PAUSE, time.monotonic()
        while True:
            try:
                await self._note(arrival)
                await self._receive(arrival.inbound)
                return
            except StoreError as error:
                waited = round(time.monotonic() - began, 1)
                log.warning("not_recorded_yet", inbound=arrival.inbound.id, error=type(error).__name__, seconds=waited)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _note(self, arrival: Arrival) -> None:
        inbound, key = arrival.inbound, arrival.inbound.key
        await self._book.ask(key, inbound.id, arrival.question)
        if arrival.links:
            await self._book.keep_links(arrival.links)
        if arrival.place is not None and not self._lately.holds(key.chat, arrival.place):
            await self._book.describe(key, arrival.place)
            self._lately.keep(key.chat, arrival.place)
        await self._learn_language(key, arrival.question.user, inbound.sender.locale)

    async def _learn_language(self, key: ConversationKey, user: int, locale: str) -> None:
        about = f"{place_of(key)} {user}"
        if locale and not self._lately.holds(about, locale):
            await self._book.speaks(key, user, locale)
            self._lately.keep(about, locale)


class Lately:
    """What was noted not long ago, so that the same need not be noted again with every message."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: dict[str, tuple[float, object]] = {}

    def holds(self, name: str, value: object) -> bool:
        """Whether this very value was noted under the name."""
        at, known = self._known.get(name, (0.0, None))
        return known == value and at > time.monotonic() - self._seconds

    def keep(self, name: str, value: object) -> None:
        """It has just been noted."""
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[name] = time.monotonic(), value
