"""The stuff that instruments are made of: tones, noise, and how they come and go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]

HIGHEST = 15_000
"""Harmonics beyond so many hertz are left out: nobody hears them, and they would fold back."""

_CYCLE = 4096


def hertz(pitch: float) -> float:
    """The frequency of a pitch."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def clock(seconds: float, rate: int) -> Wave:
    """The times of the samples, in seconds."""
    return np.arange(max(1, round(seconds * rate)), dtype=np.float32) / np.float32(rate)


def sine(frequency: float, time: Wave) -> Wave:
    """A pure tone."""
    return np.asarray(np.sin(np.float32(2 * np.pi * frequency) * time), np.float32)


def tone(frequency: float, levels: Sequence[float], size: int, rate: int, wobble: Wave | None = None) -> Wave:
    """A steady tone with so much of each harmonic. `wobble` bends it, as a factor for every sample."""
    heard = [level for number, level in enumerate(levels, 1) if number * frequency < HIGHEST]
    angle = 2 * np.pi * np.arange(_CYCLE + 1) / _CYCLE
    cycle = np.sum([level * np.sin(number * angle) for number, level in enumerate(heard, 1)] or [0 * angle], axis=0)
    steps = np.full(size, frequency / rate) if wobble is None else wobble.astype(np.float64) * (frequency / rate)
    place = np.cumsum(steps) % 1.0 * _CYCLE
    left = place.astype(np.int32)
    share = place - left
    return np.asarray(cycle[left] * (1 - share) + cycle[left + 1] * share, np.float32)


def fall(slope: float, count: int) -> tuple[float, ...]:
    """Levels of harmonics that get weaker upwards."""
    return tuple(float(number**-slope) for number in range(1, count + 1))


def noise(size: int, seed: int) -> Wave:
    """White noise, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(size, np.float32) * np.float32(0.5)


def smooth(wave: Wave, samples: int) -> Wave:
    """Without its high end: a running mean, twice."""
    window = np.full(samples, 1 / samples, np.float32)
    return np.asarray(np.convolve(np.convolve(wave, window, "same"), window, "same"), np.float32)


def shaped(wave: Wave, seconds: float, rate: int, attack: float, release: float) -> Wave:
    """Held for `seconds`: it takes `attack` to come, and from then on `release` to go."""
    time = clock(wave.size / rate, rate)[: wave.size]
    come = np.clip(time / attack, 0, 1)
    go = np.clip((seconds + release - time) / release, 0, 1)
    return np.asarray(wave * (come * come * (3 - 2 * come)) * go * go, np.float32)


def struck(wave: Wave, rate: int, attack: float) -> Wave:
    """Comes in `attack` seconds and goes by itself; the last bit is faded, so that nothing clicks."""
    come = min(wave.size, max(1, round(attack * rate)))
    go = min(wave.size, round(0.03 * rate))
    wave[:come] *= np.linspace(0, 1, come, dtype=np.float32)
    wave[wave.size - go :] *= np.linspace(1, 0, go, dtype=np.float32)
    return wave
