"""Shots of a video: fitted like pictures, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from studio.render.backdrops import compose
from studio.render.canvases import Canvas, pixels_of
from studio.render.frames import planes_of
from studio.render.framing import Box, Layout, between, lay_out, pace, travel
from studio.render.plan import Motion, Shot
from studio.render.planes import Plane, Planes, copy
from studio.render.reels import Reel

_WHOLE = Box(0, 0, 1, 1)


@dataclass(slots=True)
class Footage:
    """A video shot that is being drawn."""

    shot: Shot
    reel: Reel
    _reformatter: VideoReformatter = field(default_factory=VideoReformatter)
    _source: VideoFrame | None = None
    _fitted: Planes | None = None

    def draw(self, frame: int, frames: int, fps: int, target: Planes) -> None:
        """Draw one of the shot's `frames`. Raises `SourceUnreadable`."""
        half = 0.5 / fps  # a source that ticks with the result must not flicker between neighbours
        source = self.reel.at(self.shot.trim_start + frame / fps + half)
        fitted = self._fit(source, target.size)
        if self.shot.motion is Motion.STILL:
            copy(fitted, target)
            return
        start, end = travel(Layout(_WHOLE, backdrop=False), self.shot.motion, self.shot.seconds)
        Canvas(fitted, _WHOLE).show(between(start, end, pace(self.shot.motion, frame, frames, fps)), target)

    def _fit(self, source: VideoFrame, size: tuple[int, int]) -> Planes:
        if self._fitted is None or source is not self._source:
            self._source, self._fitted = source, self._fit_anew(source, size)
        return self._fitted

    def _fit_anew(self, source: VideoFrame, size: tuple[int, int]) -> Planes:
        turns = round(source.rotation / 90) % 4
        stored = (round(source.width * self.reel.pixel_ratio), source.height)
        upright = stored[::-1] if turns % 2 else stored
        layout = lay_out(upright, size, self.shot.fit, self.shot.motion)
        left, top, width, height = pixels_of(layout.picture, size)
        whole = self._scale(source, (width, height), turns)
        return compose(whole, size, left, top) if layout.backdrop else _cropped(whole, -left, -top, size)

    def _scale(self, source: VideoFrame, size: tuple[int, int], turns: int) -> Planes:
        width, height = size[::-1] if turns % 2 else size
        frame = self._reformatter.reformat(
            source,
            width,
            height,
            "yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation="BICUBIC",
        )
        return Planes(*(_turned(plane, turns) for plane in planes_of(frame)))


def _turned(plane: Plane, turns: int) -> Plane:
    return np.ascontiguousarray(np.rot90(plane, turns))


def _cropped(whole: Planes, left: int, top: int, size: tuple[int, int]) -> Planes:
    def cut(plane: Plane, halves: int) -> Plane:
        rows = slice(top // halves, (top + size[1]) // halves)
        return plane[rows, left // halves : (left + size[0]) // halves]

    return Planes(cut(whole.y, 1), cut(whole.u, 2), cut(whole.v, 2))
