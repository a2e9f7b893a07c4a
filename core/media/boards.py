"""The layout of a storyboard: a timeline cut into rows that fit a phone, as a list of things to draw. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import gcd
from pathlib import PurePosixPath
from typing import Final

from core.drafts import Canvas, Lane, Medium, Segment, Timeline, Track
from core.media import sniff
from core.media.marks import Align, Board, Box, Label, Mark, Outline, Still, Tone

WIDTH: Final = 1080
"""In pixels, like all lengths here. A phone shows it at a third: type of less than 40 would be hard to read."""

MARGIN: Final = 36
CLIPS_A_ROW: Final = 4
MOST_ROWS: Final = 5
MOST_LANES: Final = 8
_MOST_TRACKS, _MOST_CLIPS = 100, 1000  # what is beyond would not be seen, and costs time

_LARGE, _NORMAL, _SMALL = 60, 44, 40
_STILL_HEIGHTS: Final = {1: 230, 2: 190}
_LEAST_STILL_HEIGHT: Final = 150
_NAME_HEIGHT, _BAR_HEIGHT, _LANE_GAP, _ROW_GAP = 58, 76, 12, 32
_AXIS_HEIGHT, _HEADER_HEIGHT, _FRAME = 56, 142, 108
_GAP: Final = 6  # between neighbours, where they are wide enough
_SLIVER: Final = 8  # how wide a segment of no duration is drawn
_WIDE_ENOUGH_FOR_NAME: Final = 100
_NARROW, _SHARED = 44, 230  # clips narrower than the first share tiles of about the second
_LEAST_ROOM: Final = 84  # less than this holds no word
_STEPS: Final = (100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000)
_KNOWN_RATIOS: Final = ((16, 9), (9, 16), (1, 1), (4, 5), (5, 4), (4, 3), (3, 4), (3, 2), (2, 3), (21, 9))
_SUFFIXES: Final = frozenset({form.suffix for form in sniff.FORMATS} | {".jpeg", ".heif", ".bmp"})


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of time, in milliseconds."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How long it is."""
        return self.end - self.start


def lay_out(timeline: Timeline) -> Board | None:
    """The storyboard of a timeline; None where it holds nothing."""
    tracks = tuple(
        replace(track, segments=track.segments[:_MOST_CLIPS])
        for track in timeline.tracks[:_MOST_TRACKS]
        if track.segments
    )
    if not tracks:
        return None
    timed = timeline.duration > 0
    if not timed:
        tracks = tuple(_in_sequence(track) for track in tracks)
    sheet = _Sheet(tracks, timed=timed)
    header = tuple(_header(timeline.canvas, timeline.duration))
    y = MARGIN + (_HEADER_HEIGHT if header else 0)
    marks: list[Mark] = [*header]
    for span in sheet.spans:
        added, y = sheet.row(span, y)
        marks += added
        y += _ROW_GAP
    return Board(WIDTH, y - _ROW_GAP + MARGIN, tuple(marks))


def _in_sequence(track: Track) -> Track:
    """A track whose segments last no time: each gets the same room."""
    segments = tuple(
        replace(segment, start=1000 * place, duration=1000) for place, segment in enumerate(track.segments)
    )
    return replace(track, segments=segments)


# --- the header -------------------------------------------------------------------------------------------------------


def _header(canvas: Canvas | None, duration: int) -> Iterator[Mark]:
    if canvas:
        scale = _FRAME / max(canvas.width, canvas.height)
        width, height = max(10, round(canvas.width * scale)), max(10, round(canvas.height * scale))
        yield Outline(MARGIN, MARGIN + (_FRAME - height) // 2, width, height)
        x = MARGIN + width + 28
        yield Label(x, MARGIN + 50, 500, ratio_of(canvas), _LARGE)
        yield Label(x, MARGIN + 104, 500, f"{canvas.width} × {canvas.height}", _SMALL, Tone.MUTED)
    if duration:
        yield Label(WIDTH - MARGIN, MARGIN + 50, 400, clock(duration), _LARGE, align=Align.RIGHT)


def ratio_of(canvas: Canvas) -> str:
    """The shape as people say it: 16:9, 9:16, 1:1; for a shape without a name, how wide for a height of 1."""
    shape = canvas.width / canvas.height
    for width, height in _KNOWN_RATIOS:
        if abs(shape * height / width - 1) < 0.005:
            return f"{width}:{height}"
    common = gcd(canvas.width, canvas.height)
    width, height = canvas.width // common, canvas.height // common
    return f"{width}:{height}" if max(width, height) <= 32 else f"{shape:.2f}:1"


def clock(ms: int) -> str:
    """A time as players show it, in minutes and seconds; with tenths where it is not a whole number of seconds."""
    tenths = round(ms / 100)
    minutes, seconds = divmod(tenths // 10, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{tenths % 10}" if tenths % 10 else ""
    return f"{hours}:{minutes:02}:{seconds:02}{fraction}" if hours else f"{minutes}:{seconds:02}{fraction}"


# --- rows -------------------------------------------------------------------------------------------------------------


def wrap(total: int, cuts: Sequence[int], rows: int) -> tuple[Span, ...]:
    """The time from 0 to `total` in at most `rows` pieces, the longest as short as can be, parted at `cuts` where that
    does not leave a row half empty."""
    low, high = -(-total // rows), total
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(_pack(total, cuts, middle)) <= rows else (middle + 1, high)
    return tuple(_pack(total, cuts, low))


def _pack(total: int, cuts: Sequence[int], most: int) -> list[Span]:
    spans: list[Span] = []
    at = 0
    while at < total:
        limit = at + most
        end = max((cut for cut in cuts if at + most / 2 < cut <= limit), default=limit) if limit < total else total
        spans.append(Span(at, end))
        at = end
    return spans


class _Sheet:
    """What all rows of a board have in common: the lanes, the scale, the steps of the axis."""

    def __init__(self, tracks: Sequence[Track], *, timed: bool) -> None:
        self._lanes = [replace(track, segments=_in_time(track)) for track in tracks]
        self._timed = timed
        total = max(segment.end for track in tracks for segment in track.segments)
        self._main = next((lane for lane in self._lanes if _pictured(lane)), self._lanes[0])
        starts = sorted({segment.start for segment in self._main.segments})
        rows = min(-(-len(starts) // CLIPS_A_ROW), MOST_ROWS) if _pictured(self._main) else 1
        self.spans = wrap(total, starts, rows)
        self._scale = (WIDTH - 2 * MARGIN) / max(span.length for span in self.spans)
        self._height = _STILL_HEIGHTS.get(len(self.spans), _LEAST_STILL_HEIGHT)
        self._step = step_of(self._scale, total)

    def row(self, span: Span, y: int) -> tuple[list[Mark], int]:
        """The marks of a row whose upper edge is at `y`, and its lower edge."""
        lanes = [lane for lane in self._lanes if any(self._shows(segment, span) for segment in lane.segments)]
        marks: list[Mark] = []
        bottom = y + (_AXIS_HEIGHT if self._timed else 0)
        for lane in lanes[:MOST_LANES]:
            added, height = self._lane(lane, span, bottom)
            marks += added
            bottom += height + _LANE_GAP
        if len(lanes) > MOST_LANES:
            marks.append(Label(MARGIN, bottom + _NORMAL, WIDTH, f"+ {len(lanes) - MOST_LANES}", tone=Tone.MUTED))
            bottom += 2 * _NORMAL
        return [*self._axis(span, y, bottom - _LANE_GAP), *marks], bottom - _LANE_GAP

    def _axis(self, span: Span, y: int, bottom: int) -> Iterator[Mark]:
        if not self._timed:
            return
        for time in range(-(-span.start // self._step) * self._step, span.end + 1, self._step):
            x = MARGIN + round((time - span.start) * self._scale)
            yield Box(min(x, WIDTH - MARGIN - 2), y, 2, bottom - y, Tone.FAINT)
            if x + 130 <= WIDTH:
                yield Label(x + 10, y + 40, 300, clock(time), _SMALL, Tone.MUTED)

    def _lane(self, track: Track, span: Span, y: int) -> tuple[list[Mark], int]:
        """A track's marks within the span, and how high they are."""
        if not _pictured(track):
            return list(self._bars(track, span, y)), _BAR_HEIGHT
        tiles = list(self._tiles(track, span))
        marks: list[Mark] = [
            Still(tile.x, y, tile.width, self._height, *_shown(tile.segment), self._number(track, tile, span))
            for tile in tiles
        ]
        names = [_name(tile, y + self._height + 46) for tile in tiles if _is_named(tile, span)]
        return [*marks, *names], self._height + (_NAME_HEIGHT if names else 0)

    def _tiles(self, track: Track, span: Span) -> Iterator[_Tile]:
        """The clips within the span; neighbours too narrow to be seen share a tile, which shows the first of them."""
        last: _Tile | None = None
        for place, segment in enumerate(track.segments, 1):
            if not self._shows(segment, span):
                continue
            tile = _Tile(*self._extent(segment, span), segment, place, place)
            if last and last.takes(tile):
                last = replace(last, width=tile.x + tile.width - last.x, last=place)
                continue
            if last:
                yield last
            last = tile
        if last:
            yield last

    def _number(self, track: Track, tile: _Tile, span: Span) -> str:
        if track is not self._main or (tile.segment.start < span.start and tile.first == tile.last):
            return ""
        number = str(tile.first) if tile.first == tile.last else f"{tile.first}–{tile.last}"
        return number if tile.width >= 60 + 24 * len(number) else ""

    def _bars(self, track: Track, span: Span, y: int) -> Iterator[Mark]:
        drawn = -1
        for place, segment in enumerate(track.segments):
            if not self._shows(segment, span):
                continue
            x, width = self._extent(segment, span)
            if x + width <= drawn:  # thinner than a line, and there is one already
                continue
            yield Box(x, y, width, _BAR_HEIGHT, _TONES[track.lane], 14)
            if text := _told(segment, track):
                yield from _words(text, x, y + 54, width, self._room(track, place, span, x), alone=drawn < 0)
            drawn = x + width

    def _shows(self, segment: Segment, span: Span) -> bool:
        begins = span.start <= segment.start < span.end
        at_the_end = span is self.spans[-1] and segment.start == span.end
        return begins or at_the_end or segment.start < span.start < segment.end

    def _extent(self, segment: Segment, span: Span) -> tuple[int, int]:
        """Left edge and width, without the gap to the neighbour."""
        left = round((max(segment.start, span.start) - span.start) * self._scale)
        right = round((min(segment.end, span.end) - span.start) * self._scale)
        width = right - left - (_GAP if right - left > 4 * _GAP else 1)
        width = max(width, 2 if segment.duration else _SLIVER)
        return min(MARGIN + left, WIDTH - MARGIN - width), width

    def _room(self, track: Track, place: int, span: Span, x: int) -> int:
        """How far a text may run on: to the next segment, or to the edge."""
        here = track.segments[place].start
        later = (track.segments[place].start for place in range(place + 1, len(track.segments)))
        until = next((start for start in later if start > here), span.end)
        edge = WIDTH - MARGIN
        return (edge if until >= span.end else MARGIN + round((until - span.start) * self._scale)) - x


@dataclass(frozen=True, slots=True)
class _Tile:
    """A clip's place in a lane, or that of some neighbours, the `first` to the `last`, counted from 1."""

    x: int
    width: int
    segment: Segment
    first: int
    last: int

    def takes(self, other: _Tile) -> bool:
        """Whether the next tile is better shown as a part of this one."""
        narrow = other.width < _NARROW and (self.width < _NARROW or self.last > self.first)
        return narrow and self.width < _SHARED and other.x - self.x - self.width <= 2 * _GAP


def _pictured(track: Track) -> bool:
    return track.lane is Lane.VIDEO or any(one.medium in (Medium.PHOTO, Medium.CLIP) for one in track.segments)


def _in_time(track: Track) -> tuple[Segment, ...]:
    return tuple(sorted(track.segments, key=lambda segment: segment.start))


def step_of(scale: float, total: int) -> int:
    """The time between two labels of the axis, in milliseconds, at `scale` pixels a millisecond."""
    least = 300 if total >= 3_600_000 else 180
    longer = (3_600_000 * 2**power for power in count())
    return next(step for steps in (_STEPS, longer) for step in steps if step * scale >= least)


# --- segments ---------------------------------------------------------------------------------------------------------


def _shown(segment: Segment) -> tuple[str, str, bool]:
    film = segment.medium is Medium.CLIP
    return segment.source, "🎬" if film else "🖼", film


def _is_named(tile: _Tile, span: Span) -> bool:
    begins = tile.first == tile.last and tile.segment.start >= span.start
    return begins and tile.width >= _WIDE_ENOUGH_FOR_NAME and bool(tile.segment.name)


def _name(tile: _Tile, y: int) -> Label:
    return Label(tile.x + 6, y, tile.width - 12, name_of(tile.segment), _SMALL)


def _words(text: str, x: int, baseline: int, width: int, room: int, *, alone: bool) -> Iterator[Label]:
    """A bar's text: in it, running on behind it, or, where there is no room and nothing else stands, before it."""
    indent = width + 12 if width < _LEAST_ROOM else 18
    behind, before = room - indent - 12, x - MARGIN - 12
    if alone and behind < 2 * _LEAST_ROOM < before:
        yield Label(x - 12, baseline, before, text, align=Align.RIGHT)
    elif behind >= _LEAST_ROOM:
        yield Label(x + indent, baseline, behind, text)


def _told(segment: Segment, track: Track) -> str:
    text = segment.text or name_of(segment)
    match track.lane:
        case Lane.TITLE:
            return f"“{text}”" if text else ""
        case Lane.AUDIO:
            volume = "" if segment.volume is None else f"{round(segment.volume * 100)} %"
            return "🎵 " + " · ".join(part for part in (text, volume) if part)
        case _:
            return f"🧩 {text or track.name or track.kind}"


_TONES: Final = {Lane.TITLE: Tone.TITLE, Lane.AUDIO: Tone.AUDIO, Lane.OTHER: Tone.OTHER, Lane.VIDEO: Tone.STILL}


def name_of(segment: Segment) -> str:
    """What people call it: a file's name without the suffix."""
    path = PurePosixPath(segment.name)
    return path.stem if path.suffix.lower() in _SUFFIXES else segment.name
