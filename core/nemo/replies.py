"""The backend's answers, decoded: what is inside the envelopes, in any shape of the contract, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from core.errors import ProtocolError
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import Reply, payload
from core.nemo.values import (
    AnonymousToken,
    ClaimLink,
    Credits,
    Render,
    RenderStatus,
    Session,
    State,
    UploadedFile,
)


@dataclass(frozen=True, slots=True)
class _Fields:
    """Typed access to an object of the backend. Raises `ProtocolError` that names the endpoint and the field."""

    endpoint: Endpoint
    data: Mapping[str, Any]

    def wrong(self, key: str) -> ProtocolError:
        return ProtocolError(self.endpoint, f"field {key!r} is missing or of a wrong type")

    def text(self, key: str) -> str:
        value = self.text_or_none(key)
        if not value:
            raise self.wrong(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key)
        return value

    def number(self, key: str) -> float:
        value = self.number_or_none(key)
        if value is None:
            raise self.wrong(key)
        return value

    def number_or_none(self, key: str) -> float | None:
        value = self.data.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.wrong(key)
        return value

    def whole_or_none(self, key: str) -> int | None:
        value = self.number_or_none(key)
        return None if value is None else round(value)

    def inner(self, key: str) -> _Fields:
        """An object; empty where it is missing."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key)
        return _Fields(self.endpoint, value or {})

    def listed(self, key: str) -> list[Any]:
        """A list; empty where it is missing."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key)
        return value or []


def _fields(reply: Reply) -> _Fields:
    return _Fields(reply.endpoint, payload(reply))


# --- one function per kind of answer ----------------------------------------------------------------------------------


def anonymous_token(reply: Reply) -> AnonymousToken:
    """The answer to `Endpoint.TOKEN`. A token is given once a week: whatever is odd beside it does not lose it."""
    fields = _fields(reply)
    user_id, granted = fields.data.get("user_id"), fields.data.get("credits")
    return AnonymousToken(
        token=fields.text("token"),
        user_id=user_id if isinstance(user_id, str) else "",
        expires_at=_moment(fields.data.get("expires_at")),
        credits=float(granted) if isinstance(granted, int | float) else None,
    )


def _moment(value: object) -> datetime | None:
    """An ISO 8601 date and time; one without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def session(reply: Reply) -> Session:
    """The answer to `Endpoint.SESSION`."""
    fields = _fields(reply)
    return Session(fields.text("task_id"), fields.text("session_id"), fields.text_or_none("user_id") or "")


def claim_link(reply: Reply, web_url: str) -> ClaimLink:
    """The answer to `Endpoint.CLAIM`."""
    fields = _fields(reply)
    url = f"{web_url.rstrip('/')}/workspace/claim?ct={quote(fields.text('claim_token'), safe='')}"
    return ClaimLink(url, fields.number("expires_in"))


def uploaded_files(reply: Reply) -> tuple[UploadedFile, ...]:
    """The answer to `Endpoint.UPLOAD`."""
    fields = _fields(reply)
    if "files" not in fields.data:
        raise fields.wrong("files")
    files = fields.listed("files")
    if not all(isinstance(file, dict) for file in files):
        raise fields.wrong("files")
    return tuple(_uploaded_file(_Fields(reply.endpoint, file)) for file in files)


def _uploaded_file(fields: _Fields) -> UploadedFile:
    return UploadedFile(
        name=fields.text_or_none("filename") or "",
        kind=fields.text_or_none("file_type") or "",
        url=fields.text_or_none("cdn_url") or "",
        seconds=fields.number_or_none("duration"),
        width=fields.whole_or_none("width"),
        height=fields.whole_or_none("height"),
        fps=fields.number_or_none("fps"),
        hash=fields.text_or_none("hash") or "",
    )


def state(reply: Reply) -> State:
    """The answer to `Endpoint.STATE`."""
    fields = _fields(reply)
    if not isinstance(fields.data.get("state"), dict):
        raise fields.wrong("state")
    inner = fields.inner("state")
    return State(
        draft=inner.inner("draft").data,
        canvas=inner.inner("canvas_config").data,
        video_infos=inner.listed("video_infos"),
        generated_media=inner.listed("generated_media"),
        task_id=fields.text_or_none("task_id") or "",
        task_name=fields.text_or_none("task_name") or "",
        user_id=fields.text_or_none("user_id") or "",
        raw=inner.data,
    )


def credit_balance(reply: Reply) -> Credits:
    """The answer to `Endpoint.CREDITS`."""
    fields = _fields(reply)
    return Credits(fields.number("available"), fields.number("frozen"), fields.number("total"))


def render(reply: Reply, render_id: str) -> Render:
    """The answer to `Endpoint.START_RENDER` and `Endpoint.RENDER`, in any of its three shapes."""
    fields = _fields(reply)
    output = fields.inner("output")
    try:
        status = RenderStatus(fields.text("status").lower())
    except ValueError as error:
        raise fields.wrong("status") from error
    progress = fields.number_or_none("progress")
    return Render(
        id=render_id,
        status=status,
        progress=None if progress is None else min(max(progress, 0.0), 100.0),
        url=fields.text_or_none("outputUrl") or output.text_or_none("url") or None,
        seconds=output.number_or_none("duration"),
        size=output.whole_or_none("size"),
    )
