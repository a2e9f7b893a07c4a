"""Reading a video file by time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from studio.render.faults import SourceUnreadable

BEFORE = 10.0
"""Seconds before the first frame: some formats miss it when it is searched for at its own time."""

_FAULTS = (av.FFmpegError, OSError, ValueError, IndexError)


class Reel:
    """A video that is open for reading. Cheapest when read forwards."""

    def __init__(self, source: Path, container: InputContainer) -> None:
        self._source = source
        self._container = container
        self._stream = container.streams.video[0]
        self._stream.thread_count = 1  # the segments of the result are what runs in parallel
        self._origin = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        self._coming: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None
        self._next: VideoFrame | None = None

    @property
    def pixel_ratio(self) -> float:
        """How much wider than high a pixel is, before the video is turned upright."""
        return float(self._stream.sample_aspect_ratio or 1)

    def at(self, seconds: float) -> VideoFrame:
        """The frame on screen at that time of the video, or its last one. Raises `SourceUnreadable`."""
        try:
            return self._find(seconds)
        except _FAULTS as error:
            raise SourceUnreadable(self._source, type(error).__name__) from error

    def _find(self, seconds: float) -> VideoFrame:
        if self._shown is None or seconds < self._time(self._shown):
            self._rewind(seconds)
        while self._next is not None and self._time(self._next) <= seconds:
            self._shown, self._next = self._next, next(self._coming, None)
        if self._shown is None:
            raise SourceUnreadable(self._source, "no picture in it")
        return self._shown

    def _rewind(self, seconds: float) -> None:
        for start in (
            seconds,
            -BEFORE,
        ):  # where a search finds nothing, or too late a frame, all is read from the start
            self._container.seek(round((self._origin + start) * av.time_base))
            self._coming = self._container.decode(self._stream)
            self._shown, self._next = next(self._coming, None), next(self._coming, None)
            if self._shown is not None and self._time(self._shown) <= seconds:
                return

    def _time(self, frame: VideoFrame) -> float:
        return (frame.time or 0.0) - self._origin


@contextmanager
def open_reel(source: Path) -> Iterator[Reel]:
    """Open a video. Raises `SourceUnreadable`."""
    try:
        container = av.open(str(source), "r", metadata_errors="ignore")
    except _FAULTS as error:
        raise SourceUnreadable(source, type(error).__name__) from error
    with container:
        if not container.streams.video:
            raise SourceUnreadable(source, "no picture in it")
        yield Reel(source, container)
