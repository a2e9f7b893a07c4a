"""Storyboards as people see them: the clips' own pictures at their places, and a plain tile for whatever is missing."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from PIL import Image

from core.drafts import Timeline, read
from core.errors import BackendAway
from core.media import lettering
from core.media.boards import lay_out
from core.media.marks import Still
from core.media.storyboard import Fetch, StoryboardLimits, Storyboards, is_visible, open_storyboards
from core.nemo.downloads import Wanted
from tests.core.media import reel
from tests.core.media.album import png, quadrants, saved

PLAIN = (0x2B, 0x34, 0x47)
Colour = tuple[int, int, int]
Draw = Callable[[Timeline, Fetch], Image.Image]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def storyboards(runner: asyncio.Runner, work: Path) -> Iterator[Storyboards]:
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(open_storyboards(work, StoryboardLimits(fetch_seconds=10.0))))
    runner.run(stack.aclose())


@pytest.fixture
def draw(runner: asyncio.Runner, storyboards: Storyboards, work: Path) -> Draw:
    """Draws, and sees to it that nothing is left behind."""

    def drawn(timeline: Timeline, fetch: Fetch) -> Image.Image:
        data = runner.run(storyboards.draw(timeline, fetch))
        assert data
        assert len(data) <= 300_000
        assert list(work.iterdir()) == []
        return Image.open(io.BytesIO(data), formats=["JPEG"])

    return drawn


def timeline(*names: str, film: bool = False, title: str = "") -> Timeline:
    """Clips of 3 s each; the file of each lies where its name says."""
    kind = "video" if film else "image"
    clips = [
        {"s": 3000 * place, "d": 3000, "m": {"name": name, "media_type": kind, "url": f"https://x/{name}?sig=s{place}"}}
        for place, name in enumerate(names)
    ]
    titles = {"tt": 7, "sg": [{"s": 0, "d": 3000, "m": {"text": title}}]}
    return read({"t": [{"tt": 0, "sg": clips}, titles]}, {"width": 1920, "height": 1080})


def files(**found: bytes) -> Fetch:
    """Brings these files, by the name before the dot, and no others."""

    async def fetch(address: str, path: Path, wanted: Wanted) -> None:
        name = address.rpartition("/")[2].partition(".")[0]
        if name not in found:
            raise BackendAway("GET source URL", "nothing there")
        path.write_bytes(found[name])

    return fetch


def flat(colour: Colour, size: tuple[int, int] = (800, 600)) -> bytes:
    return saved(Image.new("RGB", size, colour), "JPEG")


def tiles(shown: Timeline, picture: Image.Image) -> list[Colour]:
    """The colours in the tiles, well away from numbers, symbols and signs."""
    board = lay_out(shown)
    assert board
    assert picture.size == (board.width, board.height)
    stills = [mark for mark in board.marks if isinstance(mark, Still)]
    return [colour_at(picture, still.x + 30, still.y + still.height - 20) for still in stills]


def colour_at(picture: Image.Image, x: int, y: int) -> Colour:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return int(pixel[0]), int(pixel[1]), int(pixel[2])


def alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def test_each_clip_shows_its_own_picture(draw: Draw) -> None:
    shown = timeline("red.jpg", "blue.png", "red.jpg")
    blue = saved(Image.new("RGB", (300, 900), (20, 40, 200)), "PNG")
    picture = draw(shown, files(red=flat((200, 30, 20)), blue=blue))
    found = tiles(shown, picture)
    assert alike(found[0], (200, 30, 20))
    assert alike(found[1], (20, 40, 200))
    assert alike(found[2], (200, 30, 20))


def test_pictures_stand_upright(draw: Draw) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    shown = timeline("turned.jpg")
    picture = draw(shown, files(turned=saved(quadrants(400, 300), "JPEG", exif=exif)))
    assert alike(tiles(shown, picture)[0], (30, 200, 40)), "upside down, green is at the bottom left"


def test_what_shines_through_lies_on_the_colour_of_a_tile(draw: Draw) -> None:
    shown = timeline("clear.png")
    clear = saved(Image.new("RGBA", (300, 300), (255, 0, 0, 0)), "PNG")
    assert alike(tiles(shown, draw(shown, files(clear=clear)))[0], PLAIN)


def test_a_video_shows_one_of_its_frames(draw: Draw, tmp_path: Path) -> None:
    shown = timeline("film.mp4", film=True)
    green = Image.new("RGB", (320, 180), (20, 160, 40))
    data = reel.clip(tmp_path / "film.mp4", paint=lambda _: green).read_bytes()
    assert alike(tiles(shown, draw(shown, files(film=data)))[0], (20, 160, 40))


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"<html>not here</html>",
        flat((0, 200, 0))[:300],
        png(16_000, 11_000),
        b"\x00\x00\x00\x18ftypisom" + bytes(4000),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
    ids=["empty", "html", "cut", "177 megapixels", "no video", "postscript"],
)
def test_what_cannot_be_decoded_is_a_plain_tile_and_the_others_are_shown(draw: Draw, bad: bytes) -> None:
    shown = timeline("bad.jpg", "good.jpg")
    found = tiles(shown, draw(shown, files(bad=bad, good=flat((200, 30, 20)))))
    assert alike(found[0], PLAIN)
    assert alike(found[1], (200, 30, 20))


def test_what_is_not_to_be_had_is_a_plain_tile(draw: Draw) -> None:
    shown = timeline("gone.jpg", "good.jpg")
    found = tiles(shown, draw(shown, files(good=flat((200, 30, 20)))))
    assert alike(found[0], PLAIN)
    assert alike(found[1], (200, 30, 20))


def test_what_takes_too_long_is_not_waited_for(runner: asyncio.Runner, work: Path) -> None:
    shown = timeline("slow.jpg", "slower.jpg")

    async def never(address: str, path: Path, wanted: Wanted) -> None:
        path.write_bytes(b"\xff\xd8\xff half")
        await asyncio.Event().wait()

    async def drawn() -> bytes | None:
        async with asyncio.timeout(30), open_storyboards(work, StoryboardLimits(fetch_seconds=0.05)) as storyboards:
            return await storyboards.draw(shown, never)

    data = runner.run(drawn())
    assert data
    assert all(alike(colour, PLAIN) for colour in tiles(shown, Image.open(io.BytesIO(data))))
    assert list(work.iterdir()) == []


def test_only_a_few_are_fetched_at_once_and_not_too_many_in_all(runner: asyncio.Runner, work: Path) -> None:
    asked: list[str] = []
    now, most = 0, 0

    async def fetch(address: str, path: Path, wanted: Wanted) -> None:
        nonlocal now, most
        asked.append(address)
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0)
        now -= 1
        raise BackendAway("GET source URL", "nothing there")

    async def drawn() -> bytes | None:
        async with open_storyboards(work) as storyboards:
            return await storyboards.draw(timeline(*(f"{number}.jpg" for number in range(40))), fetch)

    assert runner.run(drawn())
    assert len(asked) == 24
    assert most == 4


def test_addresses_are_fetched_with_their_signatures_and_only_pictures_and_videos_are_wanted(draw: Draw) -> None:
    asked: list[tuple[str, Wanted]] = []

    async def fetch(address: str, path: Path, wanted: Wanted) -> None:
        asked.append((address, wanted))
        raise OSError

    draw(timeline("a.jpg"), fetch)
    [(address, wanted)] = asked
    assert address == "https://x/a.jpg?sig=s0"
    assert wanted.most == 25_000_000
    assert wanted.fits(flat((0, 0, 0))[:512])
    assert not wanted.fits(b"ID3\x04 music")
    assert not is_visible(b"<svg xmlns=")


def test_an_empty_timeline_is_not_drawn(runner: asyncio.Runner, storyboards: Storyboards) -> None:
    assert runner.run(storyboards.draw(Timeline(), files())) is None


def test_a_machine_that_cannot_write_draws_nothing_and_says_so(runner: asyncio.Runner, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    async def drawn() -> bytes | None:
        async with open_storyboards(tmp_path / "file" / "folder") as storyboards:
            return await storyboards.draw(timeline("a.jpg"), files())

    assert runner.run(drawn()) is None


def test_noise_is_kept_within_its_bytes(draw: Draw) -> None:
    names = [f"n{number}.jpg" for number in range(16)]
    noise = saved(Image.effect_noise((420, 420), 90).convert("RGB"), "JPEG", quality=95)
    draw(timeline(*names), files(**{name.partition(".")[0]: noise for name in names}))


@pytest.mark.parametrize(
    "text", ["里斯本的日落", "夏の思い出", "서울의 밤", "été à Zürich", "Москва", "صورة", "תמונה", "ภาพ", "फोटो", "🎉"]
)
def test_every_script_has_its_letters(text: str) -> None:
    written = "".join(run.text for run in lettering.runs(text, 40))
    assert sorted(written) == sorted(text)


def test_what_no_font_has_is_left_out() -> None:
    assert "".join(run.text for run in lettering.runs("a\U00012000b\x07c", 40)) == "abc"


def test_a_long_name_keeps_its_beginning_and_its_end_within_its_room() -> None:
    short = lettering.shorten("IMG_20240512_183042_final", 40, 260)
    assert short.startswith("IMG")
    assert short.endswith("al")
    assert "…" in short
    assert lettering.width_of(short, 40) <= 260
    assert lettering.shorten("里斯本的日落与海边的散步", 40, 200).count("…") == 1
    assert lettering.shorten("x" * 100_000, 40, 200).endswith("x")
    assert lettering.shorten("anything", 40, 5) == ""
    assert lettering.shorten("cat", 40, 500) == "cat"
