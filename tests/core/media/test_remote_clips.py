"""A video that lies elsewhere is known by its beginning, or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.media.videos import Videos
from tests.wire.films import SECONDS, SIZE, film

URL = "https://cdn.example/v.mp4"
WHOLE = len(film())


def beginning(folder: Path, data: bytes) -> Path:
    path = folder / "beginning.mp4"
    path.write_bytes(data)
    return path


def test_the_beginning_tells_what_a_platform_would_play(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    part = film()[: WHOLE * 3 // 4]
    clip = runner.run(videos.remote_clip_of(URL, beginning(tmp_path, part), WHOLE, edge=100))
    assert clip is not None
    assert (clip.url, clip.width, clip.height, clip.size) == (URL, *SIZE, WHOLE)
    assert clip.seconds == pytest.approx(SECONDS, abs=0.1)
    assert clip.thumbnail is not None
    assert clip.thumbnail.read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "data",
    [
        film(fast=False),  # the index at the end
        film(sound=False),  # which some platforms take for an animation
        film()[:200],  # cut off inside the index
        b"<html>expired</html>" * 50,
        b"",
    ],
)
def test_what_cannot_be_told_or_played_is_none(
    data: bytes, runner: asyncio.Runner, videos: Videos, tmp_path: Path
) -> None:
    assert runner.run(videos.remote_clip_of(URL, beginning(tmp_path, data), max(WHOLE, len(data)))) is None
