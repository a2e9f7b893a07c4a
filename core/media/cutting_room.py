"""The jobs on videos and sound that are done in a child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from core.media import boxes, footage, posters, reductions, voices, wire
from core.media.child import Job


def set_up() -> None:
    """Everything is there as soon as it is imported."""


def probe(name: str, source: str) -> wire.Facts:
    """The facts of a `clips.Probe`."""
    return asdict(footage.probe(Path(source), name))


def peek(name: str, source: str, length: int) -> wire.Facts:
    """The facts of a `clips.Probe`, from the beginning of a file of that length."""
    return asdict(footage.peek(Path(source), name, length))


def fast_start(name: str, source: str, target: str) -> wire.Facts:
    """Move the index of an MP4 to the front; `moved` tells whether a file was written."""
    with footage.playable(name):
        return {"moved": boxes.move_index_first(Path(source), Path(target))}


def thumbnail(name: str, source: str, target: str, *, max_edge: int, max_bytes: int) -> wire.Facts:
    """Write a JPEG that stands for the video."""
    Path(target).write_bytes(posters.thumbnail(Path(source), name, max_edge, max_bytes))
    return {}


def fit(name: str, source: str, target: str, *, max_bytes: int) -> wire.Facts:
    """Write the video anew in at most `max_bytes`; `written` is False where it is small enough already."""
    if Path(source).stat().st_size <= max_bytes:
        return {"written": False}
    reductions.fit(Path(source), Path(target), name, max_bytes)
    return {"written": True}


def to_m4a(name: str, source: str, target: str) -> wire.Facts:
    """Write the sound as M4A."""
    voices.to_m4a(Path(source), Path(target), name)
    return {}


JOBS: Mapping[str, Job] = {
    "probe": probe,
    "peek": peek,
    "fast_start": fast_start,
    "thumbnail": thumbnail,
    "fit": fit,
    "to_m4a": to_m4a,
}
