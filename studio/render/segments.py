"""Pieces of the finished video: one and a half seconds each, encoded by themselves, so that a killed render goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
from av.container import OutputContainer
from av.video.stream import VideoStream

from studio.render.frames import new_frame, planes_of
from studio.render.framing import rest
from studio.render.plan import Motion, Plan, facts
from studio.render.sources import identity
from studio.render.stage import Stage
from studio.render.timing import Timeline

SECONDS = 1.5

EDITION = 1
"""Counted up when the same plan gives other frames than before: older segments are not gone on from."""

_X264 = (
    "mbtree=1:rc-lookahead=10:keyint=infinite:stitchable=1:threads=1"
    ":colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
)
_WITHOUT_AVX512 = ":asm=avx2,fma3,bmi2,lzcnt"
"""With AVX-512, x264 (core 165) encodes the same frames differently from run to run when mbtree and B-frames are on;
with AVX2 it does not, and is as fast. Seen in November 2026."""

_AVX512 = 13  # cv2.CPU_AVX_512F, which the Python bindings leave out
_EXACT_QP = 8
_BT709, _LIMITED = 1, 1


@dataclass(frozen=True, slots=True)
class Segment:
    """The frames `start` to `stop` (exclusive) of a video, kept in `path` once they are encoded."""

    start: int
    stop: int
    exact: range
    path: Path

    @property
    def length(self) -> int:
        """How many frames."""
        return self.stop - self.start

    def is_finished(self) -> bool:
        """Whether all its frames are in its file."""
        if not self.path.exists():
            return False
        try:
            with av.open(str(self.path)) as container:
                return sum(1 for packet in container.demux(video=0) if packet.size) == self.length
        except (av.FFmpegError, OSError):
            return False


def plan_segments(plan: Plan, work: Path) -> tuple[Segment, ...]:
    """Cut a plan into segments whose files are named after all that is seen in them."""
    timeline = Timeline.of(plan)
    step = max(1, round(SECONDS * plan.fps))
    starts = range(0, timeline.frames, step)
    return tuple(_segment(plan, timeline, start, min(start + step, timeline.frames), work) for start in starts)


def encode(segment: Segment, stage: Stage, on_frame: Callable[[], None]) -> None:
    """Draw and encode a segment; its file appears whole or not at all."""
    unfinished = segment.path.with_suffix(".part")
    with av.open(str(unfinished), "w", format="nut") as container:
        _draw_all(segment, stage, container, on_frame)
    unfinished.replace(segment.path)


def _draw_all(segment: Segment, stage: Stage, container: OutputContainer, on_frame: Callable[[], None]) -> None:
    stream = _add_stream(container, stage, segment)
    frame = new_frame(stage.size)
    with stage.performance() as performance:
        for number in range(segment.start, segment.stop):
            frame.make_writable()  # the encoder is done with it: fresh memory for each would cost a millisecond
            performance.draw(number, planes_of(frame))
            frame.pts = number - segment.start
            container.mux(stream.encode(frame))
            on_frame()
    container.mux(stream.encode(None))


def _add_stream(container: OutputContainer, stage: Stage, segment: Segment) -> VideoStream:
    options = {"preset": "superfast", "crf": "20", "x264-params": _X264 + _instructions() + _zones(segment)}
    stream = container.add_stream("libx264", rate=stage.plan.fps, options=options)
    stream.width, stream.height = stage.size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, stage.plan.fps)
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    return stream


def _instructions() -> str:
    return _WITHOUT_AVX512 if cv2.checkHardwareSupport(_AVX512) else ""


def _zones(segment: Segment) -> str:
    """What rests on an end frame must be the picture itself, so it gets all the bits it asks for."""
    exact = range(max(segment.start, segment.exact.start), min(segment.stop, segment.exact.stop))
    if not exact:
        return ""
    return f":zones={exact.start - segment.start},{exact.stop - 1 - segment.start},q={_EXACT_QP}"


def _segment(plan: Plan, timeline: Timeline, start: int, stop: int, work: Path) -> Segment:
    shots = [
        (facts(shot), span, identity(shot.source))
        for shot, span in zip(plan.shots, timeline.spans, strict=True)
        if span.start < stop and start < span.stop
    ]
    captions = [
        facts(caption)
        for caption in plan.captions
        if caption.start * plan.fps < stop and start < caption.end * plan.fps
    ]
    exact = _exact_frames(plan, timeline, start, stop)
    seen = (EDITION, plan.width, plan.height, plan.fps, start, stop, exact, shots, captions)
    name = hashlib.sha256(repr(seen).encode()).hexdigest()[:32]
    return Segment(start, stop, exact, work / f"{name}.nut")


def _exact_frames(plan: Plan, timeline: Timeline, start: int, stop: int) -> range:
    for shot, span in zip(plan.shots, timeline.spans, strict=True):
        resting = range(span.stop - 1 - rest(span.length, plan.fps), span.stop)
        if shot.motion is Motion.END_FRAME and resting.start < stop and start < resting.stop:
            return resting
    return range(0)
