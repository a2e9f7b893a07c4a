"""The backend's envelopes: a whole answer is opened to the JSON inside it, or to the refusal that it is. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
