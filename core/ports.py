"""What the core needs from a platform, and what a platform needs from the core, as protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.messages import (
    Activity,
    Attachment,
    Choice,
    Clip,
    ConversationKey,
    Inbound,
    Limits,
    MessageRef,
    Picture,
    Press,
)

Receive = Callable[[Inbound], Awaitable[None]]
"""Takes what a platform brought. Returns when it is safely recorded (only then may the platform be told so); a repeat
of the same id has no effect. Raises `errors.StoreError` when it could not be recorded: nothing was begun."""


class Outbound(Protocol):
    """A platform's way out. Every method raises only `errors.OutboundError` and its children.

    `key` is the delivery key: sending twice with one key must, as far as the platform can, leave one message.
    `asked` is the id of the `InboundMessage` or `Press` that is answered so: for platforms on which a question is
    answered in a place of its own (an interaction); others need not look at it.
    """

    async def limits(self, to: ConversationKey) -> Limits:
        """What may be sent there, asked from the platform where it can tell."""
        ...

    async def send_text(
        self,
        to: ConversationKey,
        text: str,
        choices: Sequence[Choice] = (),
        *,
        key: str,
        reply_to: str = "",
        asked: str = "",
    ) -> MessageRef:
        """Post plain text (no markup is interpreted). `reply_to` is an `InboundMessage.id` of the same place."""
        ...

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        """Replace text and buttons of a message of ours. "Not modified" is success."""
        ...

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a picture."""
        ...

    async def send_video(
        self,
        to: ConversationKey,
        clip: Clip,
        caption: str,
        choices: Sequence[Choice] = (),
        *,
        key: str,
        asked: str = "",
    ) -> SentVideo:
        """Post a video that plays in place and notifies. Raises `TooLarge`, or `OutcomeUnknown` after a lost answer."""
        ...

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        """Turn a text message of ours into a video; repeating it makes no second message."""
        ...

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a video as a file that is not re-encoded by the platform."""
        ...

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message; one that is not there any more is success."""
        ...

    async def answer(self, press: Press, text: str = "") -> None:
        """Acknowledge a press, with a short notice to the presser alone. Too late is success."""
        ...

    async def forget(self, to: ConversationKey) -> None:
        """Erase what we keep of this place on the platform's behalf; what the platform itself keeps is people's."""
        ...

    def stream(self, to: ConversationKey) -> Draft | None:
        """A draft that is rewritten while text arrives, where the platform has one; else None."""
        ...

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        """Show that something is going on. Never raises for a place that shows nothing."""
        ...

    def open(self, attachment: Attachment) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of an attachment of this platform. Raises `AttachmentGone`, `TooLarge`."""
        ...


@runtime_checkable
class Lender(Protocol):
    """A way out whose platform gives what people handed in to whoever has its link."""

    async def link(self, attachment: Attachment) -> str:
        """A link that is good for some minutes at least, empty where there is none. It is a secret, to be shown to
        nobody but who shall fetch the file. Raises `OutboundError`."""
        ...


@runtime_checkable
class Keeper(Protocol):
    """A way out that keeps by itself what people handed in, and not on the platform."""

    async def let_go(self, attachments: Sequence[Attachment], seconds: float) -> None:
        """Keep these for so long yet: what they were handed in for is done. One that is gone is success. Raises
        `OutboundError`."""
        ...


@dataclass(frozen=True, slots=True)
class SentVideo:
    """A posted video. `handle` posts the same video again without bytes; empty where a platform has no such thing."""

    ref: MessageRef
    handle: str = ""


class Draft(Protocol):
    """A preview of a message in the making; what is final must still be sent."""

    async def update(self, text: str) -> bool:
        """Show `text` as what has been written so far. False where it is not shown: a message must say it."""
        ...


class Listener(Protocol):
    """A platform's way in."""

    async def listen(self, receive: Receive) -> None:
        """Hand over what comes in, until cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: what was looked at, whether it is well, and the fix if not."""

    subject: str
    well: bool
    detail: str
    fix: str = ""


class Diagnosis(Protocol):
    """An adapter's own part of the doctor."""

    async def diagnose(self) -> Sequence[Finding]:
        """Look at tokens, rights, addresses. Changes nothing, raises nothing."""
        ...


# --- what adapters need of the store; `bot.wiring` hands it in --------------------------------------------------------


class Pace(Protocol):
    """Send budgets shared by all processes."""

    async def take(self, budget: str, *, rate: float, burst: float = 1.0) -> float:
        """Take one send out of `budget` (refilled at `rate` per second, holding at most `burst`) if one is there.
        Returns 0.0, or the seconds to wait before asking again."""
        ...

    async def hold(self, budget: str, seconds: float) -> None:
        """A platform ordered a pause: nothing is handed out of `budget` before it is over."""
        ...


class Leadership(Protocol):
    """One among many processes does a thing."""

    def held(self, name: str) -> AbstractAsyncContextManager[Term]:
        """Wait until this process leads `name`; leaving the block gives it up."""
        ...


class Term(Protocol):
    """A time of leading."""

    @property
    def fence(self) -> int:
        """A number that grows with every term: a record with a smaller one is from a leader of the past."""
        ...

    async def lost(self) -> None:
        """Return when the lead is lost."""
        ...


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One change in a feed. `cursor` is its place, to resume after; `body` is None where the item was removed."""

    cursor: str
    item: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class FeedSnapshot:
    """Everything that a feed holds, in the order in which the items first appeared, and the cursor to go on from."""

    items: Sequence[tuple[str, bytes]]
    cursor: str


class Feed(Protocol):
    """The way back to people whose connection another process holds: items that appear, change and go, by chat."""

    async def put(self, chat: str, item: str, body: bytes) -> None:
        """Add the item, or replace it in its place. The same body again is no event."""
        ...

    async def swap(self, chat: str, item: str, old: bytes | None, new: bytes) -> bytes | None:
        """Put `new` if the item is `old` now (None: if there is none). Returns what is there afterwards."""
        ...

    async def get(self, chat: str, item: str) -> bytes | None:
        """The item as it is now."""
        ...

    async def remove(self, chat: str, item: str) -> None:
        """Take the item away."""
        ...

    async def snapshot(self, chat: str) -> FeedSnapshot:
        """What is there now."""
        ...

    async def forget(self, chat: str) -> None:
        """Take away everything. Whoever follows gets `errors.CursorLost`."""
        ...

    def follow(self, chat: str, after: str) -> AsyncIterator[FeedEvent]:
        """Every change after the cursor, as it happens, until closed. Raises `errors.CursorLost` where the cursor is
        older than what is kept: take a snapshot again."""
        ...


class Notes(Protocol):
    """Small things that an adapter must remember about a chat, across processes and restarts: the message that a
    delivery key has become, a handle, a token. They are kept sealed. Every method raises `errors.StoreError`."""

    async def get(self, chat: str, name: str) -> bytes | None:
        """What was noted; None where there is nothing (any more)."""
        ...

    async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
        """Note it for so long, in place of what was there."""
        ...

    async def claim(self, chat: str, name: str, value: bytes, *, seconds: float) -> bytes | None:
        """Note it if nothing is there: None for who came first, else what is there."""
        ...

    async def remove(self, chat: str, name: str) -> None:
        """Strike it out."""
        ...

    async def forget(self, chat: str) -> None:
        """Strike out everything about the chat."""
        ...


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What is known of a blob: its size in bytes, its type, and the name people know it by."""

    id: str
    size: int
    mime: str
    name: str


class Blobs(Protocol):
    """Bytes that one process has and another needs, for a time."""

    async def put(self, data: AsyncIterator[bytes], *, mime: str, name: str = "", seconds: float) -> BlobInfo:
        """Keep the bytes for `seconds`. Raises `errors.QuotaReached`; nothing is left behind then."""
        ...

    async def info(self, blob: str) -> BlobInfo | None:
        """What is known of it; None where there is none (any more)."""
        ...

    def read(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop` (exclusive). Raises `errors.BlobGone`."""
        ...

    async def keep(self, blob: str, seconds: float) -> None:
        """From now on, keep it for so long. Raises `errors.BlobGone`."""
        ...

    async def remove(self, blob: str) -> None:
        """Forget it now."""
        ...


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One row of the command table, out of which menus, slash commands and help are made.

    `secret`: what is typed after it is shown and kept nowhere, and neither is, with or without the command, what looks
    like this (a regular expression); a platform that can ask for a text where nobody else sees it (a modal) does so.
    """

    name: str
    summary: str
    private_only: bool = False
    takes_text: bool = False
    secret: str = ""
