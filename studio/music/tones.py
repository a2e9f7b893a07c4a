"""The instruments that play notes: a pitch, seconds and a strength become samples between silence and silence."""

from __future__ import annotations

import numpy as np

from studio.music.waves import HIGHEST, Wave, clock, fall, hertz, shaped, sine, struck, tone


def pad(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """Soft strings of an old synthesizer: detuned, few harmonics, slow to come and to go."""
    size = round((seconds + 0.9) * rate)
    wave = _choir(pitch, (-7, 0, 6), fall(1.55, 10), size, rate)
    return shaped(wave * strength, seconds, rate, attack=min(0.45, seconds / 2), release=0.9)


def strings(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """A section of bowed strings, brighter when stronger."""
    time = clock(seconds + 0.5, rate)
    vibrato = 1 + np.float32(0.0024) * sine(5.2, time) * np.minimum(1, time / np.float32(0.6))
    wave = _choir(pitch, (-9, 3, 8), fall(1.75 - 0.6 * strength, 14), time.size, rate, vibrato)
    return shaped(wave * strength, seconds, rate, attack=min(0.18, seconds / 3), release=0.5)


def spiccato(pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """Strings struck with the bow: short and rough."""
    time = clock(0.38, rate)
    wave = _choir(pitch, (-5, 4), fall(1.2, 16), time.size, rate)
    return struck(wave * np.exp(-9 * time) * np.float32(strength), rate, 0.012)


def brass(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """Horns: the harmonics open with the breath."""
    time = clock(seconds + 0.35, rate)
    breath = np.minimum(1, time / np.float32(0.16)) * (0.55 + 0.45 * np.exp(-0.8 * time))
    wave = np.zeros_like(time)
    for number in _harmonics(pitch, 10):
        wave += sine(number * hertz(pitch), time) * breath ** np.float32(number * 0.55) / np.float32(number**0.9)
    return shaped(wave * np.float32(strength / 2.6), seconds, rate, attack=0.07, release=0.35)


def piano(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """A felt piano: stretched harmonics, the high ones gone first."""
    time = clock(min(4.5, seconds + 1.4), rate)
    wave = np.zeros_like(time)
    for number in _harmonics(pitch, 9):
        stretched = hertz(pitch) * number * float(np.sqrt(1 + 0.0004 * number**2))
        level = np.exp(np.float32(-0.7 - 0.5 * number - pitch / 90) * time)
        wave += sine(stretched, time) * level * np.float32(np.exp(-number * (0.6 - 0.3 * strength)))
    return shaped(wave * np.float32(1.5 * strength), min(3.1, seconds), rate, attack=0.004, release=1.4)


def electric(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """An electric piano: one sine bends another, the bell dies away, the tremolo stays."""
    time = clock(seconds + 0.5, rate)
    phase = np.float32(2 * np.pi * hertz(pitch)) * time
    bell_part = np.sin(14 * phase) * np.exp(-14 * time) * np.float32(0.2 * strength)
    bend = np.float32(0.5 + 1.1 * strength) * np.exp(np.float32(-2.0) * time) * np.sin(phase)
    tremolo = 1 - np.float32(0.16) * (sine(4.6, time) + 1) / 2
    wave = np.sin(phase + bend + bell_part) * tremolo * np.exp(np.float32(-0.8) * time) * np.float32(strength)
    return shaped(np.asarray(wave, np.float32), seconds, rate, attack=0.006, release=0.45)


def pluck(pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A small guitar, plucked near the bridge."""
    time = clock(1.4, rate)
    wave = np.zeros_like(time)
    for number in _harmonics(pitch, 16):
        level = float(np.sin(np.pi * number * 0.22)) / number
        decay = np.float32(-2.2 - 0.55 * number - hertz(pitch) / 400)
        wave += sine(hertz(pitch) * number, time) * np.exp(decay * time) * np.float32(level)
    return struck(wave * np.float32(0.8 * strength), rate, 0.002)


def bell(pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A glockenspiel: a pure tone and two that do not fit it."""
    time = clock(1.8, rate)
    wave = np.zeros_like(time)
    for ratio, level, decay in ((1.0, 1.0, 2.6), (2.76, 0.28, 6.0), (5.4, 0.1, 12.0)):
        if hertz(pitch) * ratio < HIGHEST:
            wave += sine(hertz(pitch) * ratio, time) * np.exp(np.float32(-decay) * time) * np.float32(level)
    return struck(wave * np.float32(0.7 * strength), rate, 0.003)


def bass(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """A round bass, with enough harmonics to be heard on a phone."""
    time = clock(seconds + 0.08, rate)
    wave = tone(hertz(pitch), (0.8, 0.32, 0.14, 0.06), time.size, rate)
    swell = 0.45 + 0.55 * np.exp(np.float32(-2.2) * time)
    return shaped(wave * swell * np.float32(strength), seconds, rate, attack=0.008, release=0.08)


def _choir(
    pitch: float, cents: tuple[int, ...], levels: tuple[float, ...], size: int, rate: int, wobble: Wave | None = None
) -> Wave:
    """Several players of one part, none quite in tune."""
    players = [tone(hertz(pitch + off / 100), levels, size, rate, wobble) for off in cents]
    return np.asarray(np.sum(players, axis=0) * np.float32(0.9 / len(cents)), np.float32)


def _harmonics(pitch: float, most: int) -> range:
    return range(1, max(1, min(most, int(HIGHEST / hertz(pitch)))) + 1)
