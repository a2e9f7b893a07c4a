"""The agent's stream: bytes in, turn events out. Pure: no network, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import StreamLost
from core.nemo.events import AgentError, Text, ToolFinished, ToolStarted, TurnEvent, Unknown, Waiting
from core.nemo.speech import Speech
from core.nemo.sse import Comment, Frame, Frames, FrameTooLarge

MEBIBYTE = 1024 * 1024
ENDPOINT = "POST /run_sse"

_AGENT_KEYS = frozenset({"content", "author", "invocationId", "invocation_id", "actions", "partial"})


class TurnDecoder:
    """Decodes one turn. Feed it what the network brings, as it comes; how it is cut makes no difference.

    `event_bytes` and `stream_bytes` are the most that one event and the whole stream may hold; beyond them, and for a
    stream that ends inside an event, `StreamLost` is raised.
    """

    __slots__ = ("_calls", "_failed", "_frames", "_left", "_speech", "heard")

    def __init__(self, *, event_bytes: int = MEBIBYTE, stream_bytes: int = 64 * MEBIBYTE) -> None:
        self._frames = Frames(event_bytes)
        self._left = stream_bytes
        self._speech = Speech()
        self._calls: set[str] = set()
        self._failed = False
        self.heard = 0
        """How many events other than heartbeats have come, hidden ones (thoughts) included."""

    def feed(self, chunk: bytes) -> list[TurnEvent]:
        """What this chunk completes."""
        self._left -= len(chunk)
        if self._left < 0:
            raise StreamLost(ENDPOINT, "the stream exceeds its limit")
        try:
            frames = self._frames.feed(chunk)
        except FrameTooLarge as error:
            raise StreamLost(ENDPOINT, str(error)) from error
        return [event for frame in frames for event in self._frame(frame)]

    def close(self) -> list[TurnEvent]:
        """What is left when the connection has closed cleanly: a last event without a blank line, text held back."""
        events = [event for frame in self._frames.close() for event in self._frame(frame)]
        return events + list(self._speech.finish())

    def _frame(self, frame: Frame | Comment) -> Iterator[TurnEvent]:
        if isinstance(frame, Comment) or frame.event == "heartbeat" or (frame.whole and not frame.data):
            return iter((Waiting(),))
        data = _json(frame.data or "")
        if not frame.whole and not isinstance(data, dict):
            raise StreamLost(ENDPOINT, "the stream ends inside an event")
        if isinstance(data, dict) and data.get("type") == "heartbeat":
            return iter((Waiting(),))
        self.heard += 1
        return self._object(data) if isinstance(data, dict) else iter((Unknown("not a JSON object"),))

    def _object(self, data: Mapping[str, Any]) -> Iterator[TurnEvent]:
        error = _error(data)
        if error is None or _AGENT_KEYS & data.keys():
            yield from self._content(data)
        if error is not None:
            yield from self._error(error)

    def _content(self, data: Mapping[str, Any]) -> Iterator[TurnEvent]:
        match data:
            case {"type": "text", "content": str(text)}:
                yield from self._text(self._speech.delta("", text) if text else [])
            case {"type": "tool_call", "name": str(name)}:
                yield from self._started(name, data.get("args"), "")
            case {"type": "tool_result", "name": str(name)}:
                yield from self._finished(name, data.get("result"))
            case {"type": str(kind)}:
                yield Unknown(kind)
            case _ if _AGENT_KEYS & data.keys():
                yield from self._agent_event(data)
            case _:
                yield Unknown("no known key")

    def _agent_event(self, data: Mapping[str, Any]) -> Iterator[TurnEvent]:
        content = data.get("content")
        listed = content.get("parts") if isinstance(content, dict) else None
        parts = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
        message_id, partial = str(data.get("id") or ""), data.get("partial") is True
        spoken = "" if isinstance(content, dict) and content.get("role") == "user" else _spoken(parts)
        if spoken:
            say = self._speech.delta if partial else self._speech.whole
            yield from self._text(say(message_id, spoken))
        for part in () if partial else parts:  # what a partial event begins to call, its whole event calls
            yield from self._tool(part)

    def _tool(self, part: Mapping[str, Any]) -> Iterator[TurnEvent]:
        match part.get("functionCall") or part.get("function_call"):
            case {"name": str(name), **call}:
                yield from self._started(name, call.get("args"), str(call.get("id") or ""))
        match part.get("functionResponse") or part.get("function_response"):
            case {"name": str(name), **reply}:
                yield from self._finished(name, reply.get("response"))

    def _text(self, texts: list[Text]) -> Iterator[TurnEvent]:
        self._failed = False
        return iter(texts)

    def _started(self, name: str, args: Any, call_id: str) -> Iterator[TurnEvent]:
        self._failed = False
        if call_id and call_id in self._calls:
            return
        self._calls.add(call_id)
        yield from self._speech.interrupt()
        yield ToolStarted(name, args if isinstance(args, dict) else {})

    def _finished(self, name: str, result: Any) -> Iterator[TurnEvent]:
        self._failed = False
        yield from self._speech.interrupt()
        yield ToolFinished(name, result)

    def _error(self, error: AgentError) -> Iterator[TurnEvent]:
        """An error that directly follows another is the same one, told again in another form."""
        if not self._failed:
            yield from self._speech.finish()
            yield error
        self._failed = True


def _json(text: str) -> Any:
    """The value, or None where it is no JSON (a nesting that exhausts the stack included)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _spoken(parts: list[dict[str, Any]]) -> str:
    texts = (part.get("text") for part in parts if not part.get("thought"))
    return "".join(text for text in texts if isinstance(text, str))


def _error(data: Mapping[str, Any]) -> AgentError | None:
    match data:
        case {"errorCode": code} | {"error_code": code} if code:
            message = data.get("errorMessage") or data.get("error_message") or ""
            return AgentError(_words(code), _words(message))
        case {"error": error} if error:
            details = data.get("error_details")
            kind = details.get("error_type", "") if isinstance(details, dict) else ""
            return AgentError(_words(kind), _words(error))
        case {"type": "error"}:
            return AgentError("", _words(data.get("message") or data.get("content") or ""))
        case {"code": int(number)} if number and "type" not in data:
            return AgentError(str(number), _words(data.get("message") or ""))
    return None


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
