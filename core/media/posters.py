"""The still picture that stands for a video until it is played."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageFilter, ImageStat

from core import errors
from core.media import footage

_PLACES = (0.1, 0.15, 0.2, 0.25, 0.3)
"""Where to look, as parts of the duration: past a fade-in, before the story is told."""

_SEEK_FROM_SECONDS = 10.0
"""Nearer than this the next place is reached by decoding on, which never hits the same key frame twice."""

_FRAMES_A_PLACE = 600
"""So many frames are decoded to get to a place; then it is as good as reached."""

_QUALITIES = (88, 80, 70, 55, 40, 25)


def thumbnail(source: Path, name: str, max_edge: int, max_bytes: int) -> bytes:
    """A JPEG of the frame with the most detail among a few, no side longer than `max_edge`, at most `max_bytes`."""
    with footage.playable(name), footage.opened(source, name) as container:
        video = footage.video_of(container, name)
        seconds = footage.seconds_of(container, video, name)
        best = max(candidates(container, video, seconds), key=detail, default=None)
        if best is None:
            raise errors.NotPlayable(name, "no frames")
        return encode(picture_of(best, video, max_edge), name, max_bytes)


def candidates(container: InputContainer, video: VideoStream, seconds: float) -> Iterator[VideoFrame]:
    """Frames at the places; the first of all where none can be reached."""
    frames = container.decode(video)
    first = last = next(frames, None)
    if first is None:
        return
    reached = 0
    for place in _PLACES:
        wanted = footage.start_of(container) + seconds * place
        if wanted - time_of(last or first) > _SEEK_FROM_SECONDS:
            container.seek(int(wanted * av.time_base))
            frames = container.decode(video)
        last = next((frame for frame in islice(frames, _FRAMES_A_PLACE) if time_of(frame) >= wanted), None)
        if last is None:
            break
        reached += 1
        yield last
    if not reached:
        yield first


def time_of(frame: VideoFrame) -> float:
    """When a frame is shown; a frame that does not know has come to its time."""
    return frame.time if frame.time is not None else float("inf")


def detail(frame: VideoFrame) -> float:
    """How much there is to see: edges. Black, white and cross-faded frames have few."""
    small = image_of(frame.reformat(width=160, height=90)).convert("L")
    return float(ImageStat.Stat(small.filter(ImageFilter.FIND_EDGES)).mean[0])


def picture_of(frame: VideoFrame, video: VideoStream, max_edge: int) -> Image.Image:
    """The frame as it is shown, scaled down."""
    aspect = video.codec_context.sample_aspect_ratio or 1
    width, height = frame.width * aspect, frame.height
    factor = min(1.0, max_edge / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image = image_of(frame).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def image_of(frame: VideoFrame) -> Image.Image:
    """The frame's pixels, as they are stored."""
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it without types
    return image


def encode(image: Image.Image, name: str, max_bytes: int) -> bytes:
    """The JPEG at the best quality that fits."""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= max_bytes:
            return buffer.getvalue()
    raise errors.TooManyBytes(name, max_bytes, buffer.tell())
