"""Cutting text that comes in pieces into sentences, the same way however it was cut on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ENDS: Final = "。！？!?.…"
_CJK_ENDS: Final = "。！？"
_CLOSERS: Final = '”」』）】》)]"’*_`'
_OPENING: Final = {"“": "”", "「": "」", "『": "』", "《": "》", "【": "】", '"': '"'}
_SMILING: Final = "\u2600-\u27bf\U0001f300-\U0001faff"
_TELLING: Final = re.compile(f"[\n{_SMILING}" + re.escape("".join([_ENDS, *_OPENING, *_OPENING.values()])) + "]")
_EMOJI: Final = re.compile(rf"([{_SMILING}\u200d\ufe0f]+)([ \t]*)")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_LONGEST_QUOTE: Final = 200  # characters; beyond it the opening mark was an inch sign or a slip
_NO_END: Final = re.compile(
    r"(?:^|[\s(*_])(?:e\.g|i\.e|etc|vs|approx|ca|mr|mrs|ms|dr|st|no|nr|sec|min|max|fig|feat|ft|vol|z\.b)\.$"
    r"|^[>\s*_]*\d{1,3}\.$",  # "1." begins a list item
    re.I,
)
_PREFIX: Final = re.compile(r"(?:>\s*)*(?:#{1,6}\s+|[-*•–]\s+|\d{1,3}(?:[.)]\s+|、\s*)|[①-⑳]\s*)?")
_WHITE: Final = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it was written. `gap` is the white space before it; `mark` the bullet, number or heading sign at
    the beginning of its line, if it stands there."""

    gap: str
    mark: str
    body: str

    @property
    def begins_line(self) -> bool:
        """Whether a line break (or the beginning of the text) comes before it."""
        return self.gap == "" or "\n" in self.gap


class Cutter:
    """Takes text in pieces and gives whole sentences. Where a text is cut into pieces makes no difference."""

    __slots__ = ("_first", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        self._first = True

    def feed(self, chunk: str) -> Iterator[Sentence]:
        """The sentences that are complete now. What follows a full stop must be seen before it is known to be one."""
        self._rest += chunk
        while (end := _end_of_sentence(self._rest)) is not None:
            yield self._take(end)

    def close(self) -> Iterator[Sentence]:
        """What is left, complete or not."""
        if self._rest.strip():
            yield self._take(len(self._rest.rstrip()))

    def _take(self, end: int) -> Sentence:
        start = _start(self._rest)
        gap, body, self._rest = self._rest[:start], self._rest[start:end], self._rest[end:]
        begins_line = self._first or "\n" in gap
        mark = _PREFIX.match(body)[0] if begins_line else ""  # type: ignore[index]  # it matches the empty text too
        self._first = False
        return Sentence(gap, mark, body[len(mark) :])


def _start(text: str) -> int:
    white = _WHITE.match(text)
    return white.end() if white else 0


def _end_of_sentence(text: str) -> int | None:
    """Where the first sentence ends, as soon as nothing that follows can change that."""
    start = _start(text)
    at, closing, opened = start, "", start
    while (telling := _TELLING.search(text, at)) is not None:
        at = telling.start()
        letter = text[at]
        if letter == "\n":
            return len(text[:at].rstrip())
        if closing and at - opened > _LONGEST_QUOTE:
            closing = ""
        if letter == closing:
            closing = ""
        elif not closing and letter in _OPENING:
            closing, opened = _OPENING[letter], at
        elif letter in _ENDS and (end := _after_closers(text, at, closing)):
            if end == len(text):
                return None  # more of the end may come
            if _is_end(text, start, at, end):
                return end
        elif not closing and at > start and (end := _behind_emoji(text, at)):
            return end if end < len(text) else None
        at += 1
    return None


def _behind_emoji(text: str, at: int) -> int:
    """Behind emoji that stand where a full stop would, the end of the text if what comes next must tell; else 0."""
    emoji = _EMOJI.match(text, at)
    if emoji is None:
        return 0
    if emoji.end() == len(text):
        return emoji.end()
    ended = emoji[2] and (text[emoji.end()].isupper() or _HAN.match(text[emoji.end()]))
    return emoji.end(1) if ended else 0


def _after_closers(text: str, at: int, closing: str) -> int:
    """Behind the full stop and what closes with it; 0 where a quotation stays open."""
    while at < len(text) and text[at] in _ENDS + _CLOSERS:
        if text[at] == closing:
            closing = ""
        elif text[at] == '"' and not closing:
            break
        at += 1
    return 0 if closing and at < len(text) else at


def _is_end(text: str, start: int, at: int, end: int) -> bool:
    if any(letter in _CJK_ENDS for letter in text[at:end]):
        return True
    if _HAN.match(text[end]):  # Chinese, typed in ASCII: no space follows
        return text[at] in "!?" and bool(_HAN.match(text[at - 1]))
    return text[end].isspace() and not _NO_END.search(text[start:end])
