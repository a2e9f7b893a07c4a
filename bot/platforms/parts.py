"""What a chat platform brings to a process, and what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from starlette.routing import BaseRoute

from core.errors import OutboundError, StoreError
from core.ports import Listener, Outbound, Receive
from core.store.connection import Connection
from core.store.notes import StoredNotes
from core.store.pace import StorePace
from core.store.secrets import Sealer

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 2.0  # seconds
LONGEST_PAUSE: Final = 300.0

Routes = Callable[[Receive], Sequence[BaseRoute]]


@dataclass(frozen=True, slots=True)
class Stores:
    """What a platform keeps in the store: see `core.ports`."""

    connection: Connection
    sealer: Sealer

    def notes(self, platform: str) -> StoredNotes:
        """A platform's notes."""
        return StoredNotes(self.connection, self.sealer, platform)

    def pace(self) -> StorePace:
        """The budgets of all platforms."""
        return StorePace(self.connection)


def _no_routes(_receive: Receive) -> Sequence[BaseRoute]:
    return ()


@dataclass(frozen=True, slots=True)
class Part:
    """One platform in this process. `title` says what is listened to, empty for nothing; `routes` are what it wants the
    web server to take for it."""

    outbound: Outbound
    listeners: Sequence[Listener] = ()
    title: str = ""
    routes: Routes = _no_routes


@dataclass(frozen=True, slots=True)
class Platforms:
    """The chat platforms of a process, by name."""

    parts: Mapping[str, Part] = field(default_factory=dict)

    def with_part(self, name: str, part: Part) -> Platforms:
        """These and one more."""
        return Platforms({**self.parts, name: part})

    @property
    def outbounds(self) -> Mapping[str, Outbound]:
        """The ways out."""
        return {name: part.outbound for name, part in self.parts.items()}

    @property
    def listeners(self) -> Sequence[Listener]:
        """The ways in."""
        return [listener for part in self.parts.values() for listener in part.listeners]

    @property
    def hears(self) -> Sequence[str]:
        """What is listened to, in words."""
        return [part.title for part in self.parts.values() if part.title]

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """What the web server takes for them."""
        return [route for part in self.parts.values() for route in part.routes(receive)]


@dataclass(frozen=True, slots=True)
class AtStart:
    """Something that a platform is told when the process starts, again and again until that succeeds. It runs among the
    listeners, but hears nothing."""

    what: str
    tell: Callable[[], Awaitable[object]]

    async def listen(self, receive: Receive) -> None:
        """Returns when it is done."""
        del receive
        pause = FIRST_PAUSE
        while True:
            try:
                await self.tell()
                return
            except (OutboundError, StoreError) as error:
                log.warning("not_told_yet", what=self.what, error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
