"""The one status message of a turn: shows the true stage, changes no more often than the place allows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import structlog

from core.errors import ChatGone, OutboundError, OutcomeUnknown, SlowDown
from core.messages import MessageRef
from core.posting import Posting, split
from core.records import Button
from core.wording import Words

log = structlog.get_logger(__name__)

QUIET = 120.0  # seconds of silence after which the person is told that work goes on


class Progress:
    """Shows the newest of what it is given, and forgets what was overtaken.

    `async with progress:` starts the showing and ends it. `kept` is called with the status message once it is posted,
    so that the turn goes on with the same message after a restart.
    """

    def __init__(
        self,
        posting: Posting,
        words: Words,
        ref: MessageRef | None,
        kept: Callable[[MessageRef], Awaitable[None]],
        *,
        began: float,
        quiet: float = QUIET,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._posting = posting
        self._words = words
        self._kept = kept
        self._began = began
        self._quiet = quiet
        self._now = now
        self._wanted = ""
        self._shown = ""
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self.gone = asyncio.Event()
        self.ref = ref

    async def __aenter__(self) -> Progress:
        self._pump = asyncio.create_task(self._show_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    def show(self, text: str) -> None:
        """This is how it stands now."""
        if text != self._wanted:
            self._wanted = text
            self._changed.set()

    def say(self, text: str) -> None:
        """The agent's words so far, as they come."""
        if text.strip():
            self.show(text.strip())

    async def flush(self) -> None:
        """Show now what has not been shown yet, as far as the place allows it now."""
        if self._pump is not None and self._changed.is_set():
            self._changed.clear()
            with contextlib.suppress(OutboundError):
                await self._put(self._wanted)

    async def finish(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        """The last word of the status message; what does not fit into it follows. Raises `SlowDown` and `ChatGone`."""
        await self._end()
        first, *rest = split(text, self._posting.limits.text_chars)
        ref = await self._put(first, () if rest else buttons)
        for number, piece in enumerate(rest):
            ref = await self._posting.say(f"more{number}", piece, buttons if piece is rest[-1] else ())
        return ref

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None

    async def _show_on(self) -> None:
        while True:
            await self._wait()
            self._changed.clear()
            try:
                await self._put(self._wanted)
            except SlowDown as order:
                await asyncio.sleep(order.retry_after)
                self._changed.set()
            except ChatGone:
                self.gone.set()
                return
            except OutboundError as error:
                log.warning("status_not_shown", error=type(error).__name__)
            await asyncio.sleep(self._posting.limits.edit_interval)

    async def _wait(self) -> None:
        """Until there is something new, or the silence has lasted too long."""
        while not self._changed.is_set():
            try:
                async with asyncio.timeout(self._quiet):
                    await self._changed.wait()
            except TimeoutError:
                self.show(self._words.still_working(self._now() - self._began))

    async def _put(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        if not text or (text == self._shown and not buttons):
            return self.ref
        if self.ref is None:
            ref = await self._posting.say("status", text[: self._posting.limits.text_chars], buttons)
            if ref is not None:
                self.ref = ref
                await self._kept(ref)
        else:
            with contextlib.suppress(OutcomeUnknown):
                await self._posting.edit(self.ref, text, "status", buttons)
        self._shown = text
        return self.ref
