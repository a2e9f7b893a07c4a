"""Albums: their parts are one message however they come, and in a group only if it is for the bot."""

from __future__ import annotations

import pytest

from core.jobs import Phase
from studio.faults import Endpoint
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("spoken", [0, 1, 2])
async def test_an_albums_parts_are_one_message_whichever_has_the_words(build: Build, spoken: int) -> None:
    async with build() as home:
        anna = home.person()
        for part in range(3):
            await anna.sends(WISH if part == spoken else "", photos=1, album="a1")
        await anna.gets_video()
        assert home.wishes == {WISH: 1}
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 3
        assert len(home.room.messages) == 2


async def test_a_straggler_of_an_album_is_uploaded_and_offered(build: Build) -> None:
    async with build(generation_seconds=0.3) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1, album="a1")
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.sends(photos=1, album="a1")
        offer = await anna.sees("1 more photo came, add it?")
        assert offer.labels == ["Add", "Leave out"]
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        await anna.presses("Add")
        await anna.gets_video(2)
        assert home.wishes == {WISH: 1, "Add the new photo to the video": 1}


async def test_in_a_group_an_album_counts_when_one_part_is_for_the_bot(build: Build) -> None:
    async with build() as home:
        anna = home.person(private=False)
        await anna.sends(photos=1, album="a1", addressed=False)
        await anna.sends(WISH, photos=1, album="a1", addressed=True)
        await anna.sends(photos=1, album="a1", addressed=False)
        await anna.gets_video()
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 3


async def test_in_a_group_an_album_for_others_is_none_of_our_business(build: Build) -> None:
    async with build() as home:
        anna = home.person(private=False)
        last = await anna.sends("look", photos=1, album="a1", addressed=False)
        await anna.is_done_with(last, Phase.DONE)
        assert home.room.messages == []
        assert home.room.opened == []
        assert home.studio.ledger.calls == []


async def test_in_a_group_what_is_not_for_the_bot_is_not_even_kept(build: Build) -> None:
    async with build() as home:
        anna = home.person(private=False)
        message = await anna.sends("a video of these would be nice", addressed=False)
        assert await anna.job(message) is None
