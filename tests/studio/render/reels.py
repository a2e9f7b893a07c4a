"""Pictures to render from and eyes to look at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]

SAMPLES = Path(__file__).parents[3] / "adapters" / "web" / "page" / "samples"


def photo(path: Path, size: tuple[int, int], seed: int = 0) -> Path:
    """A picture with soft structure all over it, such as a camera sees."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 235, (size[1] // 12 + 2, size[0] // 12 + 2), np.uint8)
    light = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    tint = Image.fromarray(random.integers(0, 255, (3, 4, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    Image.blend(light.convert("RGB"), tint, 0.25).save(path, quality=95)
    return path


def plain(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> Path:
    """A picture of one colour."""
    Image.new("RGB", size, colour).save(path, quality=95)
    return path


def video(path: Path, size: tuple[int, int], greys: Sequence[int], fps: int = 10) -> Path:
    """A video whose frames have one shade each."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for grey in greys:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), grey, np.uint8))))
        container.mux(stream.encode(None))
    return path


def tone(path: Path, seconds: float, frequency: float = 440.0, rate: int = 44_100) -> Path:
    """A sound file with one tone at half level."""
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def unheard(_share: float) -> None:
    """For those who do not ask how far it is."""


def colours(path: Path) -> list[NDArray[np.uint8]]:
    """All frames of a video as RGB."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def greys(path: Path) -> list[Grey]:
    """All frames of a video, brightness only (16 is black, 235 white)."""
    with av.open(str(path)) as container:
        return [_luma(frame) for frame in container.decode(video=0)]


def samples(path: Path) -> NDArray[np.float32]:
    """The sound of a video: channels by samples."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def atoms(path: Path) -> list[str]:
    """The parts of an MP4 file, in order."""
    data, names, place = path.read_bytes(), [], 0
    while place < len(data):
        names.append(data[place + 4 : place + 8].decode("latin-1"))
        place += int.from_bytes(data[place : place + 4], "big")
    return names


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How close two pictures are, in decibels."""
    error = np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-9)))


def shifts(frames: Sequence[Grey], x: int, y: int, side: int) -> NDArray[np.float64]:
    """By how many pixels a patch moves from frame to frame: across and down."""
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    patches = [frame[y : y + side, x : x + side].astype(np.float32) for frame in frames]
    pairs = pairwise(patches)
    return np.array([cv2.phaseCorrelate(before, after, window)[0] for before, after in pairs])


def _luma(frame: av.VideoFrame) -> Grey:
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].copy()
