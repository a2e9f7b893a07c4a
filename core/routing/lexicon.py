"""The words that our own errands are spoken of with, and their senses, read once from the tables in `words/`.

A phrase may have several words. Accents, capitals, apostrophes and punctuation do not matter. A sentence with one word
that is in no table goes to the editor, so what speaks of pictures and films too ("add", "make", "music") stays out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
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
    phrases: dict[Phrase, frozenset[str]] = {}
    for sense, listed in _tables():
        for entry in listed.split(","):
            if phrase := tuple(split(entry)):
                phrases[phrase] = phrases.get(phrase, frozenset()) | {sense}
    words = frozenset(word for phrase in phrases for word in phrase)
    return Lexicon(phrases, words, max(map(len, phrases)))


def _tables() -> Iterator[tuple[str, str]]:
    """Each sense with a list of its phrases in one language."""
    folder = resources.files("core.routing").joinpath("words")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for sense, languages in tomllib.loads(file.read_text("utf-8")).items():
                yield from ((sense, listed) for listed in languages.values())
