"""Videos that cannot be played, whatever is wrong with them: a clear fact, from every step."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core import errors
from core.media.children import open_children
from core.media.videos import VideoLimits, Videos, looks_like_mp4
from core.media.wire import Confinement
from tests.core.media import album, reel


def cut(part: float, *, fast: bool) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        data = reel.clip(path, seconds=1, fast=fast).read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        return path

    return make


def written(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def of_garbage(path: Path) -> Path:
    """An MP4 with an index that is right and pictures that are none."""
    data = bytearray(reel.clip(path, seconds=1, sound=False, fast=True).read_bytes())
    at = data.index(b"mdat") + 4
    data[at:] = b"\x5a" * (len(data) - at)
    path.write_bytes(data)
    return path


def of_another_file(path: Path) -> Path:
    """A playlist that points at a file of ours."""
    other = reel.clip(path.with_name("private.mp4"), seconds=1)
    path.write_text(f"#EXTM3U\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n")
    return path


def of_sound(path: Path) -> Path:
    return reel.tone(path, "mp4", "aac")


def too_large(path: Path) -> Path:
    size = (8_200, 4_320)
    return reel.clip(path, seconds=0.04, size=size, sound=False, codec="mjpeg", paint=lambda _: Image.new("RGB", size))


def of_no_time(path: Path) -> Path:
    """An MP4 all of whose durations say zero."""
    data = bytearray(reel.clip(path, seconds=0.2, sound=False).read_bytes())
    for kind, at in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        start = data.index(kind) + at
        data[start : start + 4] = bytes(4)
    table = data.index(b"stts") + 8
    (entries,) = struct.unpack_from(">I", data, table)
    for entry in range(entries):
        struct.pack_into(">I", data, table + 8 + entry * 8, 0)
    path.write_bytes(data)
    return path


WRONG = {
    "nothing": written(b""),
    "a page": written(b"<!doctype html><title>502 Bad Gateway</title>"),
    "a picture": written((album.DATA / "plain.heic").read_bytes()),
    "only a head": written(b"\0\0\0\x18ftypisom\0\0\2\0isommp41"),
    "cut before its index": cut(0.6, fast=False),
    "cut behind its index": cut(0.8, fast=True),
    "its last bytes missing": cut(0.999, fast=True),
    "garbage for pictures": of_garbage,
    "a playlist": of_another_file,
    "sound only": of_sound,
    "larger than 8K": too_large,
    "zero seconds": of_no_time,
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_played_is_told_as_such_by_every_step(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, what: str
) -> None:
    path = WRONG[what](tmp_path / "result.mp4")
    with pytest.raises(errors.NotPlayable) as caught:
        runner.run(videos.probe(path))
    assert caught.value.name == "result.mp4"
    assert caught.value.detail
    assert "Error" not in caught.value.detail  # foreseen
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(errors.NotPlayable):
        runner.run(videos.clip_of(path))
    assert {left.name for left in tmp_path.iterdir()} <= {"result.mp4", "private.mp4"}


def test_a_video_that_is_not_there_is_not_called_unplayable(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        runner.run(videos.probe(tmp_path / "gone.mp4"))


def test_only_an_mp4_looks_like_one(tmp_path: Path) -> None:
    assert looks_like_mp4(reel.clip(tmp_path / "clip.mp4", seconds=0.2).read_bytes()[:64])
    assert not looks_like_mp4(b"<!doctype html>")
    assert not looks_like_mp4(b"")


def test_a_decoder_with_a_bug_makes_a_video_unplayable_and_nothing_worse(tmp_path: Path) -> None:
    async def scenario() -> None:
        confinement = Confinement(memory=1 << 30, cpu_seconds=10, seconds=10)
        async with open_children("tests.core.media.odd_jobs", confinement, at_once=1, spare=1, warm=False) as children:
            videos = Videos(children, VideoLimits(seconds=0.3))
            with pytest.raises(errors.NotPlayable, match="ZeroDivisionError"):
                await videos.probe(tmp_path / "a.mp4")
            with pytest.raises(errors.NotPlayable, match="longer than"):
                await videos.to_m4a(tmp_path / "a.mp4", tmp_path / "a.m4a")

    asyncio.run(scenario())
