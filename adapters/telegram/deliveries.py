"""What became of each delivery key: noted before the send, so that a send whose end nobody saw is known for one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.telegram.faults import translated
from adapters.telegram.places import place_of
from core.errors import OutboundError, OutcomeUnknown, StoreError
from core.messages import ConversationKey, MessageRef
from core.ports import Notes, SentVideo

log = structlog.get_logger(__name__)

KEPT: Final = 7 * 24 * 3600.0
ON_ITS_WAY: Final = 25.0  # seconds after which a short send has ended, well or not
LOOK: Final = 0.25


@dataclass(slots=True)
class Delivery:
    """A send under way. `sent` is what it has become; None while (or where) that is not known."""

    sent: SentVideo | None = None


class Deliveries:
    """The delivery keys of all conversations. `now` is the time of day in seconds."""

    def __init__(self, notes: Notes, now: Callable[[], float]) -> None:
        self._notes = notes
        self._now = now

    @asynccontextmanager
    async def once(self, to: ConversationKey, key: str, *, again: bool) -> AsyncIterator[Delivery]:
        """Send inside the block, unless `Delivery.sent` is there already, and put there what it became.

        A send that nobody saw the end of is `OutcomeUnknown` to whoever repeats it; with `again` it is sent again when
        it has certainly ended: for what is worse lost than said twice.
        """
        with translated():
            earlier = await self._claim(to, key, again=again)
        if earlier is not None:
            yield Delivery(earlier)
            return
        delivery = Delivery()
        try:
            yield delivery
        except OutcomeUnknown:
            await self._note(to, key, {"lost": True})
            raise
        except OutboundError:  # certainly not sent
            with suppress(StoreError):
                await self._notes.remove(place_of(to), _name(key))
            raise
        if delivery.sent is not None:
            await self._note(to, key, {"id": delivery.sent.ref.id, "handle": delivery.sent.handle})

    async def _claim(self, to: ConversationKey, key: str, *, again: bool) -> SentVideo | None:
        """None where the send is ours to make, else what an earlier one became. Raises `OutcomeUnknown`."""
        place, name = place_of(to), _name(key)
        while True:
            mine = json.dumps({"began": self._now()}).encode()
            there = await self._notes.claim(place, name, mine, seconds=KEPT)
            if there is None:
                return None
            state = _read(there)
            if "id" in state:
                return SentVideo(MessageRef(to, str(state["id"])), str(state.get("handle", "")))
            if not again:
                raise OutcomeUnknown("an earlier send of it has an unknown outcome")
            if self._ended(state):
                await self._notes.put(place, name, mine, seconds=KEPT)
                return None
            await asyncio.sleep(LOOK)

    def _ended(self, state: dict[str, object]) -> bool:
        began = state.get("began")
        return not isinstance(began, float) or not 0 <= self._now() - began < ON_ITS_WAY

    async def _note(self, to: ConversationKey, key: str, state: dict[str, object]) -> None:
        """It has been sent by now: a store that is away costs the memory of it, not the send."""
        try:
            await self._notes.put(place_of(to), _name(key), json.dumps(state).encode(), seconds=KEPT)
        except StoreError as error:
            log.warning("delivery_not_noted", error=type(error).__name__)


def _name(key: str) -> str:
    return f"sent:{key}"


def _read(note: bytes) -> dict[str, object]:
    try:
        state = json.loads(note)
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}
