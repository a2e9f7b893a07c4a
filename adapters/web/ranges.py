"""What a Range header asks of so many bytes: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it: no range, or one that may be ignored."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to `stop` (exclusive)."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """A range that lies outside: answered 416."""


def wanted(header: str, size: int) -> Whole | Part | Nothing:
    """Read ``bytes=0-499``, ``bytes=500-``, ``bytes=-500``. Several ranges at once may be ignored and are."""
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", header)
    match found.groups() if found else ("", ""):
        case "", "":
            return Whole()
        case "", suffix:
            length = min(int(suffix), size)
            return Part(size - length, size) if length else Nothing()
        case first, "":
            return Part(int(first), size) if int(first) < size else Nothing()
        case first, last:
            return _between(int(first), int(last), size)
        case _:
            return Whole()


def _between(first: int, last: int, size: int) -> Whole | Part | Nothing:
    if last < first:
        return Whole()  # RFC 9110: an invalid range is ignored
    return Part(first, min(last + 1, size)) if first < size else Nothing()
