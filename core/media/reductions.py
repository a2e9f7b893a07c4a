"""Encoding a video again so that it fits a size: two passes of H.264, sized to what the bits can show."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core import errors
from core.media import footage
from core.media.clips import Probe
from core.media.tracks import Picture, Sound

_BITS_A_PIXEL = 0.05
"""Fewer than this and x264 smears: then a smaller picture looks better."""

_MIN_EDGE = 256
_MAX_EDGE = 1920
_MIN_VIDEO_RATE = 30_000
_MAX_FPS = 30
_AUDIO_RATES = (128_000, 96_000, 64_000, 48_000, 32_000)
_AUDIO_SHARE = 0.15
_AUDIO_PACKETS_A_SECOND = 47
_INDEX_BYTES_A_PACKET = 14
_HEADER_BYTES = 8_000
_ATTEMPTS = 3
_AIM = 0.98


@dataclass(frozen=True, slots=True)
class Plan:
    """How a video is encoded: width and height, frames a second, bits a second; no sound where `audio_rate` is 0."""

    size: tuple[int, int]
    fps: Fraction
    video_rate: int
    audio_rate: int


def plan(probe: Probe, size: tuple[int, int], name: str, max_bytes: int) -> Plan:
    """What fits into `max_bytes`. `size` is the picture's, before it is turned upright."""
    fps = Fraction(min(_MAX_FPS, probe.fps or _MAX_FPS)).limit_denominator(1001)
    packets = probe.seconds * (float(fps) + (_AUDIO_PACKETS_A_SECOND if probe.audio_codec else 0))
    room = (max_bytes - _HEADER_BYTES - packets * _INDEX_BYTES_A_PACKET) * 8 * _AIM
    rate = room / probe.seconds
    audio = audio_rate(rate) if probe.audio_codec else 0
    video = int(rate - audio)
    if video < _MIN_VIDEO_RATE:
        raise errors.TooManyBytes(name, max_bytes, probe.size)
    return Plan(picture_size(size, video / float(fps)), fps, video, audio)


def audio_rate(rate: float) -> int:
    """The best audio that leaves enough to the picture."""
    return next((audio for audio in _AUDIO_RATES if audio <= rate * _AUDIO_SHARE), _AUDIO_RATES[-1])


def picture_size(size: tuple[int, int], bits_a_frame: float) -> tuple[int, int]:
    """The largest even size in the same proportions that so many bits can show."""
    edge = max(size)
    by_bits = math.sqrt(bits_a_frame / _BITS_A_PIXEL / (size[0] * size[1]))
    factor = min(1.0, _MAX_EDGE / edge, max(by_bits, _MIN_EDGE / edge))
    return even(size[0] * factor), even(size[1] * factor)


def even(side: float) -> int:
    """The nearest even number of pixels: H.264 stores colours for two by two."""
    return max(2, round(side / 2) * 2)


def fit(source: Path, target: Path, name: str, max_bytes: int) -> None:
    """Write the video to `target` as H.264/AAC MP4, index first, of at most `max_bytes`.

    Statistics of the passes are left beside it, under its name with other suffixes.
    Raises `TooManyBytes` where that cannot be, `NotPlayable` where it cannot be decoded.
    """
    with footage.playable(name):
        reduction = Reduction(source, name, target.with_suffix(".passes"))
        chosen = plan(footage.probe(source, name), reduction.picture(), name, max_bytes)
        reduction.encode(Path(os.devnull), chosen, number=1)
        for _ in range(_ATTEMPTS):
            reduction.encode(target, chosen, number=2)
            size = target.stat().st_size
            if size <= max_bytes:
                return
            chosen = replace(chosen, video_rate=int(chosen.video_rate * max_bytes / size * 0.97))
        raise errors.TooManyBytes(name, max_bytes, size)


@dataclass(frozen=True, slots=True)
class Reduction:
    """Passes over one source; `statistics` is where the first leaves for the second what it has learnt."""

    source: Path
    name: str
    statistics: Path

    def picture(self) -> tuple[int, int]:
        """Width and height with square pixels, before turning."""
        with footage.opened(self.source, self.name) as container:
            video = footage.video_of(container, self.name)
            frame = footage.first_frame(container, video, self.name)
            return max(1, round(frame.width * (video.codec_context.sample_aspect_ratio or 1))), frame.height

    def encode(self, target: Path, chosen: Plan, *, number: int) -> None:
        """One pass: the first only looks, the second writes."""
        first = number == 1
        muxer, options = ("null", {}) if first else ("mp4", {"movflags": "+faststart"})
        with (
            footage.opened(self.source, self.name) as container,
            av.open(str(target), "w", format=muxer, options=options) as out,
        ):
            video = footage.video_of(container, self.name)
            options = {"flags": f"+pass{number}", "stats": str(self.statistics), "preset": "faster"}
            picture = Picture(out, chosen.size, chosen.fps, chosen.video_rate, options)
            sound = Sound(out, chosen.audio_rate) if chosen.audio_rate and not first else None
            copy(container, video, picture, sound)


def copy(container: InputContainer, video: VideoStream, picture: Picture, sound: Sound | None) -> None:
    """Decode the streams side by side, as they lie in the file, and encode them."""
    audio = footage.audio_of(container) if sound else None
    start = footage.start_of(container)
    for packet in container.demux([video, audio] if audio else [video]):
        for frame in packet.decode():
            match frame:
                case VideoFrame():
                    picture.add(frame, start)
                case AudioFrame() if sound:
                    sound.add(frame, start)
    picture.finish()
    if sound:
        sound.finish()
