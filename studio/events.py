"""The two dialects of the agent's stream: what the agent does, as bytes of server-sent events."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import uuid4

from studio.settings import Dialect, StudioSettings, Waiting

AUTHOR = "nemo_agent"
Part = dict[str, Any]


class Voice(ABC):
    """Speaks one dialect for the length of one turn. Each method gives the bytes to send, perhaps none."""

    def __init__(self, settings: StudioSettings) -> None:
        self._end = "\r\n" if settings.crlf else "\n"
        self._heartbeats = cycle(_heartbeats(settings.waiting))

    @abstractmethod
    def say(self, text: str, *, thought: bool = False) -> bytes:
        """A piece of text as it comes into being."""

    @abstractmethod
    def call(self, name: str, args: dict[str, Any]) -> bytes:
        """A tool is called."""

    @abstractmethod
    def returned(self, name: str, result: dict[str, Any]) -> bytes:
        """The tool that was called last has answered."""

    @abstractmethod
    def pause(self) -> bytes:
        """What was said so far is complete."""

    @abstractmethod
    def fail(self, code: str, message: str, *, echoed: bool) -> bytes:
        """The model has failed; with `echoed` the server says so again."""

    def wait(self) -> bytes:
        """Nothing happens, and the connection is still there."""
        return next(self._heartbeats).replace("\n", self._end).encode()

    def _data(self, value: dict[str, Any], *, spaced: bool = False) -> bytes:
        separators = None if spaced else (",", ":")
        text = json.dumps(value, ensure_ascii=False, separators=separators)
        return f"data: {text}{self._end}{self._end}".encode()


def _heartbeats(waiting: Waiting) -> list[str]:
    forms = {
        Waiting.COMMENT: ": keep-alive\n\n",
        Waiting.EVENT: "event: heartbeat\ndata:\n\n",
        Waiting.EMPTY: "data:\n\n",
        Waiting.TYPED: 'data: {"type":"heartbeat"}\n\n',
    }
    return list(forms.values()) if waiting is Waiting.MIXED else [forms[waiting]]


class TypedVoice(Voice):
    """The dialect of typed events."""

    def say(self, text: str, *, thought: bool = False) -> bytes:
        """Text; thoughts do not exist in this dialect."""
        return b"" if thought else self._data({"type": "text", "content": text})

    def call(self, name: str, args: dict[str, Any]) -> bytes:
        """A tool call."""
        return self._data({"type": "tool_call", "name": name, "args": args})

    def returned(self, name: str, result: dict[str, Any]) -> bytes:
        """A tool result."""
        return self._data({"type": "tool_result", "name": name, "result": result})

    def pause(self) -> bytes:
        """Nothing: texts are not repeated."""
        return b""

    def fail(self, code: str, message: str, *, echoed: bool) -> bytes:  # noqa: ARG002 (said once in any case)
        """This dialect has no error event of its own: the server's is used."""
        return self._data(_server_error(code, message, 0.0), spaced=True)


@dataclass(slots=True)
class _Speech:
    """What the model is saying at the moment: one id for all its pieces and for the whole that repeats them."""

    id: str = field(default_factory=lambda: str(uuid4()))
    parts: list[Part] = field(default_factory=list)

    def add(self, text: str, *, thought: bool) -> Part:
        piece: Part = {"text": text, "thought": True} if thought else {"text": text}
        if self.parts and self.parts[-1].get("thought") == piece.get("thought"):
            self.parts[-1]["text"] += text
        else:
            self.parts.append(dict(piece))
        return piece


class AgentVoice(Voice):
    """The dialect of agent events: pieces marked partial, then the whole once more."""

    def __init__(self, settings: StudioSettings) -> None:
        super().__init__(settings)
        self._clock: Callable[[], float] = settings.clock
        self._deltas = settings.deltas
        self._invocation = f"e-{uuid4()}"
        self._speech = _Speech()
        self._call_id = ""

    def say(self, text: str, *, thought: bool = False) -> bytes:
        """A partial event, or nothing where only whole texts are sent."""
        piece = self._speech.add(text, thought=thought)
        if not self._deltas:
            return b""
        return self._event({"content": {"parts": [piece], "role": "model"}, "partial": True}, self._speech.id)

    def call(self, name: str, args: dict[str, Any]) -> bytes:
        """The whole of what was said before, and the call, in one event."""
        self._call_id = f"adk-{uuid4()}"
        call = {"functionCall": {"id": self._call_id, "args": args, "name": name}}
        return self._whole([*self._speech.parts, call], after={"longRunningToolIds": []})

    def returned(self, name: str, result: dict[str, Any]) -> bytes:
        """The answer of a tool comes in the role of the user."""
        response = {"functionResponse": {"id": self._call_id, "name": name, "response": result}}
        return self._event({"content": {"parts": [response], "role": "user"}}, str(uuid4()))

    def pause(self) -> bytes:
        """The whole of what was said."""
        return self._whole(self._speech.parts, before={"finishReason": "STOP"}) if self._speech.parts else b""

    def fail(self, code: str, message: str, *, echoed: bool) -> bytes:
        """The error as an event, with `echoed` a second time as the server puts it."""
        event = self._event({"errorCode": code, "errorMessage": message}, str(uuid4()))
        if not echoed:
            return event
        return event + self._data(_server_error(code, message, self._clock()), spaced=True)

    def _whole(self, parts: list[Part], before: Part | None = None, after: Part | None = None) -> bytes:
        start: dict[str, Any] = {"content": {"parts": parts, "role": "model"}}
        if self._deltas:
            start["partial"] = False
        tokens = {"candidatesTokenCount": 13, "promptTokenCount": 21, "totalTokenCount": 34}
        event = self._event({**start, **(before or {}), "usageMetadata": tokens}, self._speech.id, after or {})
        self._speech = _Speech()
        return event

    def _event(self, start: Part, id_: str, after: Part | None = None) -> bytes:
        actions: dict[str, Part] = {
            "stateDelta": {},
            "artifactDelta": {},
            "requestedAuthConfigs": {},
            "requestedToolConfirmations": {},
        }
        return self._data({
            **start,
            "invocationId": self._invocation,
            "author": AUTHOR,
            "actions": actions,
            "nodeInfo": {"path": f"{AUTHOR}@1"},
            **(after or {}),
            "id": id_,
            "timestamp": self._clock(),
        })  # fmt: skip


def _server_error(code: str, message: str, now: float) -> dict[str, Any]:
    details = {"error_type": code, "error_message": message, "timestamp": now}
    return {"error": f"{code}: {message}", "error_details": details}


def voice(settings: StudioSettings) -> Voice:
    """A voice for one turn, in the dialect that the settings ask for."""
    return AgentVoice(settings) if settings.dialect is Dialect.AGENT else TypedVoice(settings)
