"""What goes wrong by plan: refusals, broken gateways, cut lines, slowness, nonsense, before or after the effect."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.wire.telegram.errors import Refusal, too_many
from tests.wire.telegram.ledger import Call


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `after` tells that what was asked is done all the same."""

    kind: Literal["refusal", "status", "cut", "slow", "garbage", "slow upload", "held"]
    after: bool = False
    refusal: Refusal | None = None
    status: int = 200
    body: bytes = b""
    seconds: float = 0.0
    pace: float = 0.0
    gate: asyncio.Event | None = None


def pause(seconds: int) -> Fault:
    """429 with `retry_after`."""
    return Fault("refusal", refusal=too_many(seconds))


def refuse(code: int, description: str, **parameters: Any) -> Fault:
    """Any refusal."""
    return Fault("refusal", refusal=Refusal(code, description, parameters))


def gateway(status: int = 502, *, after: bool = False) -> Fault:
    """A page of HTML instead of an answer."""
    return Fault("status", after, status=status, body=b"<html><body><h1>Bad Gateway</h1></body></html>")


def cut(*, after: bool = False) -> Fault:
    """The line is reset before any answer."""
    return Fault("cut", after)


def slow(seconds: float, *, after: bool = False) -> Fault:
    """The answer takes its time: the effect comes first (`after`) or last."""
    return Fault("slow", after, seconds=seconds)


def held(gate: asyncio.Event, *, after: bool = False) -> Fault:
    """The answer waits until the gate is opened, and with it the effect, unless that comes first (`after`)."""
    return Fault("held", after, gate=gate)


def garbage(body: bytes = b'{"ok": tru', *, after: bool = False) -> Fault:
    """200 with something that is no answer."""
    return Fault("garbage", after, body=body)


def slow_upload(pace: float) -> Fault:
    """The request is read at so many bytes a second."""
    return Fault("slow upload", pace=pace)


@dataclass(slots=True)
class Plan:
    """A fault for some calls: after `skip` calls of the method (and chat), `times` times."""

    fault: Fault
    method: str
    chat: int | None
    times: int
    skip: int

    def meets(self, call: Call) -> bool:
        """Whether this call is one of them; counts it."""
        if self.times <= 0 or self.method not in ("*", call.method) or self.chat not in (None, call.chat):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """All plans; the first that fits is used."""

    plans: list[Plan] = field(default_factory=list)

    def plan(self, method: str, fault: Fault, *, times: int = 1, skip: int = 0, chat: int | None = None) -> None:
        """Let it go wrong; `*` is every method. Slow uploads are told by the method alone."""
        self.plans.append(Plan(fault, method, chat, times, skip))

    def take(self, call: Call) -> Fault | None:
        """What goes wrong with this call."""
        plans = (plan for plan in self.plans if plan.fault.kind != "slow upload")
        return next((plan.fault for plan in plans if plan.meets(call)), None)

    def pace(self, method: str) -> float:
        """How fast an upload is read; 0 for as fast as it comes."""
        plans = (plan for plan in self.plans if plan.fault.kind == "slow upload")
        return next((plan.fault.pace for plan in plans if plan.meets(Call(method))), 0.0)
