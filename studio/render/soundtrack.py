"""The sound of a video: made or decoded, fitted to its length, encoded as AAC."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from studio.music import compose
from studio.render.faults import SourceUnreadable
from studio.render.plan import Music, Plan, Sound, facts
from studio.render.sources import identity

RATE = 48_000
BIT_RATE = 160_000
FADE_IN, FADE_OUT = 0.02, 1.2
EDITION = 1

Samples = NDArray[np.float32]
_FAULTS = (av.FFmpegError, OSError, ValueError, IndexError)


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """What is heard for `seconds`, kept in `path` once it is encoded."""

    source: Music | Sound | None
    seconds: float
    path: Path

    @classmethod
    def of(cls, plan: Plan, frames: int, work: Path) -> Soundtrack:
        """The sound of a plan of so many frames; its file is named after all that is heard."""
        seconds = frames / plan.fps
        stamp = identity(plan.sound.source) if isinstance(plan.sound, Sound) else ()
        name = hashlib.sha256(repr((EDITION, plan.sound and facts(plan.sound), seconds, stamp)).encode()).hexdigest()[
            :32
        ]
        return cls(plan.sound, seconds, work / f"{name}.m4a")

    @property
    def effort(self) -> int:
        """What it costs to make, in frames of video."""
        return 0 if self.source is None else max(1, round(self.seconds / 2))

    def is_finished(self) -> bool:
        """Whether there is nothing to be done."""
        return self.source is None or self.path.exists()


def record(sound: Soundtrack) -> None:
    """Make and encode a soundtrack; its file appears whole or not at all. Raises `SourceUnreadable`."""
    length = round(sound.seconds * RATE)
    match sound.source:
        case Music(mood, volume, seed):
            samples = _scaled(compose(mood.value, seed, length, RATE), volume)
        case Sound(source, volume):
            samples = _scaled(_fitted(_decode(source, length), length), volume)
        case None:
            return
    unfinished = sound.path.with_suffix(".part")
    np.clip(samples, -1, 1, out=samples)
    _encode(samples, unfinished)
    unfinished.replace(sound.path)


def _scaled(samples: Samples, volume: float) -> Samples:
    samples *= np.float32(volume)
    return samples


def _decode(source: Path, most: int) -> Samples:
    """The beginning of an audio file, two channels, at most so many samples."""
    try:
        with av.open(str(source), metadata_errors="ignore") as container:
            blocks = list(_blocks(container, most))
    except _FAULTS as error:
        raise SourceUnreadable(source, type(error).__name__) from error
    if not sum(block.shape[1] for block in blocks):
        raise SourceUnreadable(source, "no sound in it")
    return np.concatenate(blocks, axis=1)


def _blocks(container: av.container.InputContainer, most: int) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    heard = 0
    for frame in container.decode(container.streams.audio[0]):
        for block in resampler.resample(frame):
            yield np.asarray(block.to_ndarray(), np.float32)
            heard += block.samples
        if heard >= most:
            return
    for block in resampler.resample(None):
        yield np.asarray(block.to_ndarray(), np.float32)


def _fitted(samples: Samples, length: int) -> Samples:
    """Repeated or cut to `length`, without a click at the seams, and faded out at the end."""
    repeated = _looped(samples, length)[:, :length]
    ramp = np.linspace(0, 1, round(FADE_IN * RATE), dtype=np.float32)[:length]
    repeated[:, : ramp.size] *= ramp
    fade = np.linspace(1, 0, min(length, round(FADE_OUT * RATE)), dtype=np.float32) ** 2
    repeated[:, length - fade.size :] *= fade
    return repeated


def _looped(samples: Samples, length: int) -> Samples:
    overlap = min(RATE // 2, samples.shape[1] // 4)
    ramp = np.sqrt(np.linspace(0, 1, overlap, dtype=np.float32))
    result = samples.copy()
    while result.shape[1] < length:
        seam = result[:, -overlap:] * ramp[::-1] + samples[:, :overlap] * ramp if overlap else samples[:, :0]
        result = np.concatenate([result[:, : result.shape[1] - overlap], seam, samples[:, overlap:]], axis=1)
    return result


def _encode(samples: Samples, path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo")
        stream.bit_rate = BIT_RATE
        for start in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, start : start + 1024])
            frame = AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
