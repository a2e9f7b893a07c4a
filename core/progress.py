"""The one status message of a turn: shows the true stage, changes no more often than the place allows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from types import TracebackType
from zlib import crc32

import structlog

from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown, StoreError
from core.estimates import rounded
from core.messages import MessageRef, fitting, units_of
from core.posting import Posting, split
from core.previews import INTERVAL, Preview
from core.records import Button
from core.tasks import heeded
from core.wording import Words

log = structlog.get_logger(__name__)

QUIET = 120.0  # seconds of silence after which the person is told that work goes on
TICK = 5.0  # seconds between looks at how long it has lasted, and will yet
LATE = 0.1  # seconds by which a loop with little to do is hardly ever late
STEP_BACK = 10.0  # times as long as the loop was late, nothing more is shown
MARK = 80  # characters by which a stage is known again


@dataclass(frozen=True, slots=True)
class Shown:
    """A stage of the work, since when it stands, when it is likely to be over (0: nobody knows; both in seconds since
    the epoch), and whether the text is the agent's own."""

    text: str
    since: float
    ends: float = 0.0
    said: bool = False

    @property
    def mark(self) -> str:
        """The same for one stage before and after a restart."""
        return self.text.rpartition("\n\n")[2][:MARK]


class Progress:
    """Shows the newest of what it is given, and forgets what was overtaken.

    `async with progress:` starts the showing and ends it. `kept` is called with the status message once it is posted,
    so that the turn goes on with the same message after a restart. `heading` stands above everything; `stood` is the
    `memory` of an earlier progress of the same job: a stage that still stands is as old as it is, what is shown already
    is not shown again, and the place is left the same time between two edits.
    """

    def __init__(
        self,
        posting: Posting,
        words: Words,
        ref: MessageRef | None,
        kept: Callable[[MessageRef], Awaitable[None]],
        *,
        began: float,
        heading: str = "",
        stood: str = "",
        quiet: float = QUIET,
        tick: float = TICK,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._posting = posting
        self._words = words
        self._kept = kept
        self._began = began
        self._quiet = quiet
        self._tick = tick
        self._now = now
        self._heading = f"{heading}\n" if heading else ""
        self._stood = stood
        self._since, edited, shown, self._mark = stood.split(" ", 3) if stood else ("", "0", "", "")
        self._stage = Shown("", now())  # what was last given to be shown, without what time adds
        self._wanted = ""
        self._shown = shown if ref is not None else ""  # the digest of what the status message says
        self._edited = float(edited) if ref is not None else 0.0  # when, in seconds since the epoch
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None
        self._preview = Preview(posting)
        self.ref = ref

    async def __aenter__(self) -> Progress:
        self._pump = asyncio.create_task(self._show_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    def show(self, text: str, *, ends: float = 0.0) -> None:
        """This is how it stands now. `ends` is when that is likely to be over, in seconds since the epoch."""
        self._set(Shown(text, self._now(), ends))

    def say(self, text: str) -> None:
        """The agent's words so far, as they come. They take no time of their own."""
        if text.strip():
            self._set(Shown(text.strip(), self._now(), self._stage.ends, said=True))

    @property
    def memory(self) -> str:
        """What is being shown and since when, for whoever goes on; empty where nothing is."""
        if not self._stage.text:
            return self._stood
        return f"{self._stage.since!r} {self._edited!r} {self._shown} {self._stage.mark}"

    async def flush(self, *, until: float = inf) -> None:
        """Show what has not been shown yet, as soon as the place takes another edit; where that is not before `until`
        (seconds since the epoch), whoever goes on then shows it."""
        if self._pump is not None and self._changed.is_set() and self._now() + self._early < until:
            await asyncio.sleep(self._early)
            with contextlib.suppress(OutboundError):
                await self._put()

    async def finish(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        """The last word of the status message; what does not fit into it follows, and what cannot be put into it any
        more comes as a new one. Raises `SlowDown` and `ChatGone`."""
        await self._end()
        first, *rest = split(f"{self._heading}{text}", self._posting.limits.text_chars)
        async with self._sending:
            ref = await self._close(first, () if rest else buttons)
        for number, piece in enumerate(rest, 1):
            ref = await self._posting.say(f"more{number - 1}", piece, buttons if number == len(rest) else ())
        return ref

    # --- inside -------------------------------------------------------------------------------------------------------

    @property
    def _early(self) -> float:
        """Seconds until the place takes another edit."""
        interval = self._posting.limits.edit_interval
        return min(interval, max(0.0, self._edited + interval - self._now()))

    def _set(self, stage: Shown) -> None:
        if stage.text == self._stage.text:
            stage = replace(stage, since=self._stage.since)
        elif self._since and stage.mark == self._mark:
            stage = replace(stage, since=float(self._since))
        self._stage = stage
        self._refresh()

    def _refresh(self) -> None:
        """Bring what is to be shown up to date."""
        text = fitted(self._heading + self._composed(self._now()), self._posting.limits.text_chars)
        if self._stage.text and text != self._wanted:
            self._wanted = text
            self._changed.set()
        elif self._preview.stale:
            self._changed.set()

    def _composed(self, now: float) -> str:
        """The stage, how long it is likely to take yet, and after a silence that it still goes on."""
        stage, text = self._stage, self._stage.text
        left = rounded(stage.ends - now)
        if left is not None:
            text += ("\n\n" if stage.said else " · ") + self._words.time_left(left)
        silences = int((now - stage.since) / self._quiet)
        if silences:
            text = f"{text}\n\n{self._words.still_working(stage.since + silences * self._quiet - self._began)}"
        return text

    async def _end(self) -> None:
        """Never while something is on its way: nobody would know whether it came."""
        if self._pump is not None:
            async with self._sending:
                self._pump.cancel()
            await asyncio.wait([self._pump])
            self._pump = None

    async def _show_on(self) -> None:
        await asyncio.sleep(self._early)
        while True:
            await self._wait()
            try:
                await self._put()
            except SlowDown as order:
                await asyncio.sleep(order.retry_after)
                self._changed.set()
            except ChatGone:
                return
            except OutboundError as error:
                log.warning("status_not_shown", error=type(error).__name__)
            except StoreError:  # the turn itself meets it, and knows what to do
                return
            await self._pause()

    async def _pause(self) -> None:
        """As long as the place wants it between two edits, and much longer where this process is late with everything:
        what is shown on the way gives way to first answers and to results."""
        interval = INTERVAL if self._preview.text else self._posting.limits.edit_interval
        due = time.monotonic() + interval
        await asyncio.sleep(interval)
        late = time.monotonic() - due
        if late > LATE and not self._posting.limits.one_shot:
            await asyncio.sleep(min(late * STEP_BACK, self._quiet / 10))

    async def _wait(self) -> None:
        """Until there is something new, be it that time goes by."""
        while not self._changed.is_set():
            age = self._now() - self._stage.since
            silent = self._quiet - age % self._quiet + 0.001
            try:
                async with asyncio.timeout(min(self._tick, silent)):
                    await self._changed.wait()
            except TimeoutError:
                self._refresh()

    async def _put(self) -> None:
        """Show what is wanted. Being cancelled does not call back what is on its way; how it fares is nobody's business
        then."""
        putting = asyncio.create_task(self._put_one())
        putting.add_done_callback(heeded)
        await asyncio.shield(putting)

    async def _put_one(self) -> None:
        async with self._sending:
            self._changed.clear()
            text = self._wanted
            if not text or digest(text) == self._shown:
                return
            if self.ref is None:
                await self._post(text)
            elif self._stage.said and await self._preview.show(text):
                return
            elif self._preview.text:
                await self._follow(text)
            elif self._posting.limits.can_edit:
                try:
                    await self._posting.show(self.ref, text)
                except OutcomeUnknown:  # whoever goes on shows it again: that is harmless
                    text = ""
            self._shown, self._edited = text and digest(text), self._now()

    async def _post(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        ref = await self._posting.say("status", text, buttons)
        if ref is not None:
            self.ref = ref
            await self._kept(ref)
        return ref

    async def _follow(self, text: str, buttons: Sequence[Button] = ()) -> MessageRef | None:
        """What was a draft becomes a message, and takes the place of the status message, which stands above it: a draft
        ends only with a new message."""
        ref = await self._posting.say(f"words-{digest(text)}", text, buttons)
        if ref is not None and self.ref is not None and ref != self.ref:
            before, self.ref = self.ref, ref
            await self._kept(ref)
            await self._posting.delete(before)
        self._preview.settle()
        return ref

    async def _close(self, text: str, buttons: Sequence[Button]) -> MessageRef | None:
        if self.ref is None:  # where nobody knows what became of the first words, the last ones come by themselves
            return await self._post(text, buttons) or await self._posting.say("last", text, buttons)
        if self._preview.text:
            return await self._follow(text, buttons)
        try:
            if self._posting.limits.can_edit:
                await self._posting.edit(self.ref, text, "status", buttons)
                return self.ref
        except OutcomeUnknown:
            return self.ref
        except Refused as error:
            log.warning("status_not_edited", error=str(error))
        return await self._posting.say("last", text, buttons)


def digest(text: str) -> str:
    """What tells one text from another."""
    return f"{crc32(text.encode()):08x}"


def fitted(text: str, most: int) -> str:
    """A text of at most `most` units. The last paragraphs tell how it stands: what is before them gives way."""
    if units_of(text) <= most:
        return text
    before, last = text.split("\n\n"), ""
    while before and units_of(before[-1]) + units_of(last) + 2 <= most // 3:
        last = f"\n\n{before.pop()}{last}"
    first = "\n\n".join(before)
    return f"{fitting(first, most - units_of(last) - 1).rstrip()}…{last}"
