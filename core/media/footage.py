"""Opening videos and sound with few decoders and no way out: by sniffed format, from this one file, in sane sizes."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core import errors
from core.media import boxes, sniff
from core.media.clips import Probe

MAX_PIXELS = 8192 * 4320
"""The largest frame that is decoded: 8K."""

_DEMUXERS = {
    sniff.MP4: "mov",
    sniff.MOV: "mov",
    sniff.M4A: "mov",
    sniff.AVI: "avi",
    sniff.WEBM: "matroska",
    sniff.MKV: "matroska",
    sniff.MP3: "mp3",
    sniff.WAV: "wav",
    sniff.AAC: "aac",
    sniff.OGG: "ogg",
}

_VIDEO_DECODERS = frozenset({"h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mjpeg", "prores", "msmpeg4"})
_AUDIO_DECODERS = frozenset(
    {"aac", "mp3", "mp3float", "opus", "vorbis", "flac", "alac", "ac3", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_u8"}
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_IN_BOXES = frozenset({sniff.MP4, sniff.MOV})


@contextmanager
def playable(name: str) -> Iterator[None]:
    """Whatever a decoder says about hostile bytes means that this is not playable; a full disk stays one."""
    try:
        yield
    except boxes.BadBoxes as error:
        raise errors.NotPlayable(name, str(error)) from error
    except av.FFmpegError as error:
        if error.errno in _FULL:
            raise
        raise errors.NotPlayable(name, error.strerror or type(error).__name__) from error


def recognise(source: Path, name: str) -> sniff.Format:
    """The format of a video or a sound, by content."""
    with source.open("rb") as file:
        form = sniff.sniff(file.read(sniff.HEAD_BYTES))
    if form not in _DEMUXERS:
        raise errors.NotPlayable(name, "neither video nor audio")
    return form


@contextmanager
def opened(source: Path, name: str) -> Iterator[InputContainer]:
    """The file, ready to be read, by the sniffed demuxer: left to guess, it would follow playlists to other files."""
    allowed = ",".join(sorted(_VIDEO_DECODERS | _AUDIO_DECODERS))
    options = {"protocol_whitelist": "file", "codec_whitelist": allowed}
    demuxer = _DEMUXERS[recognise(source, name)]
    with av.open(str(source), "r", format=demuxer, options=options, metadata_errors="replace") as container:
        yield container


def video_of(container: InputContainer, name: str) -> VideoStream:
    """The video stream, checked and ready to be decoded."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise errors.NotPlayable(name, "no video stream")
    video = streams[0]
    if video.codec_context.name not in _VIDEO_DECODERS:
        raise errors.NotPlayable(name, f"codec {video.codec_context.name}")
    if not 0 < video.codec_context.width * video.codec_context.height <= MAX_PIXELS:
        raise errors.NotPlayable(name, f"frames of {video.codec_context.width} × {video.codec_context.height}")
    video.thread_type = "AUTO"
    video.codec_context.thread_count = 2
    return video


def audio_of(container: InputContainer) -> AudioStream | None:
    """The sound, if there is any that can be decoded."""
    streams = [stream for stream in container.streams.audio if stream.codec_context.name in _AUDIO_DECODERS]
    return streams[0] if streams else None


def first_frame(container: InputContainer, video: VideoStream, name: str) -> VideoFrame:
    """The first frame that can be decoded."""
    frame = next(container.decode(video), None)
    if frame is None:
        raise errors.NotPlayable(name, "no frames")
    return frame


def shown_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Width and height as a player shows them: pixels made square, turned upright."""
    aspect = video.codec_context.sample_aspect_ratio or 1
    width, height = max(1, round(frame.width * aspect)), frame.height
    return (height, width) if frame.rotation % 180 else (width, height)


def seconds_of(container: InputContainer, video: VideoStream, name: str) -> float:
    """How long it plays."""
    if container.duration:
        seconds = container.duration / av.time_base
    elif video.duration and video.time_base:
        seconds = float(video.duration * video.time_base)
    else:
        seconds = 0.0
    if seconds <= 0:
        raise errors.NotPlayable(name, "it lasts no time")
    return seconds


def start_of(container: InputContainer) -> float:
    """The time of the first frame, in seconds; it is not always zero."""
    return (container.start_time or 0) / av.time_base


def probe(source: Path, name: str) -> Probe:
    """The facts of a video; its first frame has been decoded, and an MP4 is known to be whole."""
    with playable(name):
        return _facts(source, name, source.stat().st_size, fast_start=starts_fast(source, name))


def peek(source: Path, name: str, length: int) -> Probe:
    """The facts of an MP4 of `length` bytes of which only the beginning is there. One whose index is not in it, in
    front, is not playable."""
    with playable(name):
        with source.open("rb") as file:
            if not boxes.begins_with_index(file, length):
                raise errors.NotPlayable(name, "no index in front")
        return _facts(source, name, length, fast_start=True)


def _facts(source: Path, name: str, size: int, *, fast_start: bool) -> Probe:
    with opened(source, name) as container:
        video = video_of(container, name)
        width, height = shown_size(first_frame(container, video, name), video)
        audio = audio_of(container)
        return Probe(
            width=width,
            height=height,
            seconds=seconds_of(container, video, name),
            video_codec=video.codec_context.name,
            audio_codec=audio.codec_context.name if audio else None,
            size=size,
            fast_start=fast_start,
            fps=float(video.average_rate or video.guessed_rate or 0),
        )


def starts_fast(source: Path, name: str) -> bool:
    """Whether a player can begin before it has the whole file; only MP4 and MOV can be otherwise."""
    if recognise(source, name) not in _IN_BOXES:
        return True
    with source.open("rb") as file:
        return boxes.index_is_first(boxes.walk(file))
