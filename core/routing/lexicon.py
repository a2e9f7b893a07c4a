"""The words of our own errands and their senses, read once from `lexicon.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

from core.routing.tokens import split

Phrase: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of the lexicon in a sentence: the words from `start` to `stop`, and what they may mean."""

    start: int
    stop: int
    senses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases with their senses. `words` are all words that occur in a phrase."""

    phrases: dict[Phrase, frozenset[str]]
    words: frozenset[str]
    longest: int

    def find(self, words: Phrase) -> list[Found]:
        """Every phrase that stands anywhere in the sentence."""
        return [
            Found(start, stop, senses)
            for start in range(len(words))
            for stop in range(start + 1, min(start + self.longest, len(words)) + 1)
            if (senses := self.phrases.get(words[start:stop]))
        ]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read at its first use."""
    table = tomllib.loads(resources.files("core.routing").joinpath("lexicon.toml").read_text("utf-8"))
    phrases: dict[Phrase, frozenset[str]] = {}
    for sense, languages in table.items():
        for listed in languages.values():
            for entry in listed.split(","):
                if phrase := tuple(split(entry)):
                    phrases[phrase] = phrases.get(phrase, frozenset()) | {sense}
    words = frozenset(word for phrase in phrases for word in phrase)
    return Lexicon(phrases, words, max(map(len, phrases)))
