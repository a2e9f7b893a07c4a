"""How much may be said where: budgets that all processes share, in which results go before progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final

from adapters.telegram.faults import translated
from adapters.telegram.places import is_group
from core.errors import SlowDown
from core.ports import Pace


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `rate` a second."""

    rate: float
    burst: float


# The bot may write once a second to a person, 20 times a minute to a group, about 30 times a second in all; edits
# count. In any minute a group gets burst + 60 × rate. What is progress has budgets of its own besides, below those.
PERSON: Final = Rate(1.0, 1.0)
GROUP: Final = Rate(0.2, 8.0)
ALL: Final = Rate(25.0, 5.0)
PROGRESS_PERSON: Final = Rate(1.0, 1.0)
PROGRESS_GROUP: Final = Rate(1 / 5, 3.0)
PROGRESS_ALL: Final = Rate(18.0, 4.0)

RESULT_PATIENCE: Final = 8.0  # seconds that a send waits here; longer waits are the core's
PROGRESS_PATIENCE: Final = 5.0
YIELDED: Final = 0.5  # longer than a waiting result waits, its chat's progress does


class Budget:
    """The budgets of one bot. Waits are short ones: `SlowDown` is raised for the rest."""

    def __init__(self, pace: Pace, bot_id: str) -> None:
        self._pace = pace
        self._bot = f"telegram:{bot_id}"

    async def result(self, chat: int) -> None:
        """Room for a message that somebody waits for. Raises `SlowDown`."""
        end = monotonic() + RESULT_PATIENCE
        await self._take(self._chat(chat), _of_chat(chat), end, before=self._progress(chat))
        await self._take(self._all(), ALL, end, before=self._all_progress())

    async def progress(self, chat: int) -> None:
        """Room for a message that tells how it stands. Raises `SlowDown`."""
        end = monotonic() + PROGRESS_PATIENCE
        await self._take(self._progress(chat), PROGRESS_GROUP if is_group(chat) else PROGRESS_PERSON, end)
        await self._take(self._all_progress(), PROGRESS_ALL, end)
        await self._take(self._chat(chat), _of_chat(chat), end)
        await self._take(self._all(), ALL, end)

    async def preview(self, chat: int) -> bool:
        """Whether there is room for what leaves nothing behind: drafts, "is typing"."""
        with translated():
            if await self._pace.take(self._preview(chat), rate=1.0):
                return False
            return not await self._pace.take(self._all_progress(), rate=PROGRESS_ALL.rate, burst=PROGRESS_ALL.burst)

    async def hold(self, chat: int, seconds: float) -> None:
        """The server ordered a pause for a chat: its alone, and the whole of it."""
        for budget in (self._chat(chat), self._progress(chat), self._preview(chat)):
            await self._pace.hold(budget, seconds)

    async def _take(self, budget: str, rate: Rate, end: float, before: str = "") -> None:
        """Wait for a turn until `end`. While we wait, the budget named `before` hands out nothing."""
        with translated():
            while wait := await self._pace.take(budget, rate=rate.rate, burst=rate.burst):
                if monotonic() + wait > end:
                    raise SlowDown(wait)
                if before:
                    await self._pace.hold(before, wait + YIELDED)
                await asyncio.sleep(wait)

    def _chat(self, chat: int) -> str:
        return f"{self._bot}:{chat}"

    def _progress(self, chat: int) -> str:
        return f"{self._bot}:{chat}:progress"

    def _preview(self, chat: int) -> str:
        return f"{self._bot}:{chat}:preview"

    def _all(self) -> str:
        return f"{self._bot}:all"

    def _all_progress(self) -> str:
        return f"{self._bot}:all:progress"


def _of_chat(chat: int) -> Rate:
    return GROUP if is_group(chat) else PERSON
