"""What a file is: told by its bytes, never by its name."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

HEAD_BYTES = 4096
"""So much of a file is enough to tell what it is."""


class Kind(StrEnum):
    """What a file can be used as."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Format:
    """A file format that is taken."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Measures:
    """A file's dimensions: pixels, seconds, frames a second; 0 where a thing has none."""

    kind: Kind
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: float = 0.0


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a project. `hash` is the SHA-256 of its bytes and names it on the timeline; `name` is for people."""

    hash: str
    name: str
    format: str
    kind: Kind
    width: int
    height: int
    seconds: float
    fps: float
    size: int

    @property
    def stored_as(self) -> str:
        """The name under which the studio keeps it."""
        return f"{self.hash}.{self.format}"


class NotMedia(Exception):
    """A file is of no format that is taken, or cannot be read."""


def recognise(head: bytes) -> Format:
    """The format that these first bytes belong to. Raises `NotMedia`."""
    for start, extension, kind in _STARTS:
        if head.startswith(start):
            return Format(extension, kind)
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    if head[4:8] == b"ftyp":
        return _isobmff(head[8:12])
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _mpeg_audio(head[1])
    raise NotMedia("unknown format")


_STARTS = (
    (b"\xff\xd8\xff", "jpg", Kind.IMAGE),
    (b"\x89PNG\r\n\x1a\n", "png", Kind.IMAGE),
    (b"GIF87a", "gif", Kind.IMAGE),
    (b"GIF89a", "gif", Kind.IMAGE),
    (b"\x1a\x45\xdf\xa3", "mkv", Kind.VIDEO),
    (b"ID3", "mp3", Kind.AUDIO),
)
_RIFF = {b"WEBP": ("webp", Kind.IMAGE), b"AVI ": ("avi", Kind.VIDEO), b"WAVE": ("wav", Kind.AUDIO)}
_STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx "}


def _riff(kind: bytes) -> Format:
    if kind not in _RIFF:
        raise NotMedia("unknown RIFF file")
    return Format(*_RIFF[kind])


def _isobmff(brand: bytes) -> Format:
    if brand in _STILL_BRANDS:
        raise NotMedia("a still picture in an MP4 container")
    if brand in (b"M4A ", b"M4B "):
        return Format("m4a", Kind.AUDIO)
    return Format("mov" if brand == b"qt  " else "mp4", Kind.VIDEO)


def _mpeg_audio(second: int) -> Format:
    if second & 0xF6 == 0xF0:
        return Format("aac", Kind.AUDIO)
    if second & 0x06 == 0x02:
        return Format("mp3", Kind.AUDIO)
    raise NotMedia("unknown MPEG audio")


def measure(path: Path, format_: Format, pixels: int) -> Measures:
    """Open the file and look at its dimensions; slow, for a thread. Raises `NotMedia`, also beyond so many `pixels`."""
    if format_.kind is Kind.IMAGE:
        return _measure_picture(path, format_, pixels)
    return _measure_stream(path)


def _measure_picture(path: Path, format_: Format, pixels: int) -> Measures:
    from PIL import Image

    names = {"jpg": ("JPEG",), "png": ("PNG",), "gif": ("GIF",), "webp": ("WEBP",)}[format_.name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit follows
            with Image.open(path, formats=names) as picture:
                width, height = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotMedia("a picture that cannot be opened") from error
    if width * height > pixels:
        raise NotMedia("too many pixels")
    return Measures(Kind.IMAGE, width, height)


def _measure_stream(path: Path) -> Measures:
    import av

    try:
        with av.open(str(path)) as container:
            return _measures_of(container)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise NotMedia("a file that cannot be opened") from error


def _measures_of(container: Any) -> Measures:
    seconds = max(0.0, (container.duration or 0) / 1_000_000)
    if container.streams.video and not _is_cover(container.streams.video[0]):
        stream = container.streams.video[0]
        return Measures(Kind.VIDEO, stream.width, stream.height, seconds, float(stream.average_rate or 0))
    if container.streams.audio:
        return Measures(Kind.AUDIO, seconds=seconds)
    raise NotMedia("neither picture nor sound inside")


def _is_cover(stream: Any) -> bool:
    return stream.codec_context.name in {"mjpeg", "png"} and stream.frames <= 1
