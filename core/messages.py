"""The values that cross the border between a platform and the core: what came in, what goes out, what a place can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

# --- places and people ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Where a conversation takes place; one project lives in each.

    `chat` and `thread` are opaque outside the adapter named by `platform`; `thread` is empty where a place has none.
    """

    platform: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """A person. `id` is unique within the platform; `roles` are the platform's names of what the person may do there;
    `locale` is the client's language as a BCP 47 tag, empty if unknown."""

    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    locale: str = ""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that we have sent (or that a person has sent), good for editing, deleting and replying to."""

    key: ConversationKey
    id: str


# --- what comes in ----------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What the platform says an attachment is. A hint: what it really is, its bytes decide."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was handed in and has not been moved yet.

    `ref` is a handle that only its own platform can open (`Outbound.open`). `size` is in bytes, None where the platform
    does not tell. `url` is set only where the link holds no secret and may be given to the backend. `name` is for
    people: it is never used as a path.
    """

    kind: Kind
    ref: str
    name: str = ""
    mime: str = ""
    size: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command out of the command table, by name without slash, with what was typed after it.

    `options` holds named options where a platform has them (``{"ratio": "9:16", "seconds": "15"}``).
    """

    name: str
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Something a person said or handed in.

    `id` is unique within the platform and the same for every redelivery. `addressed` tells whether the bot is meant
    (always true in private). `quoted` are the attachments of the message replied to. `album` is the same for all parts
    of one album. `whole` says that the platform knows that no further part follows, so nobody need wait for one.
    """

    key: ConversationKey
    id: str
    sender: Sender
    sent_at: datetime
    private: bool = True
    addressed: bool = True
    text: str = ""
    command: Command | None = None
    attachments: tuple[Attachment, ...] = ()
    quoted: tuple[Attachment, ...] = ()
    album: str = ""
    reply_to: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed. `token` is the `Choice.token` behind it, `message` the message that carries it.

    `text` holds what the person typed where the platform asked for it at once (a modal), else it is empty.
    `ref` is the platform's handle for answering the press.
    """

    key: ConversationKey
    id: str
    sender: Sender
    sent_at: datetime
    token: str
    message: MessageRef
    ref: str = ""
    text: str = ""
    private: bool = True


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed the text of an earlier message. `message_id` is that message's `InboundMessage.id`."""

    key: ConversationKey
    id: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A chat lives on under another key (a group became a supergroup). The project moves with it."""

    key: ConversationKey
    id: str
    to: ConversationKey


@dataclass(frozen=True, slots=True)
class Gone:
    """The bot was blocked or removed, or the chat was deleted. What runs there ends quietly."""

    key: ConversationKey
    id: str


Inbound = InboundMessage | Press | Edited | Moved | Gone


# --- what goes out ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `token` (at most 32 ASCII characters) is a short id of a stored record and says nothing by itself.

    `asks` is the question to put where a platform can ask for a text at once (a modal); elsewhere the core asks it in
    the chat. Empty: the press is all there is to say. `person` is the `Sender.id` of who may press it (empty: all);
    nobody else need be asked: the core tells them.
    """

    label: str
    token: str
    asks: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class LocalClip:
    """A video on this machine's disk. `seconds` is its duration, `size` its bytes; `thumbnail` is a JPEG, if any."""

    path: Path
    width: int
    height: int
    seconds: float
    size: int
    thumbnail: Path | None = None


@dataclass(frozen=True, slots=True)
class RemoteClip:
    """A video that a platform may fetch by itself: H.264/AAC, index first; `url` holds no secret. `thumbnail` is a
    JPEG, if any."""

    url: str
    width: int
    height: int
    seconds: float
    size: int
    thumbnail: Path | None = None


@dataclass(frozen=True, slots=True)
class SentClip:
    """A video that the platform has already got: `handle` posts it again without bytes."""

    handle: str
    width: int
    height: int
    seconds: float
    size: int


Clip = LocalClip | RemoteClip | SentClip


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to show, as PNG or JPEG bytes. `alt` is the same in words, for those who cannot see it."""

    data: bytes
    mime: str
    alt: str


def units_of(text: str) -> int:
    """A text's length in UTF-16 units, the strictest way in which platforms count: most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitting(text: str, most: int) -> str:
    """As much of the beginning as has room in so many units, never half a character."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")


class Activity(StrEnum):
    """What a place may show while people wait."""

    TYPING = "typing"
    UPLOADING_VIDEO = "uploading_video"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a place can do. The core asks this, never which platform it is.

    Lengths of texts are in UTF-16 units (see `units_of`), sizes in bytes, intervals in seconds. `download_bytes` is
    None where any size comes through; `download_liftable` says that whoever runs the bot could do away with that limit,
    by a server of the platform's own kind beside the bot. `can_replace_text_by_video`: `Outbound.replace_by_video`
    works on a text message. `choices` is the number of buttons one message may carry. `video_by_url` is the largest
    `RemoteClip`, 0 for none.
    """

    text_chars: int
    caption_chars: int
    upload_bytes: int
    download_bytes: int | None = None
    download_liftable: bool = False
    edit_interval: float = 1.0
    can_replace_text_by_video: bool = False
    can_edit: bool = True
    choices: int = 10
    choice_chars: int = 40
    attachments: int = 10
    video_by_url: int = 0
    thumbnail_edge: int = 320  # of a video, in pixels
    repeats_are_harmless: bool = False  # the platform itself drops a second video with the same delivery key
    one_shot: bool = False  # nobody is there to answer later: no questions, no buttons
