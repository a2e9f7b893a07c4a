"""The way in by polling: one process among many asks for updates, and confirms them when they are recorded."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.telegram.arrivals import Arrivals, chat_in, number_of
from adapters.telegram.faults import Flooded, readable
from adapters.telegram.line import Line
from adapters.telegram.settings import ALLOWED_UPDATES, TokenRefused
from core.errors import StoreError
from core.ports import Leadership, Notes, Receive, Term

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
PREPARED_WITHIN: Final = 45.0
YIELD_SECONDS: Final = 30.0  # for which a poller that met another one leaves it alone


class TelegramListener:
    """`core.ports.Listener` by long polling. `commands` are the names of the command table; `first_pause` is how long
    the first failure is waited out (each further one twice as long), `yield_seconds` another poller is left alone."""

    def __init__(
        self,
        line: Line,
        leadership: Leadership,
        notes: Notes,
        commands: Collection[str],
        *,
        first_pause: float = FIRST_PAUSE,
        yield_seconds: float = YIELD_SECONDS,
    ) -> None:
        self._line = line
        self._leadership = leadership
        self._notes = notes
        self._commands = commands
        self._first = first_pause
        self._yielding = yield_seconds
        self._pause = 0.0
        self._in_conflict = False

    async def listen(self, receive: Receive) -> None:
        """Hand over what comes in, until cancelled. Raises `TokenRefused`."""
        arrivals = Arrivals(self._line, self._notes, self._commands, receive)
        while True:
            async with self._leadership.held(f"telegram:{self._line.settings.bot_id}") as term:
                yielded = await self._lead(term, arrivals)
            if yielded:
                await asyncio.sleep(self._yielding)

    async def _lead(self, term: Term, arrivals: Arrivals) -> bool:
        """Poll while we lead. True where another poller was met who is none of ours."""
        polling = asyncio.create_task(self._poll(arrivals))
        deposed = asyncio.create_task(term.lost())
        try:
            await asyncio.wait({polling, deposed}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                await polling
            return polling.done()
        finally:
            polling.cancel()
            deposed.cancel()
            await asyncio.wait({polling, deposed})

    async def _poll(self, arrivals: Arrivals) -> None:
        """Ask on and on. Returns when somebody else polls."""
        offset, prepared = 0, False
        while True:
            try:
                if not prepared:
                    await self._prepare()
                    prepared = True
                updates = await self._line.bot.raw_updates(offset, self._line.settings.poll_seconds, ALLOWED_UPDATES)
                offset = await self._take(arrivals, updates, offset)
            except Conflict:
                self._say_conflict()
                return
            except InvalidToken as error:
                raise TokenRefused("the Bot API refuses the token") from error
            except Flooded as order:
                await asyncio.sleep(order.seconds)
            except (TelegramError, StoreError, TimeoutError) as error:
                await self._wait(error)
            else:
                self._pause, self._in_conflict = 0.0, False

    async def _prepare(self) -> None:
        """A webhook keeps pollers out. What it has not delivered yet comes to us."""
        async with asyncio.timeout(PREPARED_WITHIN):
            await self._line.me()
            with readable():
                info = await self._line.bot.get_webhook_info()
            if info.url:
                await self._line.bot.delete_webhook(drop_pending_updates=False)
                log.info("webhook_removed", waiting=info.pending_update_count)

    async def _take(self, arrivals: Arrivals, updates: Sequence[object], offset: int) -> int:
        """Record a batch: in order within each chat, and all chats at once. Returns the next offset; it confirms what
        is before it. Raises `StoreError` where nothing at all could be confirmed."""
        lanes: defaultdict[object, list[object]] = defaultdict(list)
        for update in updates:
            lanes[chat_in(update)].append(update)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_in_order(arrivals, lane)) for lane in lanes.values()]
        left = [number for one in running if (number := one.result()) is not None]
        numbers = [number for one in updates if (number := number_of(one)) is not None]
        reached = min(left) if left else max((number + 1 for number in numbers), default=offset)
        if updates and reached <= max(offset, min(numbers, default=offset)):
            raise StoreError("nothing of a batch could be confirmed")
        if left:
            await self._wait(StoreError("a part of a batch could not be recorded"))
        return reached

    async def _wait(self, error: Exception) -> None:
        """Longer each time, with an end: neither a busy loop nor a day lost after a night's outage."""
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or self._first)
        log.warning("polling_waits", seconds=self._pause, error=type(error).__name__)
        await asyncio.sleep(self._pause)

    def _say_conflict(self) -> None:
        if not self._in_conflict:
            log.warning("another_poller", seconds=self._yielding)
        self._in_conflict = True


async def _in_order(arrivals: Arrivals, updates: Sequence[object]) -> int | None:
    """Record one chat's updates up to the first that fails: those after it must not overtake it. Returns its number;
    it and they come again."""
    for update in updates:
        try:
            await arrivals.take(update)
        except (StoreError, TelegramError) as error:
            number = number_of(update)
            log.warning("update_not_recorded", update=number, error=type(error).__name__)
            return number
    return None
