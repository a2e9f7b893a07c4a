"""The course of a turn: an outcome spread over time as words, tool calls, work, and the moment of its effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.agent.project import Change, Effort, Outcome
from studio.faults import Heartbeats, InTurn, ModelError, Noise, Trouble
from studio.settings import StudioSettings


@dataclass(frozen=True, slots=True)
class Say:
    """Words, piece by piece; `thought` ones are not for people."""

    text: str
    thought: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """What was said is complete."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool is called."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """So many seconds go by."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Apply:
    """The outcome takes effect."""


@dataclass(frozen=True, slots=True)
class Return:
    """The tool has answered."""

    name: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fail:
    """The model fails, and the turn is over without effect."""

    error: ModelError


@dataclass(frozen=True, slots=True)
class Stall:
    """Heartbeats, and nothing else ever."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that are no event."""

    data: bytes


Step = Say | Finish | Call | Work | Apply | Return | Fail | Stall | Raw


def write(outcome: Outcome, fault: InTurn | None, settings: StudioSettings) -> tuple[Step, ...]:
    """The steps of a turn with this outcome, and with this fault in it."""
    return tuple(_spoil(list(_steps(outcome, settings)), fault))


def _steps(outcome: Outcome, settings: StudioSettings) -> Iterator[Step]:
    silent = settings.silent_edits and outcome.quiet
    if settings.thoughts and not silent:
        yield Say("The person wants: " + outcome.effort, thought=True)
    if outcome.change is Change.NONE:
        yield Work(settings.answer_seconds)
    else:
        if outcome.effort is Effort.GENERATION:
            yield Say(_opening(outcome.reply))
        yield Call(outcome.tool, dict(outcome.args))
        yield Work(settings.generation_seconds if outcome.effort is Effort.GENERATION else settings.edit_seconds)
        yield Apply()
        yield Return(outcome.tool, {"status": "ok"})
    if not silent:
        yield Say(_closing(outcome, settings))
        yield Finish()


def _opening(reply: str) -> str:
    return "好的，我来制作这个视频。" if re.match(r"\W*[\u4e00-\u9fff]", reply) else "Let me put your video together."


def _closing(outcome: Outcome, settings: StudioSettings) -> str:
    return f"{outcome.reply} {outcome.hint}" if settings.gui_talk and outcome.hint else outcome.reply


def _spoil(steps: list[Step], fault: InTurn | None) -> list[Step]:
    work = next((at for at, step in enumerate(steps) if isinstance(step, Work)), len(steps))
    match fault:
        case None:
            return steps
        case Heartbeats(after):
            return [*(steps if after else steps[:work]), Stall()]
        case ModelError(before=before):
            return [*([] if before else [*steps[:work], Say("I will now ")]), Fail(fault)]
        case Trouble(text):
            return [*steps, Say(text), Finish()]
        case Noise(data):
            return [*steps[:work], Raw(data), *steps[work:]]


def pieces(text: str) -> list[str]:
    """Text in the pieces in which a model speaks: a few words or characters at a time."""
    return re.findall(r"\S+\s*(?:\S+\s*)?|\s+", text) if " " in text.strip() else re.findall(r".{1,6}", text, re.DOTALL)
