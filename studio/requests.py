"""What callers send, checked: exactly the bodies and headers that the contract describes, or a refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from studio import refusals

JSON_BYTES = 4 * 1024 * 1024
CLIENT_ID = 64
TEXT = 100_000
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class NewSession:
    """A wish for a project."""

    task_name: str
    language: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish for a browser link."""

    task_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """What is said to the agent."""

    session_id: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """A wish for an export."""

    id: str
    session_id: str
    draft: Mapping[str, Any]


async def read_json(request: Request) -> Mapping[str, Any]:
    """The body as a JSON object."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > JSON_BYTES:
            raise refusals.malformed("body too large")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refusals.malformed("JSON expected") from error
    if not isinstance(value, dict):
        raise refusals.malformed("a JSON object expected")
    return value


def client_id(value: str | None) -> str:
    """The `X-Client-Id` header: HTTP 400 without it."""
    if not value or len(value) > CLIENT_ID:
        raise refusals.malformed("X-Client-Id header required (at most 64 characters)")
    return value


def check_attribution(headers: Mapping[str, str]) -> None:
    """The three headers without which nothing is exported: HTTP 402."""
    if not all(headers.get(name) for name in ("x-skill-source", "x-skill-version", "x-skill-platform")):
        raise refusals.Refusal(402, "Exports need the skill attribution headers or a plan that allows them")


def new_session(body: Mapping[str, Any]) -> NewSession:
    """A body for a new session."""
    language = body.get("language", "en")
    return NewSession(_text(body, "task_name"), _string(language, "language"))


def claim(body: Mapping[str, Any]) -> Claim:
    """A body for a claim token."""
    return Claim(_text(body, "task_id"), _text(body, "session_id"))


def urls(body: Mapping[str, Any]) -> list[str]:
    """A body for an upload by URL."""
    found = body.get("urls")
    if body.get("source_type") != "url" or not isinstance(found, list) or not found:
        raise refusals.malformed('{"urls":[…],"source_type":"url"} expected')
    return [_string(url, "urls") for url in found]


def message(body: Mapping[str, Any], agent: str) -> AgentMessage:
    """A body for the agent. Its server complains in a way of its own: HTTP 422 with `detail`."""
    parts = body.get("new_message", {}).get("parts") if isinstance(body.get("new_message"), dict) else None
    texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    said = [text for text in texts if isinstance(text, str) and text.strip()]
    if not said:
        raise refusals.Detailed(422, "new_message.parts with text expected")
    for key, wanted in (("app_name", agent), ("user_id", "me")):
        if body.get(key) != wanted:
            raise refusals.Detailed(422, f"{key} must be {wanted}")
    if not isinstance(body.get("session_id"), str):
        raise refusals.Detailed(422, "session_id expected")
    return AgentMessage(body["session_id"], "\n".join(said)[:TEXT])


def render(body: Mapping[str, Any]) -> RenderOrder:
    """A body for an export."""
    id_ = _text(body, "id")
    draft, output = body.get("draft"), body.get("output")
    if not _ID.fullmatch(id_):
        raise refusals.malformed("id: letters, digits, dots, dashes and underscores")
    if not isinstance(draft, dict):
        raise refusals.malformed("draft expected")
    if not isinstance(output, dict) or output.get("format") != "mp4" or output.get("quality") != "high":
        raise refusals.malformed('output {"format":"mp4","quality":"high"} expected')
    return RenderOrder(id_, _text(body, "sessionId"), draft)


def _text(body: Mapping[str, Any], key: str) -> str:
    return _string(body.get(key), key)


def _string(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise refusals.malformed(f"{key} expected")
    return value
