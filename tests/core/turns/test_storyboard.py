"""/status and the Timeline button answer with a picture of the timeline, and with words where there can be none."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.drafts import read
from core.errors import NoRoom, OutboundError, OutcomeUnknown, Refused, TooLarge
from core.jobs import Phase
from core.media.boards import WIDTH, lay_out
from core.media.marks import Still
from studio.faults import Answer, Endpoint
from tests.core.chat import LIMITS, Shown
from tests.core.house import House, Person
from tests.core.media.album import saved
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"
COLOURS = ((200, 30, 20), (20, 40, 200))


async def made(home: House) -> Person:
    """Somebody who has got a video of a red and a blue photo."""
    anna = home.person()
    photos = [anna.photos(1, saved(Image.new("RGB", (400, 300), colour), "JPEG"))[0] for colour in COLOURS]
    message = await anna.sends(WISH, attachments=tuple(photos))
    await anna.is_done_with(message, Phase.DONE)
    return anna


async def status(anna: Person, text: str = "Timeline (2 tracks)") -> Shown:
    """What /status is answered with: a message that says so."""
    await anna.commands("status")
    return await anna.sees(text)


async def drawn_tiles(home: House, anna: Person, data: bytes) -> list[tuple[int, ...]]:
    """The colours in the middle of the tiles."""
    project = (await home.record(anna)).project
    assert project
    account = await home.shop.accounts.current()
    credential = home.shop.accounts.credential(account, home.shop.skills.all[0])
    state = await home.shop.nemo.state(credential, project.session_id)
    board = lay_out(read(state.draft, state.canvas))
    picture = Image.open(io.BytesIO(data), formats=["JPEG"])
    assert board
    assert picture.size == (WIDTH, board.height)
    stills = [mark for mark in board.marks if isinstance(mark, Still)]
    found = [picture.getpixel((still.x + 60, still.y + still.height - 40)) for still in stills]
    return [pixel for pixel in found if isinstance(pixel, tuple)]


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 16 for a, b in zip(one, other, strict=True))


async def test_status_shows_the_photos_on_the_timeline_with_the_words_below(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        shown = await status(anna)
        assert shown.text.endswith("Nothing is running.")
        tiles = await drawn_tiles(home, anna, shown.data)
        assert len(tiles) == 2
        assert all(near(tile, colour) for tile, colour in zip(tiles, COLOURS, strict=True))


async def test_the_timeline_button_shows_the_same(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("Timeline")
        shown = await anna.sees("Timeline (2 tracks)")
        assert len(await drawn_tiles(home, anna, shown.data)) == 2


async def test_photos_that_cannot_be_fetched_are_plain_tiles(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.faults.order(Endpoint.FILE, Answer(404), times=2)
        shown = await status(anna)
        tiles = await drawn_tiles(home, anna, shown.data)
        assert len(tiles) == 2
        assert tiles[0] == tiles[1]
        assert not near(tiles[0], COLOURS[0])


async def test_status_leaves_no_file_behind(build: Build, tmp_path: Path) -> None:
    async with build() as home:
        anna = await made(home)
        await status(anna)
        assert not [path for path in tmp_path.rglob("storyboard-*") if path.exists()]


@pytest.mark.parametrize(
    "error", [Refused("no pictures here"), TooLarge("too large"), NoRoom("full"), OutcomeUnknown("no answer")]
)
async def test_a_picture_that_is_not_taken_leaves_the_words(build: Build, error: OutboundError) -> None:
    async with build() as home:
        anna = await made(home)
        home.room.fail("send_picture", error)
        shown = await status(anna)
        assert shown.data == b""


async def test_words_that_are_too_long_for_a_caption_go_on_below(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.room.limits_now = replace(LIMITS, caption_chars=60)
        await anna.commands("status")
        last = await anna.sees("Nothing is running.")
        first = await anna.sees("Timeline (2 tracks)")
        assert first.data
        assert first is not last
        assert len({message.key for message in home.room.messages}) == len(home.room.messages)


async def test_an_empty_project_has_words_only(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=1)
        await anna.sees("What should I make of")
        shown = await status(anna, "The timeline is still empty.")
        assert shown.data == b""


async def test_a_backend_that_is_away_is_told_in_words(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.faults.order(Endpoint.STATE, Answer(502))
        shown = await status(anna, "Nothing is running.")
        assert shown.data == b""
