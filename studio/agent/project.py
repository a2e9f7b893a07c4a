"""What the agent sees of a project, and what it makes of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from studio.media import Kind, Media
from studio.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Project:
    """The project as it is. The first `seen` media have been used or passed over before; `previous` and `next` are
    what going back and forth would lead to, `earlier` what going further back would, the nearest last. `language` is
    the session's, for requests that are of none ("9:16"). `asked` is the request that the question put last left open,
    with braces for the answer; empty if there was none."""

    media: tuple[Media, ...] = ()
    timeline: Timeline | None = None
    seen: int = 0
    previous: Timeline | None = None
    earlier: tuple[Timeline | None, ...] = ()
    next: Timeline | None = None
    language: str = "en"
    asked: str = ""

    def before(self, steps: int) -> Timeline | None:
        """The timeline so many changes ago."""
        if steps == 1:
            return self.previous
        return self.earlier[1 - steps] if 1 < steps <= len(self.earlier) + 1 else None

    @property
    def pictures(self) -> tuple[Media, ...]:
        """Photos and videos, in the order in which they came."""
        return tuple(item for item in self.media if item.kind is not Kind.AUDIO)

    @property
    def songs(self) -> tuple[Media, ...]:
        """Audio files, in the order in which they came."""
        return tuple(item for item in self.media if item.kind is Kind.AUDIO)


class Change(StrEnum):
    """What happens to the timeline: nothing, a new one, or one of the past or of the undone future."""

    NONE = "none"
    NEW = "new"
    BACK = "back"
    FORTH = "forth"


class Effort(StrEnum):
    """How much work a request is, which decides how long it takes and what it costs."""

    ANSWER = "answer"
    EDIT = "edit"
    GENERATION = "generation"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a request. `reply` is for the person; `quiet` says that it may as well be left out.

    `timeline` is how the video shall be from now on, None for as it was; `tool` and `args` name the work in the stream;
    `hint` is the editor's advice on what to click next. `asks` is the request that the question in the reply leaves
    open (see `Project.asked`).
    """

    reply: str
    change: Change = Change.NONE
    timeline: Timeline | None = None
    effort: Effort = Effort.ANSWER
    quiet: bool = False
    steps: int = 1  # how far back, where it goes back
    takes_all: bool = False  # every medium there is has now been considered
    tool: str = "update_timeline"
    args: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    asks: str = ""
