"""Pictures made to hurt: each costs one clear fact, and neither memory, a process nor a file is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import errors
from core.media.pictures import PictureLimits, open_pictures
from tests.core.media import album
from tests.core.media.conftest import Prepare
from tests.core.media.processes import Ours, linux_only, state_of, wait_until

ROOT = Path(__file__).parents[3]
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A PNG of 177 megapixels in less than half a megabyte."""
    data = album.png(13_312, 13_312)
    assert len(data) < 500_000
    return data


def gif(width: int, height: int) -> bytes:
    data = album.saved(album.quadrants().quantize(8), "GIF")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


NOISE = album.saved(Image.effect_noise((300, 300), 90), "PNG")


def jpeg() -> bytes:
    return album.saved(album.quadrants(800, 600), "JPEG")


WRONG: dict[str, tuple[bytes, type[errors.FileError]]] = {
    "nothing": (b"", errors.EmptyFile),
    "a text named .heic": (b"I am a text that calls itself a photo", errors.UnknownFormat),
    "EPS named .jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", errors.UnknownFormat),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', errors.UnknownFormat),
    "TIFF": (album.saved(album.quadrants(), "TIFF"), errors.UnknownFormat),
    "BMP": (album.saved(album.quadrants(), "BMP"), errors.UnknownFormat),
    "a page": (b"<!doctype html><title>502</title>", errors.UnknownFormat),
    "a video": (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", errors.UnknownFormat),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], errors.BrokenFile),
    "the head of a JPEG": (jpeg()[:20], errors.BrokenFile),
    "half a PNG": (NOISE[: len(NOISE) // 2], errors.BrokenFile),
    "a PNG of garbage": (NOISE[:1000] + os.urandom(9_000), errors.BrokenFile),
    "half a WEBP": (album.saved(Image.effect_noise((300, 300), 90), "WEBP")[:3000], errors.BrokenFile),
    "half a HEIC": ((album.DATA / "plain.heic").read_bytes()[:600], errors.BrokenFile),
    "the head of a HEIC": ((album.DATA / "plain.heic").read_bytes()[:200], errors.BrokenFile),
    "half a GIF": (album.saved(Image.effect_noise((300, 300), 90), "GIF")[:2000], errors.BrokenFile),
    "a HEIC of 100 megapixels": ((album.DATA / "hundred-megapixels.heic").read_bytes(), errors.TooManyPixels),
    "a GIF as large as it gets": (gif(65_535, 65_535), errors.TooManyPixels),
    "a PNG that says it is huge": (album.png(1, 1)[:16] + b"\x7f" * 8 + album.png(1, 1)[24:], errors.BrokenFile),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_wrong_file_is_one_clear_fact_and_its_neighbour_is_fine(prepare: Prepare, what: str) -> None:
    data, error = WRONG[what]
    with pytest.raises(errors.FileError) as caught:
        prepare(data, "IMG_7.heic")
    assert type(caught.value) is error
    assert caught.value.name == "IMG_7.heic"
    assert prepare(jpeg()).mime == "image/jpeg"


def test_a_png_bomb_is_refused_by_its_header(prepare: Prepare, bomb: bytes) -> None:
    with pytest.raises(errors.TooManyPixels) as caught:
        prepare(bomb)
    assert caught.value.pixels == 13_312 * 13_312


def test_a_heic_that_lies_about_its_size_is_broken(prepare: Prepare) -> None:
    data = (album.DATA / "hundred-megapixels.heic").read_bytes()
    claim = b"ispe" + struct.pack(">III", 0, 10_000, 10_000)
    assert claim in data
    with pytest.raises(errors.BrokenFile):
        prepare(data.replace(claim, b"ispe" + struct.pack(">III", 0, 160, 120)))


def test_a_file_above_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(jpeg())

    async def scenario() -> None:
        async with open_pictures(PictureLimits(source_bytes=1000)) as pictures:
            await pictures.prepare(source, tmp_path, "a.jpg")

    with pytest.raises(errors.TooManyBytes) as caught:
        asyncio.run(scenario())
    assert (caught.value.limit, caught.value.size) == (1000, len(jpeg()))


def test_a_source_that_is_not_there_is_not_called_broken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_pictures() as pictures:
            await pictures.prepare(tmp_path / "gone", tmp_path, "a.jpg")

    with pytest.raises(FileNotFoundError):
        asyncio.run(scenario())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_as_such_and_nothing_is_left_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "source", tmp_path / "prepared"
    source.write_bytes(jpeg())
    target.mkdir()
    monkeypatch.setattr("secrets.token_hex", lambda _: "full")
    (target / "full.part").symlink_to("/dev/full")

    async def scenario() -> None:
        async with open_pictures() as pictures:
            await pictures.prepare(source, target, "a.jpg")

    with pytest.raises(OSError, match="No space left"):
        asyncio.run(scenario())
    assert list(target.iterdir()) == []


def test_nothing_is_left_in_the_folder_after_a_failure(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "prepared"
    source.write_bytes(jpeg()[:9000])
    target.mkdir()

    async def scenario() -> None:
        async with open_pictures() as pictures:
            with pytest.raises(errors.BrokenFile):
                await pictures.prepare(source, target, "a.jpg")

    asyncio.run(scenario())
    assert list(target.iterdir()) == []


def measured(*arguments: object) -> dict[str, Any]:
    """What the program `alone` says."""
    command = [sys.executable, "-m", "tests.core.media.alone", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@linux_only
def test_a_bomb_that_gets_past_the_pixel_limit_runs_into_the_memory_limit(tmp_path: Path) -> None:
    source = tmp_path / "bomb.png"
    source.write_bytes(album.png(7_000, 7_000, colour=2))  # 196 MB decoded
    confined = measured(160 * MEGABYTE, 10**9, source)
    assert confined["outcomes"] == ["BrokenFile"]
    assert confined["child"] < 160 * MEGABYTE
    free = measured(1200 * MEGABYTE, 10**9, source)
    assert free["outcomes"] == ["image/jpeg"]
    assert free["child"] > 190 * MEGABYTE


@linux_only
def test_the_program_itself_does_not_grow_with_the_pictures(tmp_path: Path) -> None:
    source = tmp_path / "large.jpg"
    source.write_bytes(album.saved(Image.new("RGB", (9_000, 6_000), album.RED), "JPEG"))
    facts = measured(1200 * MEGABYTE, 10**8, source, source)
    assert facts["outcomes"] == ["image/jpeg"] * 2
    assert 50 * MEGABYTE < facts["child"] < 210 * MEGABYTE  # the pixels alone 216 MB, were it decoded at its full size
    assert facts["parent_grew"] < 8 * MEGABYTE


@linux_only
def test_cancelling_in_the_middle_of_a_picture_leaves_no_process_and_no_file(
    ours: Ours, tmp_path: Path, bomb: bytes
) -> None:
    source, target = tmp_path / "source", tmp_path / "prepared"
    source.write_bytes(bomb)
    target.mkdir()

    async def scenario() -> None:
        async with open_pictures(PictureLimits(pixels=10**9), at_once=1) as pictures:
            await asyncio.to_thread(wait_until, lambda: len(ours()) == 1)
            (child,) = ours()
            await asyncio.to_thread(wait_until, lambda: state_of(child) == "S")
            preparing = asyncio.create_task(pictures.prepare(source, target, "a.png"))
            await asyncio.to_thread(wait_until, lambda: state_of(child) == "R")
            preparing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await preparing
            assert state_of(child) == ""

    asyncio.run(scenario())
    assert not ours()
    assert list(target.iterdir()) == []


def waiting_program() -> tuple[subprocess.Popen[str], int]:
    """A program in the middle of a job, like one started in a terminal, and the id of its child."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.core.media.alone", "wait"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    return program, int(program.stdout.readline())


@linux_only
def test_ctrl_c_in_a_terminal_ends_the_children_without_a_word() -> None:
    program, child = waiting_program()
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate(timeout=20) == ("", "thank you for choosing me\n")
    assert program.returncode == 130
    wait_until(lambda: state_of(child) == "")


@linux_only
def test_a_child_at_work_does_not_outlive_a_killed_program() -> None:
    program, child = waiting_program()
    program.kill()
    program.communicate(timeout=20)
    wait_until(lambda: state_of(child) in {"", "Z"})


def test_starting_the_program_loads_no_decoder() -> None:
    script = (
        "import sys, core.media.pictures, core.media.videos; print({'PIL', 'av', 'numpy', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
