"""The versions of a timeline, as digests, the present one last: what "go back" leads to, and how far away it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

KEPT: Final = 20

Versions = tuple[str, ...]


def followed(versions: Versions, before: str, now: str, *, went_back: bool) -> Versions:
    """The versions after a change from `before` (empty: there was nothing) to `now`. Whoever went back to a version is
    there again; every other change is a new one, and so is what changed between two turns."""
    if went_back and now in versions[:-1]:
        return versions[: _last(versions[:-1], now) + 1]
    known = versions if not before or versions[-1:] == (before,) else (*versions, before)
    return (*known, now)[-KEPT:]


def steps_back(versions: Versions, digest: str) -> int | None:
    """How many changes ago it was so; 0 for now, None where that is not known (any more)."""
    if digest not in versions:
        return None
    return len(versions) - 1 - _last(versions, digest)


def _last(versions: Sequence[str], digest: str) -> int:
    return max(place for place, one in enumerate(versions) if one == digest)
