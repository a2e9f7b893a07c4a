"""What is different between two timelines, as typed facts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.drafts.timeline import Canvas, Lane, Segment, Timeline


@dataclass(frozen=True, slots=True)
class Place:
    """A segment and where it stands: `position` counts from 1 among the `count` segments of its kind, in time."""

    segment: Segment
    lane: Lane
    layer: int
    position: int
    count: int


@dataclass(frozen=True, slots=True)
class Added:
    """A segment that was not there before."""

    place: Place


@dataclass(frozen=True, slots=True)
class Removed:
    """A segment that is not there any more; `place` is where it was."""

    place: Place


@dataclass(frozen=True, slots=True)
class Moved:
    """A segment that comes earlier or later among its kind, or on another layer."""

    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class Retimed:
    """A segment that starts at another time (not merely pushed by those before it) or lasts longer or shorter."""

    before: Place
    after: Place
    start: bool
    duration: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """A segment with another name, or a title with other words."""

    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """A segment that is louder or quieter; a volume of None is not told."""

    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class Altered:
    """Other settings (`keys`) that changed: of a segment, or of the project where `place` is None."""

    place: Place | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CanvasChanged:
    """Another picture size; None where it is not told."""

    before: Canvas | None
    after: Canvas | None


@dataclass(frozen=True, slots=True)
class LengthChanged:
    """The whole is longer or shorter, in milliseconds."""

    before: int
    after: int


Change: TypeAlias = (
    Added | Removed | Moved | Retimed | Renamed | VolumeChanged | Altered | CanvasChanged | LengthChanged
)
_Pair: TypeAlias = tuple[Place, Place]


def compare(before: Timeline, after: Timeline) -> tuple[Change, ...]:
    """Every difference that a person could see or hear; empty for timelines that are the same."""
    changes: list[Change] = []
    for lane in Lane:
        changes += _compare_lane(_places(before, lane), _places(after, lane))
    if before.canvas != after.canvas and after.canvas is not None:
        changes.append(CanvasChanged(before.canvas, after.canvas))
    if before.duration != after.duration and before.duration and after.duration:
        changes.append(LengthChanged(before.duration, after.duration))
    if keys := _differing(_project_details(before), _project_details(after)):
        changes.append(Altered(None, keys))
    return tuple(changes)


def _compare_lane(before: Sequence[Place], after: Sequence[Place]) -> Iterator[Change]:
    pairs = _match(before, after)
    gone, new = {a for a, _ in pairs}, {b for _, b in pairs}
    yield from (Removed(place) for place in before if place not in gone)
    yield from (Added(place) for place in after if place not in new)
    moved = _moved(pairs)
    yield from (Moved(a, b) for a, b in pairs if (a, b) in moved)
    gaps_before, gaps_after = _gaps(before), _gaps(after)
    for a, b in pairs:
        start = (a, b) not in moved and _starts_differ(a, b, gaps_before[a] != gaps_after[b])
        yield from _compare_segment(a, b, start)


def _compare_segment(a: Place, b: Place, start: bool) -> Iterator[Change]:
    old, new = a.segment, b.segment
    duration = old.duration != new.duration
    if start or duration:
        yield Retimed(a, b, start, duration)
    if (old.text, old.name) != (new.text, new.name):
        yield Renamed(a, b)
    if old.volume != new.volume:
        yield VolumeChanged(a, b)
    if keys := _differing(old.details, new.details):
        yield Altered(b, keys)


def _starts_differ(a: Place, b: Place, gap_differs: bool) -> bool:
    if a.segment.start == b.segment.start:
        return False
    follows = a.lane is Lane.VIDEO or not (a.segment.placed and b.segment.placed)
    return gap_differs if follows else True


# --- who is who -------------------------------------------------------------------------------------------------------


def _places(timeline: Timeline, lane: Lane) -> list[Place]:
    tracks = [track for track in timeline.tracks if track.lane is lane]
    found = [(segment, layer) for layer, track in enumerate(tracks) for segment in track.segments]
    found.sort(key=lambda item: item[0].start)
    return [Place(segment, lane, layer, at, len(found)) for at, (segment, layer) in enumerate(found, 1)]


def _match(before: Sequence[Place], after: Sequence[Place]) -> list[_Pair]:
    """Pairs of the same segment: by id, else by what it is, else by what it is called, else by its place."""
    left, right = list(before), list(after)
    pairs: list[_Pair] = []
    identities: tuple[Callable[[Place], Hashable], ...] = (
        lambda place: place.segment.id or None,
        lambda place: (*_essence(place.segment), place.segment.start, place.segment.duration),
        lambda place: _essence(place.segment),
        lambda place: place.segment.source or place.segment.text or place.segment.name or None,
        lambda place: (place.layer, place.segment.start, place.segment.medium),
    )
    for identity in identities:
        found = list(_match_by(identity, left, right))
        pairs += found
        left = [place for place in left if all(place is not a for a, _ in found)]
        right = [place for place in right if all(place is not b for _, b in found)]
    return sorted(pairs, key=lambda pair: pair[1].position)


def _essence(segment: Segment) -> tuple[Hashable, ...]:
    return segment.medium, segment.name, segment.text, segment.source


def _match_by(identity: Callable[[Place], Hashable], left: Iterable[Place], right: Iterable[Place]) -> Iterator[_Pair]:
    waiting: dict[Hashable, list[Place]] = {}
    for place in left:
        waiting.setdefault(identity(place), []).append(place)
    for place in right:
        key = identity(place)
        if key is not None and waiting.get(key):
            yield waiting[key].pop(0), place


# --- order and time ---------------------------------------------------------------------------------------------------


def _moved(pairs: Sequence[_Pair]) -> set[_Pair]:
    """The fewest pairs whose moving explains the new order, and those that changed their layer."""
    partners = Counter((a.layer, b.layer) for a, b in pairs)
    home = {layer: b for (layer, b), _ in sorted(partners.items(), key=lambda item: item[1])}
    moved = {(a, b) for a, b in pairs if home[a.layer] != b.layer}
    if pairs and pairs[0][0].lane is Lane.VIDEO:
        staying = _longest_rising([a.position for a, _ in pairs])
        moved |= {pair for at, pair in enumerate(pairs) if at not in staying}
    return moved


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The indices of a longest increasing subsequence."""
    tails: list[int] = []
    ends: list[int] = []
    came_from: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(tails, number)
        came_from.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [number]
        ends[length : length + 1] = [at]
    chosen: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        chosen.add(at)
        at = came_from[at]
    return chosen


def _gaps(places: Sequence[Place]) -> dict[Place, int]:
    """How long after the end of the one before it, on its layer, each segment starts."""
    ends: dict[int, int] = {}
    gaps: dict[Place, int] = {}
    for place in places:
        gaps[place] = place.segment.start - ends.get(place.layer, 0)
        ends[place.layer] = place.segment.end
    return gaps


# --- other settings ---------------------------------------------------------------------------------------------------


def _differing(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({key for key, _ in set(before) ^ set(after)}))


def _project_details(timeline: Timeline) -> tuple[tuple[str, str], ...]:
    tracks = (
        (f"{track.lane}.{key}", value) for track in timeline.tracks if track.segments for key, value in track.details
    )
    return (*timeline.details, *tracks)
