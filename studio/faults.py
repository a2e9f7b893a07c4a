"""Faults that can be ordered, so that the studio behaves as badly as a real backend on a bad day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Endpoint(StrEnum):
    """The calls that exist, as method and purpose."""

    TOKEN = "POST token"  # noqa: S105 (a call, not a secret)
    SESSION = "POST session"
    CLAIM = "POST claim"
    UPLOAD = "POST upload"
    RUN = "POST run_sse"
    STATE = "GET state"
    CREDITS = "GET credits"
    RENDER = "POST render"
    LOOK = "GET render"
    CANCEL = "POST cancel"
    DOWNLOAD = "GET download"
    FILE = "GET file"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Answer:
    """Some answer in place of the right one; `after`: the call has its effect all the same.

    `Answer(502)` is a broken gateway, `Answer(200, html=…)` a page of it, `Answer(200, json={"code": 2001})` a refusal.
    """

    status: int = 502
    json: Mapping[str, Any] | None = None
    html: str = "<html><body><h1>Bad Gateway</h1></body></html>"
    after: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without an answer; `after`: once the call has had its effect."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, until the caller leaves; `after`: once the call has had its effect."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer comes late by so many seconds; the call has its effect before."""

    seconds: float


class End(StrEnum):
    """How a body stops short: as if it were whole, by a broken connection, or by silence."""

    CLEAN = "clean"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Cut:
    """The body of the answer stops after so many bytes; what the call does goes on."""

    at: int
    end: End = End.RESET


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """A turn of nothing but heartbeats, until its reader leaves; `after`: its effect has happened."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class ModelError:
    """The agent's model fails: an error event, with `echoed` a second one that says the same.

    `before` the first word, or in the middle; never after the effect.
    """

    code: str = "RuntimeError"
    message: str = "503 UNAVAILABLE: model overloaded"
    echoed: bool = True
    before: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A turn that went well ends with an apology."""

    text: str = "I encountered a temporary issue. Please try again later."


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes of no known shape in the middle of a stream."""

    data: bytes = b"data: {not json\n\n"


Wrong = Answer | Drop | Hang | Delay | Cut | Heartbeats | ModelError | Trouble | Noise
InTurn = Heartbeats | ModelError | Trouble | Noise
"""Faults of the agent itself; all others happen on the wire."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something goes wrong at an endpoint: `times` times in a row, after `skip` calls that go well."""

    where: Endpoint
    what: Wrong
    times: int = 1
    skip: int = 0


@dataclass(slots=True)
class Faults:
    """The faults still to come. Each call uses up at most one fault of the wire and one of the agent."""

    pending: list[Fault] = field(default_factory=list)

    def order(self, where: Endpoint, what: Wrong, *, times: int = 1, skip: int = 0) -> None:
        """Let something go wrong from now on."""
        self.pending.append(Fault(where, what, times, skip))

    def clear(self) -> None:
        """All is well again."""
        self.pending.clear()

    def on_wire(self, where: Endpoint) -> Answer | Drop | Hang | Delay | Cut | None:
        """The wire's fault for this call, if there is one; it is used up."""
        for index, fault in enumerate(self.pending):
            if fault.where is where and not isinstance(fault.what, InTurn):
                return fault.what if self._use(index) else None
        return None

    def in_turn(self) -> Heartbeats | ModelError | Trouble | Noise | None:
        """The agent's fault for this turn, if there is one; it is used up."""
        for index, fault in enumerate(self.pending):
            if isinstance(fault.what, InTurn):
                return fault.what if self._use(index) else None
        return None

    def _use(self, index: int) -> bool:
        fault = self.pending[index]
        if fault.skip:
            self.pending[index] = replace(fault, skip=fault.skip - 1)
            return False
        if fault.times > 1:
            self.pending[index] = replace(fault, times=fault.times - 1)
        else:
            del self.pending[index]
        return True
