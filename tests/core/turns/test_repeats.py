"""An export of what the last video shows already is that video again, without a render and without its bytes."""

from __future__ import annotations

import pytest

from core.errors import OutcomeUnknown, Refused
from core.jobs import Phase
from core.messages import LocalClip, SentClip
from studio.faults import Endpoint
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import made, make

pytestmark = pytest.mark.anyio


async def test_the_same_video_again_comes_by_its_handle(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        first = home.room.videos[0]
        assert isinstance(first.video, LocalClip)
        for number in (2, 3):
            await anna.is_done_with(await anna.commands("export"), Phase.DONE)
            again = await anna.gets_video(number)
            clip = again.video
            assert isinstance(clip, SentClip)
            assert (clip.width, clip.height, clip.seconds, clip.size) == (
                1920,
                1080,
                first.video.seconds,
                first.video.size,
            )
            assert again.text == first.text
            assert [one.label for one in again.choices] == [one.label for one in first.choices]
        assert home.studio.ledger.count(Endpoint.RENDER) == 1


async def test_after_a_change_it_is_rendered(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.commands("settings", "export off")
        await make(anna, "slower", photos=0)
        await anna.commands("export")
        assert isinstance((await anna.gets_video(2)).video, LocalClip)
        assert home.studio.ledger.count(Endpoint.RENDER) == 2


async def test_where_the_handle_is_not_taken_any_more_it_is_rendered_again(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.room.fail("send_video", Refused("wrong file identifier"))
        await anna.is_done_with(await anna.commands("export"), Phase.DONE)
        assert isinstance((await anna.gets_video(2)).video, LocalClip)
        assert home.studio.ledger.count(Endpoint.RENDER) == 2


async def test_a_repeat_whose_answer_was_lost_leaves_no_second_unmarked_copy(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.room.fail("send_video", OutcomeUnknown("by plan"), effect=True)
        await anna.is_done_with(await anna.commands("export"), Phase.DONE)
        await anna.sees("I can't tell whether")
        assert len(home.room.videos) == 2
        assert home.studio.ledger.count(Endpoint.RENDER) == 1


async def test_a_reply_to_the_repeat_means_what_it_shows(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.is_done_with(await anna.commands("export"), Phase.DONE)
        record = await home.record(anna)
        assert record.video is not None
        assert record.video.message_id == home.room.videos[1].id
        assert [one.message_id for one in record.older] == [home.room.videos[0].id]
        assert record.older[0].draft == record.video.draft
