"""Drafts, the backend's timelines: read whatever their shape, summed up, compared."""

from core.drafts.changes import (
    Added,
    Altered,
    CanvasChanged,
    Change,
    LengthChanged,
    Moved,
    Place,
    Removed,
    Renamed,
    Retimed,
    VolumeChanged,
    compare,
)
from core.drafts.reading import digest, exportable, read
from core.drafts.timeline import Canvas, Lane, Medium, Segment, Summary, Timeline, Track, TrackSummary, summarise

__all__ = [
    "Added",
    "Altered",
    "Canvas",
    "CanvasChanged",
    "Change",
    "Lane",
    "LengthChanged",
    "Medium",
    "Moved",
    "Place",
    "Removed",
    "Renamed",
    "Retimed",
    "Segment",
    "Summary",
    "Timeline",
    "Track",
    "TrackSummary",
    "VolumeChanged",
    "compare",
    "digest",
    "exportable",
    "read",
    "summarise",
]
