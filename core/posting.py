"""The way out of one job: sends only while the job is still ours, each kind of message at most once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import structlog

from core.errors import OutboundError, OutcomeUnknown, Refused, SlowDown
from core.messages import (
    Activity,
    Attachment,
    Choice,
    Clip,
    ConversationKey,
    Limits,
    MessageRef,
    Picture,
    fitting,
    units_of,
)
from core.ports import Draft, Keeper, Lender, Outbound, SentVideo
from core.records import Button
from core.store.lease import Lease
from core.store.records import Records

log = structlog.get_logger(__name__)


class Posting:
    """`Outbound` for one job. Before each send it makes sure of the lease (raises `LeaseLost`), and that no order to
    slow down is still in force (raises `SlowDown`). Delivery keys are made of the job and the kind of message, so that
    saying the same thing again after a crash is harmless."""

    def __init__(
        self, outbound: Outbound, records: Records, lease: Lease, limits: Limits, term: float, now: Callable[[], float]
    ) -> None:
        self._outbound = outbound
        self._records = records
        self._lease = lease
        self._term = term
        self._now = now
        self.limits = limits
        self.to: ConversationKey = lease.job.key
        self._asked = lease.job.message.id
        self._draft: Draft | None = None

    async def say(
        self, kind: str, text: str, buttons: Sequence[Button] = (), *, reply_to: str = ""
    ) -> MessageRef | None:
        """Post a text, in several messages where it is too long for one, in reply to the message of that id if there is
        one. None where the platform would not take it, or did not tell whether it has."""
        pieces = split(text, self.limits.text_chars)
        ref = None
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            ref = await self._say(f"{kind}{number or ''}", piece, buttons if last else (), reply_to)
        return ref

    async def _say(self, kind: str, text: str, buttons: Sequence[Button], reply_to: str) -> MessageRef | None:
        choices = await self.choices(kind, buttons)
        await self._check()
        try:
            async with self._obeying():
                return await self._outbound.send_text(
                    self.to, text, choices, key=self.key(kind), reply_to=reply_to, asked=self._asked
                )
        except (Refused, OutcomeUnknown) as error:
            log.warning("text_not_posted", job=self._lease.job.id, kind=kind, error=type(error).__name__)
            return None

    async def edit(self, ref: MessageRef, text: str, kind: str = "", buttons: Sequence[Button] = ()) -> None:
        """Replace a text of ours."""
        choices = await self.choices(kind, buttons)
        await self._check()
        async with self._obeying():
            await self._outbound.edit_text(ref, fitting(text, self.limits.text_chars), choices)

    async def show(self, ref: MessageRef, text: str) -> None:
        """Replace a text of ours on the way. Not for longer than the lease is certainly ours: who has it by then may
        have said the last word, and this must not come after it. Raises `OutcomeUnknown` then."""
        await self._check()
        try:
            async with asyncio.timeout(self._term / 2), self._obeying():
                await self._outbound.edit_text(ref, fitting(text, self.limits.text_chars), ())
        except TimeoutError:
            raise OutcomeUnknown("it took too long") from None

    async def video(self, kind: str, clip: Clip, caption: str, buttons: Sequence[Button]) -> SentVideo:
        """Post a video."""
        choices = await self.choices(kind, buttons)
        await self._check()
        caption = fitting(caption, self.limits.caption_chars)
        async with self._obeying():
            return await self._outbound.send_video(
                self.to, clip, caption, choices, key=self.key(kind), asked=self._asked
            )

    async def replace(self, ref: MessageRef, clip: Clip, caption: str, buttons: Sequence[Button]) -> None:
        """Turn a text of ours into a video."""
        choices = await self.choices("replaced", buttons)
        await self._check()
        async with self._obeying():
            await self._outbound.replace_by_video(ref, clip, fitting(caption, self.limits.caption_chars), choices)

    async def file(self, kind: str, clip: Clip, caption: str) -> MessageRef:
        """Post a video as a file."""
        await self._check()
        caption = fitting(caption, self.limits.caption_chars)
        async with self._obeying():
            return await self._outbound.send_file(self.to, clip, caption, key=self.key(kind), asked=self._asked)

    async def picture(self, kind: str, picture: Picture, caption: str) -> MessageRef:
        """Post a picture."""
        await self._check()
        async with self._obeying():
            return await self._outbound.send_picture(self.to, picture, caption, key=self.key(kind), asked=self._asked)

    async def activity(self, what: Activity) -> None:
        """Show that something is going on."""
        await self._outbound.activity(self.to, what)

    def draft(self) -> Draft | None:
        """The draft that is rewritten while text arrives, where there is such a thing (still): always the same one."""
        draft = self._outbound.stream(self.to)
        self._draft = None if draft is None else self._draft or draft
        return self._draft

    async def delete(self, ref: MessageRef) -> None:
        """Take a message of ours away. That it stays is no trouble."""
        await self._check()
        with suppress(Refused, OutcomeUnknown):
            async with self._obeying():
                await self._outbound.delete(ref)

    def open(self, attachment: Attachment) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of an attachment."""
        return self._outbound.open(attachment)

    async def link(self, attachment: Attachment) -> str:
        """A link from which an attachment can be fetched, where the platform has such a thing."""
        return await self._outbound.link(attachment) if isinstance(self._outbound, Lender) else ""

    async def let_go(self, attachments: Sequence[Attachment], seconds: float) -> None:
        """These are needed for so long yet, where we keep them ourselves. Else they go in their own time."""
        if isinstance(self._outbound, Keeper):
            with suppress(OutboundError):
                await self._outbound.let_go(attachments, seconds)

    async def choices(self, kind: str, buttons: Sequence[Button]) -> list[Choice]:
        """Buttons, with a stored record behind each. Places where nobody can press get none."""
        if self.limits.one_shot:
            return []
        shown = buttons[: self.limits.choices]
        tokens = await self._records.keep_buttons(self.to, self.key(kind), shown, fence=self._lease.fence)
        return choices_of(shown, tokens, self.limits)

    def key(self, kind: str) -> str:
        """The delivery key of a kind of message."""
        return f"{self._lease.job.id}:{kind}"

    async def _check(self) -> None:
        wait = float(self._lease.job.notes.get("not_before", "0")) - self._now()
        if wait > 0:
            raise SlowDown(wait)
        await self._lease.check(self._term)

    @asynccontextmanager
    async def _obeying(self) -> AsyncIterator[None]:
        """An order is noted with the job: it holds for whoever goes on with it, too."""
        try:
            yield
        except SlowDown as order:
            await self._lease.save(notes={"not_before": repr(self._now() + order.retry_after)})
            raise


def choices_of(buttons: Sequence[Button], tokens: Sequence[str], limits: Limits) -> list[Choice]:
    """Buttons as the platform shows them, each with the token of its record."""
    pairs = zip(buttons, tokens, strict=True)
    return [
        Choice(label(button.label, limits.choice_chars), token, button.asks, button.person) for button, token in pairs
    ]


def label(text: str, most: int) -> str:
    """A button's label, cut to what the platform shows."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def split(text: str, most: int) -> list[str]:
    """A long text in pieces of at most `most` units, parted where a reader would part it."""
    pieces, text = [], text.strip()
    while units_of(text) > most:
        room = fitting(text, most)
        cuts = (room.rfind(mark) + len(mark) for mark in ("\n\n", "\n", ". ", "。", " "))
        cut = next((cut for cut in cuts if cut > len(room) // 2), len(room))
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text or not pieces else pieces
