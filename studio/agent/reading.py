"""Reading a request: all rules over a sentence, the particular before the general."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from studio.agent import asking, endings, frames, lengths, looks, making, music, orders, questions, titles
from studio.agent.endings import EndOn
from studio.agent.making import Make
from studio.agent.remarks import parted
from studio.agent.sentence import Sentence
from studio.agent.wishes import Aside, Rule, Wish

_TITLES: tuple[Rule, ...] = titles.RULES
"""Titles come first, since their words may say anything."""

_REST: tuple[Rule, ...] = (
    *questions.RULES,
    *music.RULES,
    *endings.RULES,
    *asking.RULES,
    *orders.RULES,
    *making.ADDING,
    *looks.RULES,
    *lengths.RULES,
    *frames.RULES,
    *making.RULES,
)
""""A video" comes last, since it is part of much else."""

LONGEST = 4000
"""More characters of a request are not looked at."""

_ARRANGING = re.compile(
    r"\b(?:put|move|swap|exchange|switch|remove|delete|drop|start|begin|open|end|finish|first|last|show|keep|zoom|place|bring)\b"
    r"|把|删|放|换|移|去掉|不要|从|以|停",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was understood, in the order in which it was said, and what was not."""

    wishes: tuple[Wish, ...]
    asides: tuple[Aside, ...]
    unknown: tuple[str, ...]
    chinese: bool | None = None  # None: of no language


def read(typed: str, names: Sequence[str] = ()) -> Request:
    """What is wanted. Every part of the sentence is understood once. `names` are the clips' file names, in order: a
    picture may be called by its name."""
    request, remarks = parted(typed)
    sentence = Sentence(request[:LONGEST])
    found = _apply(_TITLES, sentence)
    if _ARRANGING.search(sentence.text):
        _number(sentence, names)
    found += _apply(_REST, sentence)
    found.sort(key=lambda item: item[0])
    if remarks and not any(isinstance(thing, EndOn) for _, thing in found):
        found += _apply(endings.RULES, Sentence(remarks))
    things = dict.fromkeys(thing for _, thing in found)
    asides = tuple(thing for thing in things if isinstance(thing, Aside))
    return Request(
        wishes=tuple(thing for thing in things if isinstance(thing, Wish)),
        asides=asides,
        unknown=tuple(part for part in sentence.leftovers() if not _is_subject(part, asides)),
        chinese=sentence.chinese,
    )


def warm_up() -> None:
    """Compile all rules now, so that the first request need not wait for it."""
    for rule in (*_TITLES, *_REST):
        rule.search("", 0)


def _is_subject(part: str, asides: Sequence[Aside]) -> bool:
    """ "… of Lisbon and Porto": names in the description of a new video are no wishes of their own."""
    return any(isinstance(aside, Make) for aside in asides) and all(word[:1].isupper() for word in part.split())


def _apply(rules: Sequence[Rule], sentence: Sentence) -> list[tuple[int, Wish | Aside]]:
    found: list[tuple[int, Wish | Aside]] = []
    for rule in rules:
        at = 0
        while match := rule.search(sentence.text, at):
            at = max(match.end(), match.start() + 1)
            thing = _build(rule, match, sentence)
            if thing is not None:
                sentence.take(*match.span())
                found.append((match.start(), thing))
    return found


def _build(rule: Rule, match: re.Match[str], sentence: Sentence) -> Wish | Aside | None:
    if not match[0]:
        return None
    try:
        return rule.build(match, sentence)
    except (ValueError, OverflowError):  # a number where none can be: not meant after all
        return None


def _number(sentence: Sentence, names: Sequence[str]) -> None:
    """Call pictures by their number where they are called by their name: "the cat" becomes "photo 2"."""
    for at, name in enumerate(names, 1):
        stem = PurePosixPath(name).stem.lower()
        if re.fullmatch(r"[^\W\d_]{2,30}", stem) and stem in sentence.text.lower() and not _means_something(stem):
            sentence.replace(
                rf"(?:\b(?:the|my)\s+)?(?:(?:photo|picture|image)\s+of\s+(?:the\s+|a\s+|my\s+)?)?(?<![a-z]){stem}(?![a-z])(?:\.\w{{2,4}})?"
                r"(?:\s+(?:photo|picture|image|one|shot)\b|那张(?:照片|图)?|的?照片)?",
                f"photo {at}",
            )


def _means_something(word: str) -> bool:
    request = read(word)
    return bool(request.wishes or request.asides or not request.unknown)
