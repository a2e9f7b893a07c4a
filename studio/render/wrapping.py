"""Breaking a title into lines: between words, between Chinese and Japanese characters, and all lines about as long."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]

_NOT_FIRST = "、。，．！？：；）］｝〉》」』】〕’”…ー々,.!?:;)]}%"
_NOT_LAST = "（［｛〈《「『【〔‘“([{"
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """The lines of a text, none wider than `width`, as few as needed and about as long as each other."""
    return [line for paragraph in text.splitlines() for line in _balanced(paragraph, width, measure)]


def shorten(lines: list[str], count: int, width: float, measure: Measure) -> list[str]:
    """The first `count` lines; what is left out is said by an ellipsis."""
    if len(lines) <= count:
        return lines
    last = lines[count - 1]
    while last and measure(last + "…") > width:
        last = last[:-1]
    return [*lines[: count - 1], last.rstrip() + "…"]


def _balanced(paragraph: str, width: float, measure: Measure) -> list[str]:
    atoms = [piece for atom in _atoms(paragraph) for piece in _fitting(atom, width, measure)]
    lines = _fill(atoms, width, measure)
    clauses = _clauses(paragraph)
    if len(lines) < 2 or (len(clauses) == len(lines) and all(measure(clause) <= width for clause in clauses)):
        return clauses if len(lines) > 1 else lines
    low, high = measure("".join(atoms)) / len(lines), width
    for _ in range(6):
        middle = (low + high) / 2
        narrower = _fill(atoms, middle, measure)
        low, high, lines = (low, middle, narrower) if len(narrower) <= len(lines) else (middle, high, lines)
    return lines


def _fill(atoms: list[str], width: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    current, length = "", 0.0
    for atom in atoms:
        if current and length + measure(atom.rstrip()) > width:
            lines.append(current.strip())
            current, length = "", 0.0
        current, length = current + atom, length + measure(atom)
    return [line for line in (*lines, current.strip()) if line]


def _clauses(paragraph: str) -> list[str]:
    """The parts between the stops of a Chinese or Japanese sentence: the best places to break it."""
    return [clause.strip() for clause in re.split(r"(?<=[，。：；！？])", paragraph) if clause.strip()]


def _atoms(paragraph: str) -> Iterator[str]:
    """What must not be torn apart: words with the space behind them, characters with their punctuation."""
    current = ""
    for letter in paragraph:
        if current and _may_break(current[-1], letter):
            yield current
            current = ""
        current += letter
    if current:
        yield current


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or after.isspace():
        return False
    return before.isspace() or bool(_WIDE.match(before) or _WIDE.match(after))


def _fitting(atom: str, width: float, measure: Measure) -> Iterator[str]:
    """A word that is wider than a line has to be torn all the same."""
    while measure(atom.rstrip()) > width and len(atom) > 1:
        share = min(len(atom) - 1, max(1, math.floor(len(atom) * width / measure(atom))))
        yield atom[:share]
        atom = atom[share:]
    yield atom
