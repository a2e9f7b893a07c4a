"""The one status message of a turn: shows the true stage, changes no more often than the place allows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import structlog

from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown, StoreError
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
        self._stage = ""  # what was last given to be shown, without what silence adds
        self._wanted = ""
        self._shown = ""
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None
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
        self._stage = text
        self._want(text)

    def say(self, text: str) -> None:
        """The agent's words so far, as they come."""
        if text.strip():
            self.show(text.strip())

    async def flush(self) -> None:
        """Show now what has not been shown yet, as far as the place allows it now."""
        if self._pump is not None and self._changed.is_set():
            with contextlib.suppress(OutboundError):
                await self._put()

    async def finish(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        """The last word of the status message; what does not fit into it follows, and what cannot be put into it any
        more comes as a new one. Raises `SlowDown` and `ChatGone`."""
        await self._end()
        first, *rest = split(text, self._posting.limits.text_chars)
        async with self._sending:
            ref = await self._close(first, () if rest else buttons)
        for number, piece in enumerate(rest):
            ref = await self._posting.say(f"more{number}", piece, buttons if piece is rest[-1] else ())
        return ref

    # --- inside -------------------------------------------------------------------------------------------------------

    def _want(self, text: str) -> None:
        if text != self._wanted:
            self._wanted = text
            self._changed.set()

    async def _end(self) -> None:
        """Never while something is on its way: nobody would know whether it came."""
        if self._pump is not None:
            async with self._sending:
                self._pump.cancel()
            await asyncio.wait([self._pump])
            self._pump = None

    async def _show_on(self) -> None:
        while True:
            await self._wait()
            try:
                await self._put()
            except SlowDown as order:
                await asyncio.sleep(order.retry_after)
                self._changed.set()
            except ChatGone:
                self.gone.set()
                return
            except OutboundError as error:
                log.warning("status_not_shown", error=type(error).__name__)
            except StoreError:  # the turn itself meets it, and knows what to do
                return
            await asyncio.sleep(self._posting.limits.edit_interval)

    async def _wait(self) -> None:
        """Until there is something new, or the silence has lasted too long."""
        while not self._changed.is_set():
            try:
                async with asyncio.timeout(self._quiet):
                    await self._changed.wait()
            except TimeoutError:
                still = self._words.still_working(self._now() - self._began)
                self._want(f"{self._stage}\n\n{still}" if self._stage else still)

    async def _put(self) -> None:
        """Show what is wanted. Being cancelled does not call back what is on its way."""
        await asyncio.shield(self._put_one())

    async def _put_one(self) -> None:
        async with self._sending:
            self._changed.clear()
            text = self._wanted
            if not text or text == self._shown:
                return
            if self.ref is None:
                await self._post(text)
            elif self._posting.limits.can_edit:
                with contextlib.suppress(OutcomeUnknown):
                    await self._posting.edit(self.ref, text)
            self._shown = text

    async def _post(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        ref = await self._posting.say("status", text[: self._posting.limits.text_chars], buttons)
        if ref is not None:
            self.ref = ref
            await self._kept(ref)
        return ref

    async def _close(self, text: str, buttons: Sequence[Button]) -> MessageRef | None:
        if self.ref is None:
            return await self._post(text, buttons)
        try:
            if self._posting.limits.can_edit:
                await self._posting.edit(self.ref, text, "status", buttons)
                return self.ref
        except OutcomeUnknown:
            return self.ref
        except Refused as error:
            log.warning("status_not_edited", error=str(error))
        return await self._posting.say("last", text, buttons)
