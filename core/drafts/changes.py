"""What is different between two timelines, as typed facts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

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
    """A segment with another name, or a title with other words. Its place may hold something else altogether."""

    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """A segment that is louder or quieter; a volume that is not told counts as 1.0."""

    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class Altered:
    """Other settings (`keys`, as the draft calls them) that changed: of a segment, or of the project where `place` is
    None."""

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
_IDENTITY: Final = frozenset({"media_id", "media_type", "file_type", "mood", "seed", "hash", "width", "height", "mime"})
"""Details that follow from what a segment is: another thing in its place has others."""


def compare(before: Timeline, after: Timeline) -> tuple[Change, ...]:
    """Every difference that a person could see or hear; empty for timelines that are the same. What merely follows
    from another change is none: clips pushed by a longer one, music that still fills the whole."""
    changes: list[Change] = []
    for lane in Lane:
        changes += _compare_lane(before, after, lane)
    if before.canvas and after.canvas and before.canvas != after.canvas:
        changes.append(CanvasChanged(before.canvas, after.canvas))
    if before.duration and after.duration and before.duration != after.duration:
        changes.append(LengthChanged(before.duration, after.duration))
    begins = not any(track.segments for track in before.tracks)  # then it has all of its settings from now on
    if not begins and (keys := _differing(_project_details(before), _project_details(after))):
        changes.append(Altered(None, keys))
    return tuple(changes)


def _compare_lane(before: Timeline, after: Timeline, lane: Lane) -> Iterator[Change]:
    old, new = _places(before, lane), _places(after, lane)
    pairs = _match(old, new)
    kept, found = {a.position for a, _ in pairs}, {b.position for _, b in pairs}
    yield from (Added(place) for place in new if place.position not in found)
    yield from (Removed(place) for place in old if place.position not in kept)
    moved = _moved(pairs)
    yield from (Moved(a, b) for a, b in pairs if a.position in moved)
    gaps_before, gaps_after = _gaps(old), _gaps(new)
    for a, b in pairs:
        start = a.position not in moved and _starts_differ(a, b, gaps_before[a.position] != gaps_after[b.position])
        duration = a.segment.duration != b.segment.duration
        if (start or duration) and not _follows(a, before, b, after):
            yield Retimed(a, b, start, duration)
        yield from _compare_content(a, b)


def _compare_content(a: Place, b: Place) -> Iterator[Change]:
    old, new = a.segment, b.segment
    renamed = (old.text, old.name) != (new.text, new.name)
    if renamed:
        yield Renamed(a, b)
    if _loudness(old) != _loudness(new):
        yield VolumeChanged(a, b)
    keys = _differing(old.details, new.details)
    if renamed:
        keys = tuple(key for key in keys if key not in _IDENTITY)
    elif old.source != new.source:
        keys = (*keys, "source")
    if keys:
        yield Altered(b, keys)


def _loudness(segment: Segment) -> float:
    return 1.0 if segment.volume is None else segment.volume


def _follows(a: Place, before: Timeline, b: Place, after: Timeline) -> bool:
    """Music from the beginning to the end of all, or of the pictures (a title may outlast them), before and after."""
    music = a.lane is Lane.AUDIO and a.segment.start == b.segment.start == 0
    return music and (
        (a.segment.end, b.segment.end) == (before.duration, after.duration)
        or (a.segment.end, b.segment.end) == (_end_of_pictures(before), _end_of_pictures(after))
    )


def _end_of_pictures(whole: Timeline) -> int:
    videos = (track for track in whole.tracks if track.lane is Lane.VIDEO)
    return max((segment.end for track in videos for segment in track.segments), default=0)


def _starts_differ(a: Place, b: Place, gap_differs: bool) -> bool:
    if a.segment.start == b.segment.start:
        return False
    pushed = a.lane is Lane.VIDEO or not (a.segment.placed and b.segment.placed)
    return gap_differs if pushed else True


# --- who is who -------------------------------------------------------------------------------------------------------


def _places(timeline: Timeline, lane: Lane) -> list[Place]:
    tracks = [track for track in timeline.tracks if track.lane is lane]
    found = [(segment, layer) for layer, track in enumerate(tracks) for segment in track.segments]
    found.sort(key=lambda item: item[0].start)
    return [Place(segment, lane, layer, at, len(found)) for at, (segment, layer) in enumerate(found, 1)]


def _match(before: Sequence[Place], after: Sequence[Place]) -> list[_Pair]:
    """Pairs of the same segment: by what it is and when, by what it is, by its id, by what it is called, by its place.

    Content goes before ids, because some backends number their segments anew at every change.
    """
    pairs: list[_Pair] = []
    for identity in _IDENTITIES:
        taken_before, taken_after = {a.position for a, _ in pairs}, {b.position for _, b in pairs}
        left = [place for place in before if place.position not in taken_before]
        right = [place for place in after if place.position not in taken_after]
        pairs += list(_match_by(identity, left, right))
    return sorted(pairs, key=lambda pair: pair[1].position)


def _essence(segment: Segment) -> tuple[Hashable, ...]:
    return segment.medium, segment.name, segment.text, segment.source


_IDENTITIES: Final[tuple[Callable[[Place], Hashable], ...]] = (
    lambda place: (place.segment.id, *_essence(place.segment)),
    lambda place: (*_essence(place.segment), place.segment.start, place.segment.duration),
    lambda place: _essence(place.segment),
    lambda place: place.segment.id or None,
    lambda place: place.segment.source or place.segment.text or place.segment.name or None,
    lambda place: (place.layer, place.segment.start, place.segment.medium),
)


def _match_by(identity: Callable[[Place], Hashable], left: Iterable[Place], right: Iterable[Place]) -> Iterator[_Pair]:
    waiting: dict[Hashable, list[Place]] = {}
    for place in left:
        waiting.setdefault(identity(place), []).append(place)
    for place in right:
        key = identity(place)
        if key is not None and waiting.get(key):
            yield waiting[key].pop(0), place


# --- order and time ---------------------------------------------------------------------------------------------------


def _moved(pairs: Sequence[_Pair]) -> set[int]:
    """The old positions of the fewest clips whose moving explains the new order, and of those on another layer. The
    order of sounds and titles is their time."""
    if not pairs or pairs[0][0].lane is not Lane.VIDEO:
        return set()
    partners = Counter((a.layer, b.layer) for a, b in pairs)
    home = {layer: b for (layer, b), _ in sorted(partners.items(), key=lambda item: item[1])}
    staying = _longest_rising([a.position for a, _ in pairs])
    return {a.position for at, (a, b) in enumerate(pairs) if at not in staying or home[a.layer] != b.layer}


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


def _gaps(places: Sequence[Place]) -> dict[int, int]:
    """By position: how long after the end of the one before it, on its layer, each segment starts."""
    ends: dict[int, int] = {}
    gaps: dict[int, int] = {}
    for place in places:
        gaps[place.position] = place.segment.start - ends.get(place.layer, 0)
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
