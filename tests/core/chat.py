"""A chat of no platform: keeps what a person would see, does what a platform may do, and fails to order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TypeVar

from core.errors import AttachmentGone, OutboundError, SlowDown, TooLarge
from core.messages import (
    Activity,
    Attachment,
    Choice,
    Clip,
    ConversationKey,
    Limits,
    LocalClip,
    MessageRef,
    Picture,
    Press,
)
from core.ports import Draft, SentVideo

T = TypeVar("T")

LIMITS = Limits(
    text_chars=4096,
    caption_chars=1024,
    upload_bytes=50_000_000,
    download_bytes=20_000_000,
    edit_interval=0.0,
    can_replace_text_by_video=True,
)


@dataclass(slots=True)
class Shown:
    """A message of the bot as it stands in the chat now; `was` holds the texts it showed before, in order."""

    id: str
    key: str
    to: ConversationKey
    text: str
    choices: tuple[Choice, ...] = ()
    video: Clip | None = None
    data: bytes = field(default=b"", repr=False)
    as_file: bool = False
    was: list[str] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """What stands on its buttons."""
        return [choice.label for choice in self.choices]


@dataclass(frozen=True, slots=True)
class Failure:
    """What goes wrong with a call. With `effect` the call does its work before it fails."""

    method: str
    error: OutboundError
    effect: bool = False


class ChatRoom:
    """A `core.ports.Outbound`. `fail` orders failures; `limits_now` may be changed at any time.

    `answers` holds what pressers were told, `early` the calls that came before a `SlowDown` was over, `calls` the names
    of all calls that changed something.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits_now = limits
        self.messages: list[Shown] = []
        self.answers: list[str] = []
        self.calls: list[str] = []
        self.early: list[str] = []
        self.activities: list[Activity] = []
        self.forgotten: list[ConversationKey] = []
        self.files: dict[str, bytes] = {}
        self.opened: list[str] = []
        self.deleted: list[str] = []
        self.failures: list[Failure] = []
        self.gone = False
        self.drops_repeats = False  # a second message with the same delivery key is the first
        self.slowness = 0.0  # seconds between the effect of a new text and the answer
        self._not_before = 0.0
        self._changed = asyncio.Event()

    # --- for tests ----------------------------------------------------------------------------------------------------

    def fail(self, method: str, error: OutboundError, *, effect: bool = False, times: int = 1) -> None:
        """Let the next call of the method go wrong."""
        self.failures += [Failure(method, error, effect)] * times

    @property
    def texts(self) -> list[str]:
        """What stands in the chat, message by message."""
        return [message.text for message in self.messages]

    @property
    def videos(self) -> list[Shown]:
        """The messages that are videos, played in place or as files."""
        return [message for message in self.messages if message.video is not None]

    @property
    def everything(self) -> str:
        """All that stands or stood in the chat."""
        return "\n".join(text for message in self.messages for text in (*message.was, message.text))

    async def until(self, look: Callable[[], T], *, what: str = "", seconds: float = 30.0) -> T:
        """Wait until `look` sees something, and return it."""
        try:
            async with asyncio.timeout(seconds):
                while not (seen := look()):
                    self._changed.clear()
                    try:
                        async with asyncio.timeout(0.05):  # what `look` sees may not be ours
                            await self._changed.wait()
                    except TimeoutError:
                        pass
                return seen
        except TimeoutError:
            raise AssertionError(f"{what or 'it'} did not come; in the chat: {self.texts}") from None

    # --- core.ports.Outbound ------------------------------------------------------------------------------------------

    async def limits(self, to: ConversationKey) -> Limits:
        return self.limits_now

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
        assert len(text) <= self.limits_now.text_chars
        assert len(choices) <= self.limits_now.choices
        assert text
        with_effect = self._failing("send_text")
        message = self._appear(Shown("", key, to, text, tuple(choices)))
        await asyncio.sleep(self.slowness)
        self._fail(with_effect)
        return MessageRef(to, message.id)

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        assert 0 < len(text) <= self.limits_now.text_chars
        with_effect = self._failing("edit_text")
        message = self._message(ref)
        if message.text != text:
            message.was.append(message.text)
        message.text, message.choices = text, tuple(choices)
        self._changed.set()
        self._fail(with_effect)

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        with_effect = self._failing("send_picture")
        message = self._appear(Shown("", key, to, caption, data=picture.data))
        self._fail(with_effect)
        return MessageRef(to, message.id)

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
        return await self._send_clip("send_video", Shown("", key, to, caption, tuple(choices), clip))

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        sent = await self._send_clip("send_file", Shown("", key, to, caption, (), clip, as_file=True))
        return sent.ref

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        assert self.limits_now.can_replace_text_by_video
        with_effect = self._failing("replace_by_video")
        message = self._message(ref)
        message.was.append(message.text)
        message.text, message.choices, message.video = caption, tuple(choices), clip
        message.data = _bytes_of(clip)
        self._changed.set()
        self._fail(with_effect)

    async def delete(self, ref: MessageRef) -> None:
        self._fail(self._failing("delete"))
        self.deleted.append(ref.id)
        self.messages = [message for message in self.messages if message.id != ref.id]

    async def answer(self, press: Press, text: str = "") -> None:
        self._fail(self._failing("answer"))
        self.answers.append(text)
        self._changed.set()

    async def forget(self, to: ConversationKey) -> None:
        self.forgotten.append(to)

    def stream(self, to: ConversationKey) -> Draft | None:
        return None

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        self.activities.append(what)

    @asynccontextmanager
    async def open(self, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
        data = self.files.get(attachment.ref)
        if data is None:
            raise AttachmentGone(attachment.ref)
        self.opened.append(attachment.ref)

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 64 * 1024):
                yield data[start : start + 64 * 1024]

        yield chunks()

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _send_clip(self, method: str, shown: Shown) -> SentVideo:
        assert len(shown.text) <= self.limits_now.caption_chars
        with_effect = self._failing(method)
        assert shown.video is not None
        if shown.video.size > self.limits_now.upload_bytes:
            raise TooLarge("too large")
        message = self._appear(replace(shown, data=_bytes_of(shown.video)))
        self._fail(with_effect)
        return SentVideo(MessageRef(message.to, message.id), handle=f"handle-{message.id}")

    def _failing(self, method: str) -> OutboundError | None:
        """Raise what is to go wrong before the effect; return what is to go wrong after it."""
        self.calls.append(method)
        if monotonic() < self._not_before:
            self.early.append(method)
        failure = next((one for one in self.failures if one.method in (method, "*")), None)
        if failure is None:
            return None
        self.failures.remove(failure)
        if isinstance(failure.error, SlowDown):
            self._not_before = monotonic() + failure.error.retry_after
        if not failure.effect:
            raise failure.error
        return failure.error

    def _fail(self, error: OutboundError | None) -> None:
        if error is not None:
            raise error

    def _appear(self, shown: Shown) -> Shown:
        known = next((one for one in self.messages if one.key == shown.key), None)
        if self.drops_repeats and known is not None:
            return known
        shown.id = f"m{len(self.messages)}"
        self.messages.append(shown)
        self._changed.set()
        return shown

    def _message(self, ref: MessageRef) -> Shown:
        return next(one for one in self.messages if one.id == ref.id)


def _bytes_of(clip: Clip) -> bytes:
    return clip.path.read_bytes() if isinstance(clip, LocalClip) else b""
