"""The backend's answers, decoded: JSON in any shape of the contract to values, refusals to typed errors. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from core.errors import (
    BackendAway,
    BackendError,
    BackendRefused,
    ClientIdMissing,
    ExportBlocked,
    FileTooLarge,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    SessionLost,
    TokenExpired,
    UnsupportedFile,
)
from core.nemo.endpoints import Endpoint
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

_SECRET = re.compile(r"(?:nmv|clm)_\w+|Bearer\s+\S+")
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `token` is the one the call was made with: it is kept out of whatever the answer quotes.
    `retry_after` is in seconds."""

    endpoint: Endpoint
    status: int
    body: bytes = field(repr=False)
    mime: str = ""
    retry_after: float = 30.0
    token: str = field(default="", repr=False)


# --- success or refusal -----------------------------------------------------------------------------------------------


def check(reply: Reply) -> None:
    """Raise what the answer refuses with, if it does. An answer without content is a success."""
    refusal = _refusal(reply, _object_of(reply) or {})
    if refusal is not None:
        raise refusal


def payload(reply: Reply) -> Mapping[str, Any]:
    """What is inside the envelopes (``{"code":0,"data":…}``, ``{"success":true,"data":…}``, one in the other, none).
    Raises a `BackendError`."""
    layer = _object_of(reply)
    while True:
        refusal = _refusal(reply, layer or {})
        if refusal is not None:
            raise refusal
        if layer is None:
            raise ProtocolError(
                reply.endpoint, f"no JSON object but {reply.mime or 'nothing known'}", code=reply.status
            )
        inner = layer.get("data")
        if not isinstance(inner, dict) or not ("code" in layer or "success" in layer):
            return layer
        layer = inner


def _object_of(reply: Reply) -> dict[str, Any] | None:
    """The JSON object; None where there is none (a nesting that exhausts the stack included)."""
    try:
        value = json.loads(reply.body, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _finite(digits: str) -> float:
    """A number that can be written again as it was read: what JSON cannot say is no JSON."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a number of JSON")
    return number


def _refusal(reply: Reply, body: Mapping[str, Any]) -> BackendError | None:
    code, named = _code(body)
    if 200 <= reply.status < 300 and not named and body.get("success", True) is True:
        return None
    detail = _detail(reply, body)
    for number in (code, reply.status):
        error = _known(reply, number, detail, body)
        if error is not None:
            return error
    return BackendRefused(reply.endpoint, detail, code=code or (reply.status if reply.status >= 300 else 0))


def _code(body: Mapping[str, Any]) -> tuple[int, bool]:
    """The body's code, and whether it is one of failure. A code that is no number is 0."""
    code = body.get("code", 0)
    try:
        return int(code), int(code) != 0
    except (TypeError, ValueError, OverflowError):
        return 0, True


def _known(reply: Reply, code: int, detail: str, body: Mapping[str, Any]) -> BackendError | None:
    where = reply.endpoint
    match code:
        case 1001 | 401:
            return TokenExpired(where, detail, code=code)
        case 404 if not where.about_session:
            return None
        case 1002 | 404:
            return SessionLost(where, detail, code=code)
        case 2001:
            return OutOfCredits(where, detail, code=code, user_id=_user_of(body))
        case 4001 | 415:
            return UnsupportedFile(where, detail, code=code)
        case 4002 | 413:
            return FileTooLarge(where, detail, code=code)
        case 402:
            return ExportBlocked(where, detail, code=code)
        case 429:
            return RateLimited(where, detail, code=code, retry_after=reply.retry_after)
        case 400 if where is Endpoint.TOKEN:
            return ClientIdMissing(where, detail, code=code)
    return _transient(where, code, detail)


def _transient(where: Endpoint, code: int, detail: str) -> BackendError | None:
    if code in (408, 425) or 500 <= code < 600:
        return BackendAway(where, detail, code=code)
    if 100 <= code < 200 or 300 <= code < 400:
        return ProtocolError(where, "a redirect, which is not followed with credentials", code=code)
    return None


def _user_of(body: Mapping[str, Any]) -> str:
    data = body.get("data")
    user = body.get("user_id") or (data.get("user_id") if isinstance(data, dict) else "")
    return user if isinstance(user, str) else ""


def _detail(reply: Reply, body: Mapping[str, Any]) -> str:
    """The backend's own words, on one line, without secrets."""
    said = next((body[key] for key in ("message", "detail", "error", "msg") if body.get(key)), reply.mime)
    words = said if isinstance(said, str) else json.dumps(said)
    return clean(words, reply.token)


def clean(words: str, token: str = "") -> str:
    """Words of the backend, fit for an error: one short line, no token in it."""
    if token:
        words = words.replace(token, "[secret]")
    return " ".join(_SECRET.sub("[secret]", words).split())[:_LONGEST_DETAIL]


# --- fields -----------------------------------------------------------------------------------------------------------


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
