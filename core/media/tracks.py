"""The tracks of an MP4 while it is being written: H.264 pictures and AAC sound."""

from __future__ import annotations

from fractions import Fraction

from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_SAMPLE_RATE = 48_000


class Picture:
    """A video track of a fixed size and rate; frames that come too fast are left out."""

    def __init__(
        self, out: OutputContainer, size: tuple[int, int], fps: Fraction, rate: int, options: dict[str, str]
    ) -> None:
        self._out = out
        self._fps = fps
        self._last = -1
        self._stream: VideoStream = out.add_stream("libx264", rate=fps, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.bit_rate = rate

    def add(self, frame: VideoFrame, start: float) -> None:
        """Write a frame of a source that begins at `start` seconds, where its time has come."""
        number = self._last + 1 if frame.time is None else round((frame.time - start) * self._fps)
        if number <= self._last:
            return
        if self._last < 0:
            self._begin(frame)
        self._last = number
        scaled = frame.reformat(width=self._stream.width, height=self._stream.height, format="yuv420p")
        scaled.pts, scaled.time_base = number, 1 / self._fps
        self._out.mux(self._stream.encode(scaled))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._out.mux(self._stream.encode())

    def _begin(self, frame: VideoFrame) -> None:
        """Turn like the source, and mean the same by its colours."""
        if frame.rotation:
            self._stream.set_display_rotation(frame.rotation)
        context = self._stream.codec_context
        context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
        context.colorspace = frame.colorspace


class Sound:
    """An AAC track in stereo at 48 kHz."""

    def __init__(self, out: OutputContainer, rate: int) -> None:
        self._out = out
        self._stream = out.add_stream("aac", rate=_SAMPLE_RATE, layout="stereo")
        self._stream.bit_rate = rate

    def add(self, frame: AudioFrame, start: float) -> None:
        """Write samples of a source that begins at `start` seconds."""
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(start / frame.time_base)
        self._out.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._out.mux(self._stream.encode())
