"""The way out to Discord: by REST only, so that any process can answer, whichever one holds the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import structlog
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from adapters.discord.components import IN_ROW, LABEL, ROWS, rows_of
from adapters.discord.faults import MessageGone, TokenDead, facts
from adapters.discord.files import Files
from adapters.discord.markup import ROOM_CHARS, escape
from adapters.discord.notebook import Notebook, Place, nonce_of
from adapters.discord.places import channel_of, interaction_of, message_of
from adapters.discord.rest import Rest, Upload, open_rest
from adapters.discord.settings import DiscordSettings
from adapters.discord.ways import Letter, Ways
from adapters.discord.wire import EPHEMERAL, mentions
from core.errors import ChatGone, OutboundError, Refused, SlowDown, TooLarge
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
from core.ports import Draft, Notes, Pace, SentVideo

log = structlog.get_logger(__name__)

MiB: Final = 1 << 20
BY_TIER: Final = {2: 50 * MiB, 3: 100 * MiB}  # of a guild's boosts
LIMITS: Final = (100 * MiB, 50 * MiB, DEFAULT_FILE_SIZE_LIMIT_BYTES)
CAPTION_CHARS: Final = 1500
EDIT_INTERVAL: Final = 1.5


class DiscordSender:
    """`core.ports.Outbound` for Discord. Made by `open_sender`."""

    def __init__(self, rest: Rest, notes: Notes, settings: DiscordSettings) -> None:
        self._rest = rest
        self._book = Notebook(notes)
        self._ways = Ways(rest, self._book, settings)
        self._files = Files(rest, self._book)

    async def limits(self, to: ConversationKey) -> Limits:
        """What may be sent there; the size of files is the guild's, or the interaction's."""
        with facts():
            place, refused = await self._place(to), await self._book.file_limit(to)
        return Limits(
            text_chars=ROOM_CHARS,
            caption_chars=CAPTION_CHARS,
            upload_bytes=min(place.file_bytes, refused or place.file_bytes),
            edit_interval=EDIT_INTERVAL,
            can_replace_text_by_video=True,
            choices=ROWS * IN_ROW,
            choice_chars=LABEL,
            repeats_are_harmless=True,
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
        """Post plain text."""
        letter = Letter(escape(text), rows_of(choices), reply_to=message_of(reply_to))
        with facts():
            return await self._ways.deliver(to, letter, key=key, asked=asked)

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        """Replace text and buttons; files stay."""
        with facts():
            await self._ways.edit(ref, Letter(escape(text), rows_of(choices)))

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a picture."""
        suffix = "png" if picture.mime == "image/png" else "jpg"
        file = Upload(picture.data, f"picture-{nonce_of(key)[:6]}.{suffix}", picture.mime, picture.alt)
        with facts():
            return await self._ways.deliver(to, Letter(escape(caption), files=(file,)), key=key, asked=asked)

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
        """Post a video that plays in place, and notify whoever asked for it."""
        async with self._uploading(to, _upload(clip, "photoreel", key)) as upload:
            letter = Letter(escape(caption), rows_of(choices), (upload,), rings=True)
            return SentVideo(await self._ways.deliver(to, letter, key=key, asked=asked))

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        """Turn a message of ours into a video, in its place."""
        async with self._uploading(ref.key, _upload(clip, "photoreel", ref.id)) as upload:
            await self._ways.edit(ref, Letter(escape(caption), rows_of(choices), (upload,)))

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """Post a video under the name of a file: Discord itself changes neither."""
        async with self._uploading(to, _upload(clip, "photoreel-file", key)) as upload:
            letter = Letter(escape(caption), files=(upload,), rings=True)
            return await self._ways.deliver(to, letter, key=key, asked=asked)

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message. A command or an answer in a modal is no message: nobody sees it anyway."""
        if interaction_of(ref.id) is not None:
            return
        try:
            with facts():
                await self._ways.delete(ref)
        except MessageGone:
            return

    async def answer(self, press: Press, text: str = "") -> None:
        """Tell the presser, and nobody else. The press itself was acknowledged when it came."""
        if not text:
            return
        with facts():
            question = await self._book.question(press.key, press.id)
            if question is None or not question.alive(self._book.now()) or not await self._book.answer_once(press.id):
                return
        body = {"content": escape(text), "flags": EPHEMERAL, "allowed_mentions": mentions()}
        try:
            with facts():
                await self._rest.once("POST", f"/webhooks/{question.app}/{question.token}?wait=true", json=body)
        except TokenDead:
            with facts():
                await self._book.bury(press.id)
        except (Refused, ChatGone):
            log.info("press_not_answered")

    async def forget(self, to: ConversationKey) -> None:
        """Erase all notes about the place."""
        with facts():
            await self._book.forget(to)

    def stream(self, to: ConversationKey) -> Draft | None:
        """There are no drafts here: edits do it."""
        return None

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        """Show that the bot is writing. It is not worth an error."""
        try:
            with facts():
                place = await self._book.place(to)
                if place is None or place.present:
                    await self._rest.call("POST", "/channels/{channel_id}/typing", channel_id=channel_of(to))
        except OutboundError as error:
            log.debug("activity_not_shown", error=type(error).__name__)

    def open(self, attachment: Attachment) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of what a person handed in."""
        return self._files.open(attachment)

    async def link(self, attachment: Attachment) -> str:
        """A link to what a person handed in, good for some hours: whoever has it can read the file."""
        return await self._files.link(attachment)

    @asynccontextmanager
    async def _uploading(self, to: ConversationKey, upload: Upload) -> AsyncIterator[Upload]:
        """A file on its way. That it was refused as too large is remembered: one such try is enough for a place."""
        with facts():
            try:
                yield upload
            except TooLarge as error:
                most = limit_below(upload.size)
                await self._book.keep_file_limit(to, most)
                raise TooLarge(str(error), most) from error

    async def _place(self, to: ConversationKey) -> Place:
        """What is known of the place, asked for where nothing is noted."""
        if known := await self._book.place(to):
            return known
        try:
            channel = await self._rest.call("GET", "/channels/{channel_id}", channel_id=channel_of(to))
            guild = int(channel.get("guild_id") or 0)
            tier = (await self._rest.call("GET", "/guilds/{guild_id}", guild_id=guild))["premium_tier"] if guild else 0
        except (Refused, ChatGone, SlowDown):  # whether anything can be said there, saying it will show
            return Place(0, DEFAULT_FILE_SIZE_LIMIT_BYTES)
        place = Place(guild, BY_TIER.get(int(tier), DEFAULT_FILE_SIZE_LIMIT_BYTES))
        await self._book.describe(to, place)
        return place


def limit_below(size: int) -> int:
    """The largest file that may be taken where one of this size was refused."""
    return next((most for most in LIMITS if most < size), size // 2)


def _upload(clip: Clip, name: str, key: str) -> Upload:
    """A video as a file whose name tells the delivery it belongs to."""
    if not isinstance(clip, LocalClip):
        raise Refused("only what lies on the disk can be uploaded")
    return Upload(clip.path, f"{name}-{nonce_of(key)[:6]}.mp4", "video/mp4")


@asynccontextmanager
async def open_sender(settings: DiscordSettings, pace: Pace, notes: Notes) -> AsyncIterator[DiscordSender]:
    """A sender for as long as the block lasts. Nothing is asked of Discord before there is something to say."""
    async with open_rest(settings, pace) as rest:
        yield DiscordSender(rest, notes, settings)
