"""Telling apart, in one sentence of the editor, what describes the video from what tells a person to use a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from core.nemo.screens import (
    ACTS,
    CONDITION,
    EDITING,
    EXPORTING,
    FOLLOWING,
    INSTRUCTION,
    LETTERING,
    NEGATED,
    SEPARATOR,
    STEP,
    Act,
)

_QUOTED: Final = re.compile(
    r"“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|【[^】]*】|\"[^\"]*\"|‘[^‘’]*’(?!\w)|(?<![\w'])'\b[^'\n]{1,60}'(?!\w)"
)
_BRACKETED: Final = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）)")
_TAIL: Final = re.compile(r"(?:[.!?…。！？~]+[”」』）)\]\"’*_`]*|[*_`]+)$")
_MARKUP: Final = re.compile(r"[*_`#\\]+")
_SIGNS: Final = re.compile(r"^[^\w(\[]+")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left of a sentence, and what its instructions come down to. `edits` are its own words for each `EDIT`;
    `instructed` tells whether there was an instruction at all."""

    text: str
    acts: tuple[Act, ...] = ()
    edits: tuple[str, ...] = ()
    instructed: bool = False


class _Role(Enum):
    CONTENT = auto()
    INSTRUCTION = auto()
    COMPANION = auto()  # only leads up to an instruction, or goes on from one


@dataclass(frozen=True, slots=True)
class _Clause:
    separator: str  # what stands before it
    text: str


@lru_cache(maxsize=256)  # what was judged as it came is judged again as a whole
def judge(sentence: str, *, after_instruction: bool = False) -> Judged:
    """Strip the instructions out of a sentence. `after_instruction`: the one before was an instruction, so this may be
    no more than its next step."""
    if after_instruction and STEP.search(_plain(sentence)):
        return Judged("", instructed=True)
    bare, asides = _without_asides(sentence)
    tail = _TAIL.search(_masked(bare))
    body, ending = (bare[: tail.start()], bare[tail.start() :]) if tail else (bare, "")
    clauses = list(_clauses(body))
    roles = _roles(clauses)
    told = [*asides, *(clause.text for clause, role in zip(clauses, roles, strict=True) if role is _Role.INSTRUCTION)]
    if not told:
        return Judged(sentence)
    kept = [clause for clause, role in zip(clauses, roles, strict=True) if role is _Role.CONTENT]
    acts = [(act, text) for text in told for act in _acts(text)]
    if not acts and not all(_asks_for_nothing(text) for text in told):
        acts = [(Act.EDIT, told[0])]
    return Judged(
        _joined(kept, ending, began=not kept or kept[0] is clauses[0]),
        tuple(act for act, _ in acts),
        tuple(text.strip() for act, text in acts if act is Act.EDIT),
        instructed=True,
    )


# --- clauses ----------------------------------------------------------------------------------------------------------


def _clauses(body: str) -> Iterator[_Clause]:
    start, separator = 0, ""
    for match in SEPARATOR.finditer(_masked(body)):
        if match.start() == 0:
            continue
        yield _Clause(separator, body[start : match.start()])
        start, separator = match.end(), body[match.start() : match.end()]
    yield _Clause(separator, body[start:])


def _roles(clauses: Sequence[_Clause]) -> list[_Role]:
    plain = [_plain(clause.text) for clause in clauses]
    roles = [
        _Role.INSTRUCTION if INSTRUCTION.search(text) and not _is_lettering(clauses, at) else _Role.CONTENT
        for at, text in enumerate(plain)
    ]
    for at in range(len(roles) - 2, -1, -1):
        leads_up = CONDITION.search(plain[at]) or (EDITING.search(plain[at]) and _is_behind_colon(clauses[at + 1]))
        if roles[at] is _Role.CONTENT and roles[at + 1] is not _Role.CONTENT and leads_up:
            roles[at] = _Role.COMPANION
    for at in range(1, len(roles)):
        if roles[at] is _Role.CONTENT and roles[at - 1] is not _Role.CONTENT and FOLLOWING.search(plain[at]):
            roles[at] = _Role.COMPANION
    return roles


def _is_lettering(clauses: Sequence[_Clause], at: int) -> bool:
    """Whether a clause holds words of the picture itself: "Title: Click to buy"."""
    if at == 0 or not _is_behind_colon(clauses[at]):
        return False
    head = _plain(clauses[at - 1].text)
    return bool(LETTERING.search(head)) and not CONDITION.search(head) and not EDITING.search(head)


def _is_behind_colon(clause: _Clause) -> bool:
    return clause.separator.strip() in (":", "：")


def _without_asides(sentence: str) -> tuple[str, list[str]]:
    """The sentence without brackets that hold an instruction, and those instructions."""
    asides: list[str] = []

    def drop(match: re.Match[str]) -> str:
        inner = match[0].strip()[1:-1]
        if not INSTRUCTION.search(_plain(inner)):
            return match[0]
        asides.append(inner)
        return ""

    return _BRACKETED.sub(drop, sentence), asides


def _acts(text: str) -> tuple[Act, ...]:
    """What an instruction comes down to; nothing where its words do not tell."""
    if _asks_for_nothing(text):
        return ()
    return tuple(act for act, pattern in ACTS if pattern.search(_MARKUP.sub("", text)))[:1]


def _asks_for_nothing(text: str) -> bool:
    plain = _plain(text)
    return bool(NEGATED.search(plain) or (STEP.search(plain) and not EXPORTING.search(_MARKUP.sub("", text))))


def _joined(kept: Sequence[_Clause], ending: str, *, began: bool) -> str:
    """The clauses that stay, as one sentence with the old ending."""
    text = "".join((clause.separator if at else "") + clause.text for at, clause in enumerate(kept)).strip()
    if not _MARKUP.sub("", text).strip():
        return ""
    if not began:
        text = text[:1].upper() + text[1:]
    return text + ending


# --- text without what does not count ---------------------------------------------------------------------------------


def _masked(text: str) -> str:
    """The text with quotations and brackets blanked, character by character."""
    quiet = _QUOTED.sub(lambda match: "Q" * len(match[0]), text)
    return _BRACKETED.sub(lambda match: "Q" * len(match[0]), quiet)


def _plain(text: str) -> str:
    """The text without markup and signs before its first word, each quotation a `Q`, one space between words."""
    return " ".join(_SIGNS.sub("", _MARKUP.sub("", _QUOTED.sub("Q", text))).split())
