"""The way out to the console: words to the screen, the video to the file that was asked for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.console.screen import Screen
from core.errors import AttachmentGone, Refused
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

LIMITS = Limits(
    text_chars=100_000,
    caption_chars=100_000,
    upload_bytes=1 << 40,
    edit_interval=0.1,
    repeats_are_harmless=True,
    one_shot=True,
)
CHUNK = 256 * 1024


class ConsoleSender:
    """`core.ports.Outbound` for one shot. `output` is where the video goes; `sent` is the clip once it is there."""

    def __init__(self, screen: Screen, output: Path) -> None:
        self._screen = screen
        self._output = output
        self._texts: dict[str, str] = {}
        self.sent: LocalClip | None = None

    async def limits(self, to: ConversationKey) -> Limits:
        """Nothing but the disk limits a console."""
        return LIMITS

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
        """The status message shows as such, everything else as a line of its own."""
        ref = MessageRef(to, key)
        if self._texts.get(key) == text:
            return ref
        self._texts[key] = text
        if key.endswith(":status"):
            self._screen.status(text)
        else:
            self._screen.say(text)
        return ref

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        """The status has changed."""
        self._texts[ref.id] = text
        self._screen.status(text)

    async def send_picture(
        self, to: ConversationKey, picture: Picture, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """A console shows a picture in words."""
        return await self.send_text(to, caption or picture.alt, key=key)

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
        """Write the file: whole, or not at all."""
        if not isinstance(clip, LocalClip):
            raise Refused("a console takes files only")
        self.sent = await asyncio.to_thread(_copy, clip, self._output)
        self._screen.conclude(self._texts.get(key.rpartition(":")[0] + ":status", ""))
        return SentVideo(MessageRef(to, key))

    async def replace_by_video(self, ref: MessageRef, clip: Clip, caption: str, choices: Sequence[Choice] = ()) -> None:
        """There is one file, so this is the same."""
        await self.send_video(ref.key, clip, caption, choices, key=ref.id)

    async def send_file(
        self, to: ConversationKey, clip: Clip, caption: str, *, key: str, asked: str = ""
    ) -> MessageRef:
        """A file it is anyway."""
        return (await self.send_video(to, clip, caption, key=key)).ref

    async def delete(self, ref: MessageRef) -> None:
        """What is on the screen stays there."""
        self._texts.pop(ref.id, None)

    async def answer(self, press: Press, text: str = "") -> None:
        """Nobody presses here."""

    async def forget(self, to: ConversationKey) -> None:
        """Nothing is kept."""

    def stream(self, to: ConversationKey) -> Draft | None:
        """The status message is all there is."""
        return None

    async def activity(self, to: ConversationKey, what: Activity) -> None:
        """The status message says it."""

    @asynccontextmanager
    async def open(self, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file named on the command line."""
        try:
            file = await asyncio.to_thread(Path(attachment.ref).open, "rb")
        except OSError as error:
            raise AttachmentGone(attachment.name) from error
        with file:
            yield _chunks(file)


async def _chunks(file: object) -> AsyncIterator[bytes]:
    read = file.read  # type: ignore[attr-defined]
    while chunk := await asyncio.to_thread(read, CHUNK):
        yield chunk


def _copy(clip: LocalClip, output: Path) -> LocalClip:
    part = output.with_name(f".{output.name}.part")
    try:
        shutil.copyfile(clip.path, part)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return LocalClip(output, clip.width, clip.height, clip.seconds, clip.size)
