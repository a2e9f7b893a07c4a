"""What the agent's stream tells us, as values: the vocabulary of a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """Words for the person, each exactly once.

    Append `text` to what the turn has said so far. `whole` is the rare correction (the agent's final text is not what
    its deltas added up to): then `text` is everything that the turn has said, and replaces it. Different messages of
    one turn are a blank line apart; it is part of `text`.
    """

    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The agent called a tool. Not for people; `args` is the agent's business."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool answered the agent. `result` is whatever it gave back."""

    name: str
    result: Any = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A heartbeat: the connection lives, nothing is said by it."""


@dataclass(frozen=True, slots=True)
class AgentError:
    """The agent gave up, reported once however often the stream repeats it. `code` is its own name of the trouble
    ("RESOURCE_EXHAUSTED", or a code of the contract's table such as "2001"), empty if it gave none."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event in neither dialect. `kind` names its type or what is wrong with it, never its content."""

    kind: str


TurnEvent = Text | ToolStarted | ToolFinished | Waiting | AgentError | Unknown
