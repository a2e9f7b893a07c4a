"""The values of a timeline as people see it: lanes of clips, sounds and titles over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Lane(StrEnum):
    """What a track is for. `OTHER` is a track of a type that we do not know."""

    VIDEO = "video"
    AUDIO = "audio"
    TITLE = "title"
    OTHER = "other"


class Medium(StrEnum):
    """What a segment is made of, as far as the draft tells."""

    PHOTO = "photo"
    CLIP = "clip"
    AUDIO = "audio"
    TITLE = "title"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture's size in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A thing on a track. `start` and `duration` are in milliseconds; `placed` is False where the draft gave no start
    and the segment simply follows the one before; `volume` is a share (1.0 as recorded), that of the track included,
    None where none is told; `source` is the path of its file, without a signature, `address` the same as the draft has
    it: good for fetching, never shown, and new at every look, so that segments are alike without it;
    `details` are all other settings of the draft as (path, canonical JSON), so that nothing changes unseen."""

    id: str
    medium: Medium
    start: int
    duration: int
    placed: bool = True
    name: str = ""
    text: str = ""
    source: str = ""
    volume: float | None = None
    details: tuple[tuple[str, str], ...] = ()
    address: str = field(default="", repr=False, compare=False)

    @property
    def end(self) -> int:
        """Where it ends, in milliseconds."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Track:
    """A lane with its segments in the draft's order. `kind` is the draft's own word or number for the lane; `volume`
    is the whole track's, None where none is told."""

    lane: Lane
    segments: tuple[Segment, ...]
    kind: str = ""
    name: str = ""
    volume: float | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that a draft shows. `canvas` is None where nobody told its size."""

    tracks: tuple[Track, ...] = ()
    canvas: Canvas | None = None
    details: tuple[tuple[str, str], ...] = ()

    @property
    def duration(self) -> int:
        """Where the last segment ends, in milliseconds."""
        return max((segment.end for track in self.tracks for segment in track.segments), default=0)


@dataclass(frozen=True, slots=True)
class TrackSummary:
    """One track in few words: its segments' labels in order of time, and the span they cover in milliseconds."""

    lane: Lane
    labels: tuple[str, ...]
    mediums: tuple[Medium, ...]
    start: int
    end: int
    volume: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A timeline in few words. Tracks without segments are left out. `duration` is in milliseconds."""

    tracks: tuple[TrackSummary, ...]
    duration: int


def summarise(timeline: Timeline) -> Summary:
    """The facts of a summary for people."""
    return Summary(tuple(_sum_up(track) for track in timeline.tracks if track.segments), timeline.duration)


def _sum_up(track: Track) -> TrackSummary:
    in_time = sorted(track.segments, key=lambda segment: segment.start)
    volumes = {segment.volume for segment in in_time}
    return TrackSummary(
        lane=track.lane,
        labels=tuple(segment.text or segment.name for segment in in_time),
        mediums=tuple(segment.medium for segment in in_time),
        start=in_time[0].start,
        end=max(segment.end for segment in in_time),
        volume=volumes.pop() if len(volumes) == 1 else None,
    )
