"""The way out to Telegram: every send once by its delivery key, within the budgets, without markup."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any, Final, TypeVar

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import ChatMigrated, TelegramError

from adapters.telegram import faults
from adapters.telegram.arrivals import MOVED_FROM
from adapters.telegram.budget import Budget
from adapters.telegram.deliveries import KEPT, Deliveries
from adapters.telegram.downloads import opened
from adapters.telegram.drafts import Drafts
from adapters.telegram.faults import readable, says, translated
from adapters.telegram.line import Line
from adapters.telegram.places import chat_of, is_group, message_id, message_of, place_of, thread_of
from adapters.telegram.settings import CAPTION_UNITS, NOTICE_UNITS, TEXT_UNITS, VIDEO_BY_URL
from adapters.telegram.speech import cut
from adapters.telegram.uploads import NAME, Upload, handle_of, upload_of
from core.errors import OutboundError, OutcomeUnknown, Refused, SlowDown, StoreError
from core.messages import (
    Activity,
    Attachment,
    Choice,
    Clip,
    ConversationKey,
    Limits,
    MessageRef,
    Picture,
    Press,
    SentClip,
    units_of,
)
from core.ports import Draft, Notes, Pace, SentVideo

log = structlog.get_logger(__name__)

T = TypeVar("T")

PERSON_INTERVAL: Final = 3.0  # seconds between two edits
GROUP_INTERVAL: Final = 6.0
CHOICES: Final = 24
CHOICE_CHARS: Final = 80  # a keyboard may have about 10 kB in all; what a screen has no room for, the client shortens
ROW_CHARS: Final = 26  # what fits on a phone, side by side
ROW_CHOICES: Final = 3
SHORT: Final = 22.0  # seconds for a call without a file, all waiting included
LONG: Final = 1800.0  # for one with a file; before that, silence ends it (see `line`)
ACTIVITY_SHOWN: Final = 4.5
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
ACTIONS: Final = {Activity.TYPING: ChatAction.TYPING, Activity.UPLOADING_VIDEO: ChatAction.UPLOAD_VIDEO}


class TelegramSender:
    """`core.ports.Outbound` for Telegram. `now` is the time of day in seconds."""

    def __init__(self, line: Line, pace: Pace, notes: Notes, *, now: Callable[[], float] = time.time) -> None:
        self._line = line
        self._bot = line.bot
        self._notes = notes
        self._budget = Budget(pace, line.settings.bot_id)
        self._deliveries = Deliveries(notes, now)
        self._drafts = Drafts(line, self._budget, notes)
        self._shown: dict[ConversationKey, float] = {}

    async def limits(self, to: ConversationKey) -> Limits:
        """What Telegram takes there."""
        await self._drafts.recall(to)
        settings = self._line.settings
        return Limits(
            text_chars=TEXT_UNITS,
            caption_chars=CAPTION_UNITS,
            upload_bytes=settings.upload_bytes,
            download_bytes=settings.download_bytes,
            download_liftable=True,
            edit_interval=GROUP_INTERVAL if is_group(chat_of(to)) else PERSON_INTERVAL,
            can_replace_text_by_video=True,
            choices=CHOICES,
            choice_chars=CHOICE_CHARS,
            attachments=10,
            video_by_url=VIDEO_BY_URL,
        )

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
        """Post a text."""

        async def send(chat: int) -> Message:
            return await self._bot.send_message(
                chat,
                cut(text, TEXT_UNITS),
                message_thread_id=thread_of(to),
                reply_markup=keyboard(choices),
                reply_parameters=_answer_to(reply_to, chat),
                link_preview_options=NO_PREVIEW,
            )

        return (await self._once(to, key, send, SHORT)).ref

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        """Replace text and buttons; of a video, what stands with it, which is never cut: a text that has no room there
        is `Refused`. Tried twice: a repeat is harmless."""
        chat, number = _number_of(ref)
        markup = keyboard(choices)

        async def edit() -> None:
            try:
                await self._bot.edit_message_text(
                    cut(text, TEXT_UNITS), chat, number, reply_markup=markup, link_preview_options=NO_PREVIEW
                )
            except TelegramError as error:
                if not says(error, faults.NO_TEXT):
                    raise
                if units_of(text) > CAPTION_UNITS:
                    raise Refused("longer than what stands with a video") from error
                await self._bot.edit_message_caption(chat, number, caption=text, reply_markup=markup)

        await self._budget.progress(chat)
        await self._repeat(chat, edit, faults.UNCHANGED)

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a picture; as a file where it has a shape that Telegram does not show."""
        name = "picture.png" if picture.mime == "image/png" else "picture.jpg"
        caption = cut(caption, CAPTION_UNITS)

        async def send(chat: int) -> Message:
            thread, file = thread_of(to), InputFile(picture.data, filename=name, attach=True)
            try:
                return await self._bot.send_photo(chat, file, caption=caption, message_thread_id=thread)
            except TelegramError as error:
                if not says(error, f"{faults.ODD_PICTURE}|{faults.LARGE}"):
                    raise
                return await self._bot.send_document(
                    chat, file, caption=caption, message_thread_id=thread, disable_content_type_detection=True
                )

        return (await self._once(to, key, send, SHORT)).ref

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
        """Post a video that plays in place and notifies. A repeat whose first send has an unknown outcome is
        `OutcomeUnknown`, too."""
        beside: dict[str, Any] = {
            "caption": cut(caption, CAPTION_UNITS),
            "message_thread_id": thread_of(to),
            "reply_markup": keyboard(choices),
        }
        with self._uploading(clip) as upload:
            return await self._once(to, key, lambda chat: self._film(chat, upload, beside), LONG, again=False)

    async def _film(self, chat: int, upload: Upload, beside: dict[str, Any]) -> Message:
        if upload.animated:
            return await self._bot.send_animation(chat, upload.video, **beside)
        return await self._bot.send_video(
            chat,
            upload.video,
            duration=upload.seconds,
            width=upload.width,
            height=upload.height,
            thumbnail=upload.thumbnail,
            cover=upload.cover,
            supports_streaming=True,
            **beside,
        )

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        """Turn a message of ours into a video."""
        chat, number = _number_of(ref)
        with self._uploading(clip) as upload:
            await self._budget.result(chat)
            with self._unless(faults.UNCHANGED):
                await self._call(
                    chat,
                    lambda: self._bot.edit_message_media(
                        upload.media(cut(caption, CAPTION_UNITS)), chat, number, reply_markup=keyboard(choices)
                    ),
                    LONG,
                )

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a video as a file that Telegram leaves alone. The handle of a video opens none: that is `Refused`."""
        if isinstance(clip, SentClip):
            raise Refused("the handle of a video opens no file")
        with self._uploading(clip) as upload:

            async def send(chat: int) -> Message:
                return await self._bot.send_document(
                    chat,
                    upload.video,
                    caption=cut(caption, CAPTION_UNITS),
                    filename=NAME,
                    thumbnail=upload.thumbnail,
                    disable_content_type_detection=True,
                    message_thread_id=thread_of(to),
                )

            return (await self._once(to, key, send, LONG, again=False)).ref

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message; one that is not there any more is success."""
        chat, number = _number_of(ref)
        await self._repeat(chat, lambda: self._bot.delete_message(chat, number), faults.NOT_THERE)

    async def answer(self, press: Press, text: str = "") -> None:
        """Acknowledge a press. Too late, or twice, is success."""
        notice = cut(text, NOTICE_UNITS) or None
        if press.ref:
            chat = chat_of(press.key)
            await self._repeat(chat, lambda: self._bot.answer_callback_query(press.ref, notice), faults.LATE)

    async def forget(self, to: ConversationKey) -> None:
        """Strike out what was noted of the place; the messages are people's."""
        self._shown.pop(to, None)
        with translated():
            await self._notes.forget(place_of(to))

    def stream(self, to: ConversationKey) -> Draft | None:
        """A draft in a private chat, unless it was refused there before."""
        return self._drafts.draft(to)

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        """Show it for some seconds. It is not worth an error, nor a place in a queue."""
        chat, now = chat_of(to), time.monotonic()
        if now - self._shown.get(to, -ACTIVITY_SHOWN) < ACTIVITY_SHOWN:
            return
        if len(self._shown) > 10_000:
            self._shown.clear()
        self._shown[to] = now
        with suppress(OutboundError):
            if await self._budget.preview(chat):
                send = self._bot.send_chat_action
                await self._call(chat, lambda: send(chat, ACTIONS[what], message_thread_id=thread_of(to)), SHORT)

    def open(self, attachment: Attachment) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of what a person handed in. Raises `AttachmentGone`, `TooLarge`, `SlowDown`."""
        return opened(self._line, attachment)

    # --- inside -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _uploading(self, clip: Clip) -> Iterator[Upload]:
        with translated(), upload_of(clip, self._line.settings.upload_bytes) as upload:
            yield upload

    async def _once(
        self,
        to: ConversationKey,
        key: str,
        send: Callable[[int], Awaitable[Message]],
        seconds: float,
        *,
        again: bool = True,
    ) -> SentVideo:
        """Send unless the key says that it was; to where the chat has moved, if it has."""
        chat = chat_of(to)
        await self._budget.result(chat)
        async with self._deliveries.once(to, key, again=again) as delivery:
            if delivery.sent is None:
                message = await self._reach(to, chat, send, seconds)
                if not isinstance(message, Message):  # the SDK hands on whatever was answered
                    raise OutcomeUnknown("an answer that is no message")
                ref = MessageRef(to, message_id(message.chat.id, message.message_id))
                delivery.sent = SentVideo(ref, handle_of(message))
        return delivery.sent

    async def _reach(
        self, to: ConversationKey, chat: int, send: Callable[[int], Awaitable[Message]], seconds: float
    ) -> Message:
        try:
            return await self._call(chat, lambda: send(chat), seconds)
        except _Moved as news:
            new = news.chat
        await self._note_move(chat, new)
        await self._budget.result(new)
        return await self._call(new, lambda: send(new), seconds)

    async def _note_move(self, old: int, new: int) -> None:
        """The listener tells the core, before the first message from there."""
        with translated():
            await self._notes.put(str(new), MOVED_FROM, str(old).encode(), seconds=KEPT)

    async def _repeat(self, chat: int, call: Callable[[], Awaitable[object]], harmless: str) -> None:
        """A call that may be made twice, and whose refusal for some reasons is success."""
        with self._unless(harmless):
            try:
                await self._call(chat, call, SHORT)
            except OutcomeUnknown:
                await self._call(chat, call, SHORT)

    @contextmanager
    def _unless(self, harmless: str) -> Iterator[None]:
        try:
            yield
        except OutboundError as error:
            if not isinstance(error.__cause__, TelegramError) or not says(error.__cause__, harmless):
                raise

    async def _call(self, chat: int, call: Callable[[], Awaitable[T]], seconds: float) -> T:
        """One call with its deadline. An order to slow down holds up this chat in all processes, and no other."""
        try:
            with translated(), readable():
                async with asyncio.timeout(seconds):
                    return await call()
        except Refused as error:
            if isinstance(error.__cause__, ChatMigrated):
                raise _Moved(error.__cause__.new_chat_id) from error.__cause__
            raise
        except SlowDown as order:
            if isinstance(order.__cause__, faults.Flooded):
                await self._hold(chat, order.retry_after)
            raise

    async def _hold(self, chat: int, seconds: float) -> None:
        with suppress(StoreError):
            await self._budget.hold(chat, seconds)


class _Moved(Refused):
    """The chat lives on as another one."""

    def __init__(self, chat: int) -> None:
        super().__init__("the chat has moved")
        self.chat = chat


def keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """Buttons in rows that a phone shows whole."""
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for choice in choices:
        if not rows or len(rows[-1]) == ROW_CHOICES or room < len(choice.label):
            rows.append([])
            room = ROW_CHARS
        rows[-1].append(InlineKeyboardButton(choice.label, callback_data=choice.token))
        room -= len(choice.label) + 2
    return InlineKeyboardMarkup(rows) if rows else None


def _answer_to(reply_to: str, chat: int) -> ReplyParameters | None:
    """What a message answers, if that is still a message of this chat."""
    target = message_of(reply_to)
    if target is None or target[0] != chat:
        return None
    return ReplyParameters(target[1], allow_sending_without_reply=True)


def _number_of(ref: MessageRef) -> tuple[int, int]:
    target = message_of(ref.id)
    if target is None:
        raise Refused("no message of this platform")
    return target
