"""From notes to sound: every note is played into its place, a hall answers, the whole is brought to one loudness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import numpy as np

from studio.music import drums, tones
from studio.music.score import Note
from studio.music.waves import Wave, smooth

LOUDNESS = -16.0
"""In LUFS, the level that players and platforms expect."""

CEILING = 0.84
"""No sample goes beyond (-1.5 dB): encoding to AAC adds a little."""

FADE_SECONDS = 1.6
_BLOCK = 1 << 16
_STEP = 64

Play = Callable[[float, float, float, int], Wave]

VOICES: Mapping[str, Play] = {
    voice.__name__: voice
    for voice in (
        *(tones.pad, tones.strings, tones.spiccato, tones.brass, tones.piano, tones.electric, tones.pluck, tones.bell),
        *(tones.bass, drums.kick, drums.snare, drums.clap, drums.hat, drums.taiko, drums.swell, drums.crackle),
    )
}

_HALL = {"bass": 0.0, "kick": 0.03, "snare": 0.1, "hat": 0.05, "crackle": 0.0, "electric": 0.16, "taiko": 0.3}
"""How much of each voice goes into the hall; 0.25 for those that are not named."""


def perform(notes: Iterable[Note], beat: float, length: int, rate: int, hall_seconds: float) -> Wave:
    """Play all notes: two channels, `length` samples."""
    dry, wet = np.zeros((2, length), np.float32), np.zeros((2, length), np.float32)
    play = lru_cache(maxsize=64)(lambda voice, pitch, seconds, strength: VOICES[voice](pitch, seconds, strength, rate))
    for note in notes:
        wave = play(note.voice, note.pitch, round(note.length * beat, 3), round(note.strength, 2))
        start = round(note.start * beat * rate)
        if 0 <= start < length:
            _place(wave[: length - start], start, note.place, _HALL.get(note.voice, 0.25), dry, wet)
    _add_hall(wet, dry, hall_seconds, rate)
    return dry


def master(sound: Wave, rate: int) -> Wave:
    """Fade its end to silence, bring it to the loudness, hold its peaks."""
    fade = min(sound.shape[1] // 3, round(FADE_SECONDS * rate))
    sound[:, sound.shape[1] - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    gain = 10 ** ((LOUDNESS - loudness(sound, rate)) / 20) if sound.any() else 1.0
    sound *= np.float32(gain)
    _limit(sound, rate)
    return sound


def dull(sound: Wave, rate: int) -> Wave:
    """Without the highs, as from an old record."""
    window = max(1, round(rate / 8000))
    return np.stack([smooth(channel, window) for channel in sound])


def loudness(sound: Wave, rate: int) -> float:
    """The programme loudness in LUFS: blocks of 400 ms, weighted as ears do, without the quiet ones."""
    size = round(0.4 * rate)
    weights = _ear(np.fft.rfftfreq(size, 1 / rate))
    blocks = []
    for start in range(0, sound.shape[1], size):
        spectrum = np.fft.rfft(sound[:, start : start + size], size)
        blocks.append(2 * float(np.sum(np.abs(spectrum) ** 2 * weights)) / size**2)
    heard = [block for block in blocks if _lufs(block) > -70] or [1e-9]
    gate = _lufs(float(np.mean(heard))) - 10
    return _lufs(float(np.mean([block for block in heard if _lufs(block) > gate])))


def _place(wave: Wave, start: int, place: float, hall: float, dry: Wave, wet: Wave) -> None:
    angle = (place + 1) * np.pi / 4
    for channel, share in enumerate((np.cos(angle), np.sin(angle))):
        part = wave * np.float32(share)
        dry[channel, start : start + wave.size] += part
        if hall:
            wet[channel, start : start + wave.size] += part * np.float32(hall)


def _add_hall(wet: Wave, into: Wave, seconds: float, rate: int) -> None:
    """Convolve with a hall that is made of fading noise, another one for each ear, block by block."""
    size = round(seconds * rate)
    time = np.arange(size, dtype=np.float32) / rate
    random = np.random.default_rng(7)
    span = 1 << (_BLOCK + size - 1).bit_length()
    for channel in range(2):
        echo = random.standard_normal(size, np.float32) * np.exp(np.float32(-6.0 / seconds) * time)
        echo = np.convolve(echo, np.full(6, 1 / 6, np.float32), "same")
        echo[: rate // 60] *= np.linspace(0, 1, rate // 60, dtype=np.float32)
        response = np.fft.rfft(echo / np.sqrt(np.sum(echo**2)) * 1.6, span)
        for start in range(0, wet.shape[1], _BLOCK):
            block = np.fft.rfft(wet[channel, start : start + _BLOCK], span)
            answer = np.fft.irfft(block * response)[: wet.shape[1] - start]
            into[channel, start : start + answer.size] += answer.astype(np.float32)


def _limit(sound: Wave, rate: int) -> None:
    """Turn peaks down, ahead of time and smoothly, so that none is cut."""
    peaks = np.array([np.max(np.abs(sound[:, start : start + _STEP])) for start in range(0, sound.shape[1], _STEP)])
    needed = np.minimum(1, CEILING / np.maximum(peaks, 1e-9))
    reach = max(1, round(0.006 * rate / _STEP))
    around = np.pad(needed, 2 * reach + 1, mode="edge")
    lowest = np.min(np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 3), axis=1)
    gain = np.convolve(lowest, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
    centres = (np.arange(gain.size) + 0.5) * _STEP
    for start in range(0, sound.shape[1], _BLOCK):  # by blocks: a long piece shares its memory with two encoders
        part = sound[:, start : start + _BLOCK]
        part *= np.interp(np.arange(start, start + part.shape[1]), centres, gain).astype(np.float32)


def _ear(frequencies: Wave) -> Wave:
    """The weights of ITU-R BS.1770 for power: less bass, more presence."""
    low = frequencies**4 / (frequencies**2 + 38.1**2) ** 2
    shelf = 10 ** (0.4 / (1 + (1681 / np.maximum(frequencies, 1.0)) ** 4))
    return np.asarray(low * shelf)


def _lufs(power: float) -> float:
    return -0.691 + 10 * float(np.log10(max(power, 1e-12)))
