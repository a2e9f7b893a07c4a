"""Videos on their way out: what the Bot API is given for a clip, streamed from the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telegram import InputFile, InputMediaVideo, Message

from adapters.telegram.settings import VIDEO_BY_URL
from core.errors import TooLarge
from core.messages import Clip, LocalClip, RemoteClip, SentClip

NAME: Final = "photoreel.mp4"


@dataclass(frozen=True, slots=True)
class Upload:
    """`video` is an open file, an address or a handle. `thumbnail` goes with an open file only, `cover` with an
    address."""

    video: InputFile | str
    thumbnail: InputFile | None
    cover: InputFile | None
    width: int
    height: int
    seconds: int

    def media(self, caption: str) -> InputMediaVideo:
        """The same as the new content of a message."""
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
        video, thumbnail, cover = _content(clip, most, stack)
        yield Upload(video, thumbnail, cover, clip.width, clip.height, max(1, round(clip.seconds)))


def _content(clip: Clip, most: int, stack: ExitStack) -> tuple[InputFile | str, InputFile | None, InputFile | None]:
    match clip:
        case LocalClip(path=path, thumbnail=thumbnail):
            return _opened(path, most, stack), _picture(thumbnail), None
        case RemoteClip(url=url, size=size, thumbnail=thumbnail):
            if size > min(VIDEO_BY_URL, most):
                raise TooLarge("too large to be fetched by the platform itself")
            return url, None, _picture(thumbnail)
        case SentClip(handle=handle):
            return handle, None, None


def _opened(path: Path, most: int, stack: ExitStack) -> InputFile:
    size = path.stat().st_size
    if size > most:
        raise TooLarge(f"{size} bytes, limit {most}")
    return InputFile(stack.enter_context(path.open("rb")), filename=NAME, attach=True, read_file_handle=False)


def _picture(path: Path | None) -> InputFile | None:
    return InputFile(path.read_bytes(), filename="thumbnail.jpg", attach=True) if path else None


def handle_of(message: Message) -> str:
    """What posts the same video again. A film without sound may have become an animation: its handle is no video's."""
    return message.video.file_id if message.video else ""
