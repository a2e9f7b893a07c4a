"""What the client takes and gives: credentials, sessions, files, states, renders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.nemo.attribution import Attribution


@dataclass(frozen=True, slots=True)
class Credential:
    """In whose name, and for which skill, a call is made."""

    token: str = field(repr=False)
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class AnonymousToken:
    """A token for an account without a name. `user_id` is empty, `expires_at` and `credits` None where not told."""

    token: str = field(repr=False)
    user_id: str = ""
    expires_at: datetime | None = None
    credits: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A project at the backend. `user_id` is empty where the backend does not tell it."""

    task_id: str
    session_id: str
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class ClaimLink:
    """A link that opens a project in a browser, and nothing else. For private chats; valid for `expires_in` seconds."""

    url: str = field(repr=False)
    expires_in: float


@dataclass(frozen=True, slots=True)
class UploadPart:
    """A file to upload. `open` begins its bytes (`Outbound.open` of an attachment fits); it is called once. `size` is
    in bytes, None where it is not known beforehand; if it is given, it must be right."""

    name: str
    mime: str
    size: int | None
    open: Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as the backend keeps it. `kind` is image, video or audio; `seconds`, `width`, `height`, `fps` are None
    where they make no sense or were not told."""

    name: str
    kind: str
    url: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A project's state. `draft` is the timeline exactly as received, unknown keys included: it is what a render is
    started with. It is empty while there is none. `canvas` holds width and height, if set."""

    draft: Mapping[str, Any]
    canvas: Mapping[str, Any]
    video_infos: Sequence[Any]
    generated_media: Sequence[Any]
    task_id: str = ""
    task_name: str = ""
    user_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Credits:
    """A balance. `frozen` is reserved for work in progress."""

    available: float
    frozen: float
    total: float


class RenderStatus(StrEnum):
    """How far a render is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Render:
    """A render as the backend sees it. `id` is the one we chose. `progress` is 0 to 100. `url`, `seconds` and `size`
    (bytes) are known of a finished one, and not always then. `url` may be signed: it is not shown."""

    id: str
    status: RenderStatus
    progress: float | None = None
    url: str | None = field(default=None, repr=False)
    seconds: float | None = None
    size: int | None = None
