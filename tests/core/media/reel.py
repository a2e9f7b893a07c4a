"""Videos and sounds for tests, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from tests.core.media import album

Painter = Callable[[float], Image.Image]
SAMPLES = 48_000


def moving(size: tuple[int, int]) -> Painter:
    """Quadrants over which a square travels, so that every frame is another one."""
    ground = album.quadrants(*size)

    def paint(part: float) -> Image.Image:
        picture = ground.copy()
        left = round(part * (size[0] - 40))
        picture.paste((255, 255, 0), (left, size[1] // 2 - 10, left + 40, size[1] // 2 + 10))
        return picture

    return paint


def noise(size: tuple[int, int]) -> Painter:
    """Pictures that cost many bits."""
    grain = Image.effect_noise((size[0] * 2, size[1]), 80).convert("RGB")
    return lambda part: grain.crop((round(part * size[0]), 0, round(part * size[0]) + size[0], size[1]))


def clip(
    path: Path,
    *,
    seconds: float = 2.0,
    size: tuple[int, int] = (320, 180),
    fps: int = 25,
    sound: bool = True,
    fast: bool = False,
    rotation: int = 0,
    aspect: Fraction | None = None,
    paint: Painter | None = None,
    form: str = "mp4",
    codec: str = "libx264",
    options: dict[str, str] | None = None,
) -> Path:
    """A video of painted frames, with a tone. `fast`: its index comes first."""
    flags = {"movflags": "+faststart"} if fast else {}
    with av.open(str(path), "w", format=form, options=flags) as out:
        quick = {"preset": "ultrafast"} if codec == "libx264" else {}
        video = out.add_stream(codec, rate=fps, options=options or quick)
        assert isinstance(video, VideoStream)
        video.width, video.height = size
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotation:
            video.set_display_rotation(rotation)
        audio = _audio_stream(out, "aac" if form == "mp4" else "libopus") if sound else None
        count = max(1, round(seconds * fps))
        for number in range(count):
            picture = (paint or moving(size))(number / count)
            frame: VideoFrame = VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        if audio:
            _play(out, audio, seconds)
    return path


def tone(path: Path, form: str, codec: str, seconds: float = 2.0) -> Path:
    """A sound file."""
    with av.open(str(path), "w", format=form) as out:
        _play(out, _audio_stream(out, codec), seconds)
    return path


def _audio_stream(out: OutputContainer, codec: str) -> AudioStream:
    stream = out.add_stream(codec, rate=SAMPLES, layout="mono")
    assert isinstance(stream, AudioStream)
    return stream


def _play(out: OutputContainer, stream: AudioStream, seconds: float) -> None:
    time = np.arange(round(seconds * SAMPLES)) / SAMPLES
    wave = (np.sin(time * 440 * 2 * np.pi) * 12_000).astype(np.int16)
    frame = AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLES, 0, Fraction(1, SAMPLES)
    out.mux(stream.encode(frame))
    out.mux(stream.encode())


def frames(path: Path) -> Iterator[Image.Image]:
    """The decoded pictures of a video, as they are stored."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_image()  # type: ignore[no-untyped-call]


def packets(path: Path) -> list[tuple[int, int | None, int | None, bytes]]:
    """Everything that lies in the streams: stream, time to decode, time to show, bytes."""
    with av.open(str(path)) as container:
        return [(packet.stream.index, packet.dts, packet.pts, bytes(packet)) for packet in container.demux()]


def loudness(path: Path) -> float:
    """How loud the sound is, 0 to 1, and that it can be decoded at all."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().astype(np.float64) for frame in container.decode(audio=0)]
    return float(np.sqrt(np.mean(np.concatenate(blocks, axis=1) ** 2)))
