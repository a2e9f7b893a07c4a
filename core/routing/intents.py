"""The decision: every word of a sentence must belong to an errand of ours, else it is a message for the editor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from core.routing.lexicon import Found, lexicon
from core.routing.rules import HANDED_OVER, RULES, UNDO, Action, Rule
from core.routing.tokens import tokenise

_LONGEST: Final = 200  # characters; nobody says "export" in more
_MOST_WORDS: Final = 24
_CONTENT: Final = re.compile(r"[\"“”„«»「」『』《》<>]|https?:")  # what is quoted belongs into the picture


def classify(text: str, *, has_files: bool = False) -> Action:
    """What the person wants. `has_files`: photos or other files came with the sentence."""
    if not _worth_reading(text):
        return Action.MESSAGE
    words = tokenise(text, lexicon().words)
    if not words:
        return Action.UPLOAD if has_files else Action.MESSAGE
    found = lexicon().find(words)
    if len(words) > _MOST_WORDS or not _covered(len(words), found):
        return Action.MESSAGE
    return _decide(words, found, has_files)


def wants_undo(text: str) -> bool:
    """Whether the sentence asks for the timeline as it was before, and for nothing else."""
    if not _worth_reading(text):
        return False
    words = tokenise(text, lexicon().words)
    return len(words) <= _MOST_WORDS and _fits(UNDO, words, lexicon().find(words))


def _worth_reading(text: str) -> bool:
    return len(text) <= _LONGEST and not _CONTENT.search(text)


def _decide(words: Sequence[str], found: Sequence[Found], has_files: bool) -> Action:
    if has_files and _fits(HANDED_OVER, words, found):
        return Action.UPLOAD
    for action, rules in RULES.items():
        if any(_fits(rule, words, found) for rule in rules):
            # Whoever sends photos along with "send me the video" wants one to be made of them.
            return Action.MESSAGE if has_files and action is Action.EXPORT else action
    return Action.MESSAGE


def _covered(length: int, found: Iterable[Found]) -> bool:
    seen = {at for phrase in found for at in range(phrase.start, phrase.stop)}
    return len(seen) == length


def _fits(rule: Rule, words: Sequence[str], found: Sequence[Found]) -> bool:
    """Whether the sentence can be read as this rule from its first word to its last."""
    if rule.veto and any(phrase.senses & rule.veto and not _inside_another(phrase, found) for phrase in found):
        return False
    everything = (1 << len(rule.needs)) - 1
    met_at: list[set[int]] = [set() for _ in range(len(words) + 1)]
    met_at[0].add(0)
    for phrase in found:  # in the order of their starts, so that all ways to get there are known
        if met_at[phrase.start] and phrase.senses & rule.may:
            for met in _met_by(rule.needs, phrase.senses):
                met_at[phrase.stop] |= {so_far | met for so_far in met_at[phrase.start]}
    return everything in met_at[-1]


@cache
def _met_by(needs: tuple[frozenset[str], ...], senses: frozenset[str]) -> tuple[int, ...]:
    """The needs that a phrase can meet, as bits: one of them at a time, or none."""
    return (0, *(1 << at for at, group in enumerate(needs) if group & senses))


def _inside_another(phrase: Found, found: Iterable[Found]) -> bool:
    size = phrase.stop - phrase.start
    return any(f.start <= phrase.start and f.stop >= phrase.stop and f.stop - f.start > size for f in found)
