"""Videos on their way out: what the Bot API is given for a clip, streamed from the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telegram import InputFile, InputMediaAnimation, InputMediaVideo, Message

from adapters.telegram.settings import VIDEO_BY_URL
from core.errors import TooLarge
from core.messages import Clip, LocalClip, RemoteClip, SentClip

NAME: Final = "photoreel.mp4"
ANIMATION: Final = "animation:"  # before a handle: what has become an animation is none of the videos any more


@dataclass(frozen=True, slots=True)
class Upload:
    """`video` is an open file, an address or a handle, of an animation where it is `animated`. `thumbnail` goes with an
    open file only, `cover` with an address."""

    video: InputFile | str
    thumbnail: InputFile | None
    cover: InputFile | None
    animated: bool
    width: int
    height: int
    seconds: int

    def media(self, caption: str) -> InputMediaAnimation | InputMediaVideo:
        """The same as the new content of a message."""
        if self.animated:
            return InputMediaAnimation(self.video, caption=caption)
        return InputMediaVideo(
            self.video,
            caption=caption,
            width=self.width,
            height=self.height,
            duration=self.seconds,
            thumbnail=self.thumbnail,
            cover=self.cover,
            supports_streaming=True,
        )


@contextmanager
def upload_of(clip: Clip, most: int) -> Iterator[Upload]:
    """What to send for a clip. Files are open inside the block, and read piece by piece as they leave. Raises
    `TooLarge` before anything is sent, and `OSError`."""
    with ExitStack() as stack:
        measures = clip.width, clip.height, max(1, round(clip.seconds))
        match clip:
            case LocalClip(path=path, thumbnail=thumbnail):
                yield Upload(_opened(path, most, stack), _picture(thumbnail), None, False, *measures)
            case RemoteClip(url=url, size=size, thumbnail=thumbnail):
                if size > min(VIDEO_BY_URL, most):
                    raise TooLarge("too large to be fetched by the platform itself")
                yield Upload(url, None, _picture(thumbnail), False, *measures)
            case SentClip(handle=handle):
                animated = handle.startswith(ANIMATION)
                yield Upload(handle.removeprefix(ANIMATION), None, None, animated, *measures)


def _opened(path: Path, most: int, stack: ExitStack) -> InputFile:
    size = path.stat().st_size
    if size > most:
        raise TooLarge(f"{size} bytes, limit {most}", most)
    return InputFile(stack.enter_context(path.open("rb")), filename=NAME, attach=True, read_file_handle=False)


def _picture(path: Path | None) -> InputFile | None:
    return InputFile(path.read_bytes(), filename="thumbnail.jpg", attach=True) if path else None


def handle_of(message: Message) -> str:
    """What posts the same video again; empty for what has become neither a video nor, without sound, an animation."""
    if message.video:
        return message.video.file_id
    return f"{ANIMATION}{message.animation.file_id}" if message.animation else ""
