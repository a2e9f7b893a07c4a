"""Sounds under a film: as long and as loud as ordered, without a click."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.render import Mood, Music, Plan, Shot, Sound, SourceUnreadable, render
from tests.studio.render.reels import plain, samples, tone, unheard

RATE = 48_000


def heard(folder: Path, sound: Music | Sound, seconds: float) -> np.ndarray:
    """What a video of so many seconds sounds like."""
    plan = Plan(64, 36, 10, (Shot(plain(folder / "a.png", (9, 9, 9)), seconds),), sound=sound)
    render(plan, folder / "out.mp4", folder / "work", unheard)
    return samples(folder / "out.mp4")


def level(sound: np.ndarray, start: float, stop: float) -> float:
    """The mean level (RMS) between two times."""
    return float(np.sqrt(np.mean(sound[:, round(start * RATE) : round(stop * RATE)] ** 2)))


def test_a_short_sound_is_repeated_and_a_long_one_is_cut(tmp_path: Path) -> None:
    for length in (1.0, 9.0):
        sound = heard(tmp_path, Sound(tone(tmp_path / f"{length}.wav", length)), 4)
        assert sound.shape == (2, pytest.approx(4 * RATE, abs=1024))
        levels = [level(sound, start, start + 0.1) for start in np.arange(0.2, 2.6, 0.1)]
        assert min(levels) > 0.6 * max(levels)


def test_an_uploaded_sound_fades_out_at_the_end(tmp_path: Path) -> None:
    sound = heard(tmp_path, Sound(tone(tmp_path / "a.wav", 6)), 4)
    assert level(sound, 3.9, 4.0) < 0.05 * level(sound, 1, 2)


def test_a_quieter_sound_is_quieter(tmp_path: Path) -> None:
    loud = level(heard(tmp_path, Sound(tone(tmp_path / "a.wav", 4)), 3), 0.5, 1.5)
    soft = level(heard(tmp_path, Sound(tmp_path / "a.wav", 0.2), 3), 0.5, 1.5)
    assert soft == pytest.approx(0.2 * loud, rel=0.05)


def test_a_seam_does_not_click(tmp_path: Path) -> None:
    sound = heard(tmp_path, Sound(tone(tmp_path / "a.wav", 1.0, 333.3)), 4)
    steepest = 0.5 * 2 * np.pi * 333.3 / RATE
    assert np.abs(np.diff(sound)).max() < 2.5 * steepest


def test_the_volume_of_music_can_be_set_to_nothing(tmp_path: Path) -> None:
    assert np.abs(heard(tmp_path, Music(Mood.LOFI, 0.0), 2)).max() < 1e-3


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVE", b"no sound"])
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(SourceUnreadable) as caught:
        heard(tmp_path, Sound(tmp_path / "a.wav"), 1)
    assert caught.value.source == tmp_path / "a.wav"


def test_a_missing_sound_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable) as caught:
        heard(tmp_path, Sound(tmp_path / "missing.wav"), 1)
    assert caught.value.source == tmp_path / "missing.wav"
