"""Files as the server keeps them: what they are, under which ids they are known, and how they are handed out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from tests.wire.telegram.errors import bad_request

DOWNLOADABLE = 20 * 1024 * 1024
THUMBNAIL_BYTES = 200 * 1000
THUMBNAIL_EDGE = 320


@dataclass(slots=True)
class Stored:
    """A file. `announced` is the size that updates tell (None: not told); `delivered` bytes come on download."""

    id: str
    unique_id: str
    kind: str
    data: bytes
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    seconds: int = 0
    announced: int | None = None
    delivered: int = -1
    thumbnail: Stored | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """As it stands in a message."""
        told: dict[str, Any] = {"file_id": self.id, "file_unique_id": self.unique_id}
        if self.announced is not None:
            told["file_size"] = self.announced
        if self.kind in ("photo", "video", "animation"):
            told |= {"width": self.width, "height": self.height}
        if self.kind in ("video", "animation", "audio", "voice"):
            told["duration"] = self.seconds
        if self.kind != "photo":
            told |= {key: value for key, value in (("file_name", self.name), ("mime_type", self.mime)) if value}
        if self.thumbnail:
            told["thumbnail"] = self.thumbnail.wire()
        return told | self.extra

    @property
    def path(self) -> str:
        """Where it is under `/file/bot<token>/`."""
        suffix = Path(self.name).suffix if self.name else {"photo": ".jpg", "voice": ".oga"}.get(self.kind, "")
        folder = {"photo": "photos", "voice": "voice", "audio": "music"}.get(self.kind, f"{self.kind}s")
        return f"{folder}/file_{self.unique_id}{suffix if suffix.isascii() else ''}"

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they are delivered."""
        yield self.data
        left = self.delivered - len(self.data)
        while left > 0:
            yield bytes(min(left, 1 << 20))
            left -= 1 << 20


@dataclass(slots=True)
class Shelf:
    """All files."""

    files: dict[str, Stored] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)

    def add(self, kind: str, data: bytes, **told: Any) -> Stored:
        """Keep a file; every time it gets another id, the unique one tells that it is the same."""
        unique = hashlib.sha256(data).hexdigest()[:15]
        stored = Stored(f"AgACAgIAAx{len(self.files):06d}{unique}", unique, kind, data, **told)
        stored.announced = told.get("announced", len(data))
        self.files[stored.id] = stored
        return stored

    def find(self, file_id: str) -> Stored:
        """The file. Raises `Refusal` where there is none."""
        if file_id not in self.files:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return self.files[file_id]

    def at(self, path: str) -> Stored | None:
        """The file under this path, while the path is good."""
        fitting = (stored for stored in self.files.values() if stored.path == path and path not in self.expired)
        return next(fitting, None)

    def photo(self, data: bytes, **told: Any) -> list[Stored]:
        """The sizes of a photo, the largest last."""
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            smaller = [self._shrunk(picture, edge) for edge in (90, 320) if max(picture.size) > edge]
            largest = self.add("photo", data, width=picture.width, height=picture.height, **told)
        return [*smaller, largest]

    def _shrunk(self, picture: Image.Image, edge: int) -> Stored:
        small = picture.convert("RGB")
        small.thumbnail((edge, edge))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=60)
        return self.add("photo", out.getvalue(), width=small.width, height=small.height)


@dataclass(frozen=True, slots=True)
class Footage:
    """What a video really is. `fast` tells that its index comes before its pictures."""

    width: int
    height: int
    seconds: float
    codec: str
    sound: str
    fast: bool


def footage(data: bytes) -> Footage | None:
    """What the bytes are as a video; None where they are none."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            video = container.streams.video[0]
            for _ in container.decode(video):
                break
            seconds = float(Fraction(container.duration or 0, av.time_base))
            sound = container.streams.audio[0].codec_context.name if container.streams.audio else ""
            return Footage(video.width, video.height, seconds, video.codec_context.name, sound, _index_first(data))
    except (av.FFmpegError, IndexError):
        return None


def _index_first(data: bytes) -> bool:
    at, names = 0, []
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            break
        at += size
    return b"moov" in names and b"mdat" in names and names.index(b"moov") < names.index(b"mdat")


def check_thumbnail(data: bytes) -> tuple[int, int]:
    """The size of a thumbnail. Raises `Refusal` for what would silently be dropped: here nothing is silent."""
    if len(data) > THUMBNAIL_BYTES or not data.startswith(b"\xff\xd8\xff"):
        raise bad_request("thumbnail must be a JPEG of at most 200 kB")
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        if max(picture.size) > THUMBNAIL_EDGE:
            raise bad_request(f"thumbnail must not exceed {THUMBNAIL_EDGE} pixels, it is {picture.size}")
        return picture.size
