"""What the web chat keeps in its feed: one frozen value per kind of item, and their JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Button:
    """A `Choice` as the page shows it."""

    label: str
    token: str
    asks: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the blobs. `size` is in bytes."""

    blob: str
    name: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class TextItem:
    """Something the bot says. `time` is in milliseconds since 1970, here and below; `reply_to` is an item's id."""

    text: str
    time: int
    choices: tuple[Button, ...] = ()
    reply_to: str = ""
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class PictureItem:
    """A picture of the bot's; `alt` is what it shows, in words."""

    file: StoredFile
    alt: str
    text: str
    time: int
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class VideoItem:
    """A video of the bot's that plays in place. `poster` is a JPEG among the blobs, empty if there is none."""

    file: StoredFile
    poster: str
    width: int
    height: int
    seconds: float
    text: str
    time: int
    choices: tuple[Button, ...] = ()
    kind: Literal["video"] = "video"


@dataclass(frozen=True, slots=True)
class FileItem:
    """A file of the bot's to download."""

    file: StoredFile
    text: str
    time: int
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class OwnItem:
    """What the person wrote and handed in. It is `sending` until the core has recorded it."""

    text: str
    time: int
    files: tuple[StoredFile, ...] = ()
    reply_to: str = ""
    state: Literal["sending", "sent"] = "sending"
    kind: Literal["own"] = "own"


@dataclass(frozen=True, slots=True)
class UploadItem:
    """A file that was handed in and belongs to no message yet: the proof of whose it is. Never shown."""

    file: StoredFile
    time: int
    kind: Literal["upload"] = "upload"


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """The answer to a press, for the tab that pressed; an empty text only ends the waiting. Each replaces the last."""

    press: str
    text: str
    time: int
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class ActivityItem:
    """What the bot is at, shown for a few seconds. Each replaces the last."""

    what: str
    time: int
    kind: Literal["activity"] = "activity"


Item = TextItem | PictureItem | VideoItem | FileItem | OwnItem | UploadItem | NoticeItem | ActivityItem

NOTICE = "notice"
ACTIVITY = "activity"

_json: TypeAdapter[Item] = TypeAdapter(Annotated[Item, Field(discriminator="kind")])


def encode(item: Item) -> bytes:
    """The item as the feed keeps it and the page reads it."""
    return _json.dump_json(item)


def decode(body: bytes) -> Item | None:
    """The inverse of `encode`; None for a body that an older or newer version wrote and this one cannot read."""
    try:
        return _json.validate_json(body)
    except ValidationError:
        return None


def blobs_of(item: Item) -> tuple[str, ...]:
    """The blobs that an item shows: who may see the item may see these."""
    match item:
        case VideoItem(file=file, poster=poster):
            return (file.blob, poster) if poster else (file.blob,)
        case PictureItem(file=file) | FileItem(file=file) | UploadItem(file=file):
            return (file.blob,)
        case OwnItem(files=files):
            return tuple(file.blob for file in files)
        case TextItem() | NoticeItem() | ActivityItem():
            return ()
