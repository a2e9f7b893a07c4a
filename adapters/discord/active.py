"""Where the bot was spoken to within the last hour: what is read back after a new session, and what may be gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from adapters.discord.notebook import Notebook
from adapters.discord.places import key_of_place, made_at, place_of
from core.errors import StoreError
from core.messages import ConversationKey

log = structlog.get_logger(__name__)

MOST: Final = 500
WRITE_EVERY: Final = 30.0  # seconds: as much may be read twice, and has an effect once


@dataclass(frozen=True, slots=True)
class Seen:
    """A channel, its guild (0 for none), the conversation that takes place there, and the last message there that was
    recorded."""

    key: ConversationKey
    guild: int
    channel: int
    message: int


class Active:
    """The places of each shard, in memory and in the notes. `shard_of` tells the shard of a guild."""

    def __init__(self, book: Notebook, seconds: float, shard_of: Callable[[int], int]) -> None:
        self._book = book
        self._seconds = seconds
        self._shard_of = shard_of
        self._seen: dict[int, dict[int, Seen]] = {}
        self._noted: dict[int, frozenset[int]] = {}
        self._expected: set[int] = set()  # channels that are noted, but not yet what was recorded there
        self._written: dict[int, float] = {}

    async def expect(self, seen: Seen) -> None:
        """Something is about to be recorded in this place: from now on it is read back. Raises `StoreError`."""
        shard = self._shard_of(seen.guild)
        self._seen.setdefault(shard, {}).setdefault(seen.channel, replace(seen, message=seen.message - 1))
        if seen.channel not in self._noted.get(shard, ()):
            await self._write(shard)
            self._expected.add(seen.channel)

    async def saw(self, seen: Seen) -> None:
        """A message was recorded, or an interaction: their ids count alike."""
        shard = self._shard_of(seen.guild)
        places = self._seen.setdefault(shard, {})
        before = places.pop(seen.channel, seen)
        places[seen.channel] = replace(seen, message=max(seen.message, before.message))
        overdue = self._book.now() - self._written.get(shard, 0.0) > WRITE_EVERY
        if overdue or seen.channel in self._expected or seen.channel not in self._noted.get(shard, ()):
            try:
                await self._write(shard)
                self._expected.discard(seen.channel)
            except StoreError as error:
                log.warning("active_places_not_noted", error=type(error).__name__)

    async def load(self, shard: int) -> list[Seen]:
        """The places of a shard, the earliest first, with what other processes have noted of it before us. Raises
        `StoreError`."""
        noted: Iterable[Any] = await self._book.recall(_name(shard)) or ()
        places = {one[2]: Seen(key_of_place(one[0]), *one[1:]) for one in noted}
        for channel, seen in self._seen.get(shard, {}).items():
            if channel not in places or places[channel].message < seen.message:
                places[channel] = seen
        self._seen[shard] = {channel: seen for channel, seen in places.items() if self._is_recent(seen)}
        return list(self._seen[shard].values())

    def inside(self, guild: int, channel: int | None = None) -> list[ConversationKey]:
        """The active places of a guild, or of one channel with its threads."""
        places = self._seen.get(self._shard_of(guild), {}).values()
        here = [one.key for one in places if one.guild == guild]
        return here if channel is None else [key for key in here if str(channel) in (key.chat, key.thread)]

    def _is_recent(self, seen: Seen) -> bool:
        return made_at(seen.message) > self._book.now() - self._seconds

    async def _write(self, shard: int) -> None:
        recent = {channel: seen for channel, seen in self._seen[shard].items() if self._is_recent(seen)}
        kept = dict(list(recent.items())[-MOST:])
        self._seen[shard] = kept
        listed = [[place_of(seen.key), seen.guild, seen.channel, seen.message] for seen in kept.values()]
        await self._book.note(_name(shard), listed, self._seconds)
        self._written[shard], self._noted[shard] = self._book.now(), frozenset(kept)


def _name(shard: int) -> str:
    return f"active:{shard}"
