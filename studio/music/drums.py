"""The instruments that are struck: length does not matter to most of them, and pitch to few."""

from __future__ import annotations

import numpy as np

from studio.music.waves import Wave, clock, hertz, noise, sine, smooth, struck


def kick(pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A bass drum; a lower pitch makes a larger one."""
    time = clock(0.42, rate)
    low = np.float32(hertz(pitch))
    phase = 2 * np.pi * (low * time + low * np.float32(2.4 / 30) * (1 - np.exp(-30 * time)))
    return struck(np.asarray(np.sin(phase) * np.exp(-9 * time), np.float32) * np.float32(strength), rate, 0.002)


def snare(_pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A dry snare drum."""
    time = clock(0.24, rate)
    rattle = _bright(time.size, 1, 7) * np.exp(-24 * time) * np.float32(0.7)
    body = sine(186, time) * np.exp(-28 * time) * np.float32(0.6)
    return struck((rattle + body) * np.float32(strength), rate, 0.002)


def clap(_pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """Several hands, not quite together."""
    time = clock(0.28, rate)
    hands = np.exp(-17 * time) * np.float32(0.6)
    for late in (0.0, 0.012, 0.024):
        hands += np.exp(-90 * np.maximum(0, time - np.float32(late))) * (time >= late) * np.float32(0.4)
    return struck(smooth(_bright(time.size, 2, 16), 2) * hands * np.float32(strength), rate, 0.002)


def hat(_pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A closed hi-hat; soft, it is a shaker."""
    time = clock(0.16, rate)
    wave = _bright(time.size, 3, 3) * np.exp(np.float32(-75 + 35 * strength) * time)
    return struck(wave * np.float32(0.6 * strength), rate, 0.004)


def taiko(pitch: float, _seconds: float, strength: float, rate: int) -> Wave:
    """A large drum."""
    time = clock(1.2, rate)
    low = np.float32(hertz(pitch))
    phase = 2 * np.pi * (low * time + low * np.float32(1.2 / 22) * (1 - np.exp(-22 * time)))
    skin = smooth(noise(time.size, 4), 24) * np.exp(-30 * time) * np.float32(3)
    return struck((np.sin(phase) * np.exp(np.float32(-4.5) * time) + skin) * np.float32(strength), rate, 0.003)


def swell(_pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """A cymbal that rises for `seconds`, is struck, and rings."""
    rising, ringing = clock(seconds, rate), clock(2.2, rate)
    rise = (rising / np.float32(max(seconds, 1e-3))) ** 3
    level = np.concatenate([rise * np.float32(0.7), np.exp(np.float32(-1.9) * ringing)])
    return struck(_bright(level.size, 5, 4) * level * np.float32(0.45 * strength), rate, 0.01)


def crackle(pitch: float, seconds: float, strength: float, rate: int) -> Wave:
    """An old record between the notes; the pitch tells one record from another."""
    random = np.random.default_rng(round(pitch))
    wave = random.standard_normal(max(1, round(seconds * rate)), np.float32) * np.float32(0.03)
    dust = random.integers(0, wave.size, max(1, int(seconds * 9)))
    wave[dust] += random.normal(0, 3.0, dust.size).astype(np.float32)
    return struck(smooth(wave, 3) * np.float32(strength), rate, 0.3)


def _bright(size: int, seed: int, width: int) -> Wave:
    """Noise without its low end."""
    full = noise(size, seed)
    return full - smooth(full, width)
