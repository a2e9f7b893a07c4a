"""What a wish is: something in a sentence that can be granted on a timeline."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import ClassVar, NamedTuple

from studio.agent.project import Project
from studio.agent.sentence import Sentence
from studio.timeline import Timeline


class Both(NamedTuple):
    """The same in English and Chinese."""

    en: str
    zh: str


class Phase(IntEnum):
    """The order in which the wishes of one sentence are granted, so that "15 seconds" holds whatever else is asked."""

    MATERIAL = 0
    ORDER = 1
    PACE = 2
    LOOK = 3
    LENGTH = 4
    TITLE = 5
    MUSIC = 6


class Impossible(Exception):
    """A wish is understood and cannot be granted; says why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.why = Both(en, zh)


class Wish(ABC):
    """One thing that is wanted. Subclasses are frozen dataclasses and stand beside the rules that find them."""

    phase: ClassVar[Phase]
    quiet: ClassVar[bool] = False  # the backend has been seen to do it without a word
    evident: ClassVar[bool] = False  # what is said of a new video tells it already
    tool: ClassVar[str] = "update_timeline"
    hint: ClassVar[Both] = Both("You can preview it in the timeline.", "您可以在时间线中预览效果。")

    @abstractmethod
    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The timeline with the wish granted. Raises `Impossible`."""

    @abstractmethod
    def told(self, before: Timeline, after: Timeline) -> Both:
        """One sentence about what was done."""


class Aside(ABC):
    """Something in a sentence that changes nothing and wants an answer."""

    @abstractmethod
    def answer(self, project: Project) -> Both:
        """The answer."""


Found = Wish | Aside | None
Build = Callable[[re.Match[str], Sentence], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """Ways of saying something. `build` makes of it what is wanted, or None if it was not meant after all."""

    build: Build
    pattern: str

    def search(self, text: str, at: int) -> re.Match[str] | None:
        """The next place from `at` where it is said."""
        return compiled(self.pattern).search(text, at)


_EDGE = "(?:(?<![a-zà-ɏ])|(?![a-zà-ɏ]))"
"""Not in the middle of a Latin word. Chinese has no such edges, so `\\b` would not do."""


def rule(build: Build, *ways: str) -> Rule:
    """A rule: any of these ways, with the case of letters ignored, never beginning or ending inside a word."""
    return Rule(build, f"{_EDGE}(?:{'|'.join(ways)}){_EDGE}")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed: all of them take half a second."""
    return re.compile(pattern, re.IGNORECASE)


def always(wish: Wish | Aside) -> Build:
    """However it is said, this is meant."""
    return lambda _match, _sentence: wish
