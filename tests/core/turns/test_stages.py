"""Results in two stages, photos that come late, and how long it is likely to take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from core.estimates import Stage
from core.jobs import Phase
from studio.faults import Answer, Endpoint
from studio.serve import Studio
from tests.core.fuses import Fuse
from tests.core.house import TIMES, House, Premises, SlowRenderer
from tests.core.turns.conftest import Build
from tests.core.turns.kills import fragile
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music and the title Lisbon"


# --- the clip first, music and titles after ---------------------------------------------------------------------------


async def goes_on(backend: Studio) -> None:
    """Wait until the agent has had its afterthought, and let the render of the first clip end only then."""
    for _ in range(3000):
        sessions = backend.backend.sessions._sessions.values()
        if sessions and all(len(session.past) == 1 for session in sessions):
            SlowRenderer.finish.set()
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the agent had no afterthought")


async def test_the_clip_is_shown_first_and_what_comes_after_follows_by_itself(build: Build) -> None:
    SlowRenderer.finish = asyncio.Event()
    async with build(afterthought_seconds=1.0, claim=False, renderer=SlowRenderer) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await anna.saw("Rendering 40 %")
        await goes_on(home.studio)
        await anna.gets_video(2)
        await anna.is_done_with(message, Phase.DONE)
        first, second = home.room.videos
        assert first.text == "6 s · 1920×1080"
        assert second.text == "Lisbon · 6 s · 1920×1080"
        told = home.room.messages[2]
        assert told.text.startswith("The video service has added more, so a new video follows.")
        assert "Lisbon" in told.text
        assert [one.video is not None for one in home.room.messages] == [False, True, False, True]
        assert len(home.studio.ledger.runs) == 1


async def test_where_nothing_comes_after_nothing_is_said(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await anna.is_done_with(message, Phase.DONE)
        last = await anna.sends("what can you do?")
        await anna.is_done_with(last, Phase.DONE)
        assert len(home.room.videos) == 1


async def test_a_backend_that_is_away_then_spoils_nothing(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.studio.faults.order(Endpoint.STATE, Answer(502), skip=2)
        message = await anna.sends(WISH, photos=1)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.messages) == 2


async def test_what_comes_after_can_be_undone_like_any_change(build: Build) -> None:
    SlowRenderer.finish = asyncio.Event()
    async with build(afterthought_seconds=1.0, renderer=SlowRenderer) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await goes_on(home.studio)
        second = await anna.gets_video(2)
        assert second.text.startswith("Lisbon · ")
        undo = await anna.sends("undo")
        await anna.is_done_with(undo, Phase.DONE)
        assert home.room.videos[-1].text.startswith("6 s")


async def follow_on(ground: Premises, folder: Path, backend: Studio, fuse: Fuse) -> House:
    async with fragile(ground, folder, backend) as home:
        first = home.start(fuse)
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await goes_on(backend)
        await home.outlives(first, fuse, anna.is_done_with(message))
        last = await anna.sends("what can you do?")
        await anna.is_done_with(last, Phase.DONE)
        return home


async def test_a_kill_when_more_has_come_shows_each_video_once(ground: Premises, tmp_path: Path) -> None:
    for point in ("before FOLLOW", "after FOLLOW"):
        SlowRenderer.finish = asyncio.Event()
        folder = tmp_path / point.replace(" ", "-")
        async with studio(folder / "studio", afterthought_seconds=1.0, renderer=SlowRenderer) as backend:
            home = await follow_on(ground, folder, backend, Fuse(at=point))
            assert [video.text.partition(" · ")[0] for video in home.room.videos] == ["6 s", "Lisbon"]
            assert "Sent again" not in home.room.everything
            assert home.wishes == {WISH: 1, "what can you do?": 1}


# --- photos that come late --------------------------------------------------------------------------------------------


async def test_a_photo_that_comes_while_the_agent_works_is_uploaded_and_offered(build: Build) -> None:
    async with build(generation_seconds=0.4) as home:
        anna = home.person()
        await anna.sends("a 6-second slideshow of these", photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        late = anna.photos(1)
        await anna.sends(attachments=late)
        offer = await anna.sees("1 more photo came, add it?")
        assert offer.labels == ["Add", "Leave out"]
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        await anna.presses("Add")
        await anna.gets_video(2)
        assert home.studio.ledger.runs[-1].text.startswith("Add the new photo to the video\n[Photos in the order")
        assert home.studio.ledger.runs[-1].text.endswith(f"New: 2. {late[0].name}.]")
        assert "1 new photo is in the video now" in home.room.everything


async def test_several_that_come_late_are_offered_together(build: Build) -> None:
    async with build(generation_seconds=0.4) as home:
        anna = home.person()
        await anna.sends("a 6-second slideshow of these", photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.sends(photos=1)
        await anna.sends(photos=1)
        await anna.sees("2 more photos came, add them?")
        await anna.presses("Add")
        await anna.gets_video(2)
        assert home.studio.ledger.runs[-1].text.startswith("Add the new photos to the video\n")


async def test_a_photo_that_comes_after_the_answer_is_asked_about_anew(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends("a 6-second slideshow of these", photos=1)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sends(photos=1)
        await anna.sees("Got 1 photo. What should I make of it?")


async def test_a_late_photo_with_words_needs_no_question(build: Build) -> None:
    async with build(generation_seconds=0.4) as home:
        anna = home.person()
        await anna.sends("a 6-second slideshow of these", photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.sends("add this one", photos=1)
        await anna.gets_video(2)
        assert "add it?" not in home.room.everything


# --- how long it takes ------------------------------------------------------------------------------------------------


async def learnt(home: House, stage: Stage, seconds: float, times: int = 10) -> None:
    for _ in range(times):
        await home.shop.durations.note(stage.value, seconds)


async def test_the_time_that_is_left_comes_from_what_was_measured(build: Build) -> None:
    SlowRenderer.finish = asyncio.Event()
    async with build(renderer=SlowRenderer, generation_seconds=0.4) as home:
        await learnt(home, Stage.GENERATION, 35.0)
        await learnt(home, Stage.RENDER, 170.0)
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await anna.saw("Ready! Working on it… · about 40 s left")
        await anna.saw("Rendering 40 % · about 3 min left")
        SlowRenderer.finish.set()
        await anna.gets_video()
        assert "Almost there: preparing the video… ·" not in home.room.everything
        assert "left" not in home.room.texts[0]


async def test_what_is_nearly_done_is_not_said_to_take_as_long_as_others_did(build: Build) -> None:
    class Nearly(SlowRenderer):
        finish = asyncio.Event()
        share = 0.98

    async with build(renderer=Nearly) as home:
        await learnt(home, Stage.RENDER, 170.0)
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await anna.saw("Rendering 98 %")
        Nearly.finish.set()
        await anna.gets_video()
        assert "Rendering 98 % · about 3 min left" not in home.room.everything


async def test_with_nine_samples_nothing_is_said(build: Build) -> None:
    async with build(generation_seconds=0.2) as home:
        await learnt(home, Stage.GENERATION, 35.0, 9)
        await learnt(home, Stage.RENDER, 35.0, 9)
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await anna.is_done_with(message, Phase.DONE)
        assert "left" not in home.room.everything


async def test_what_took_longer_than_usual_has_no_number(build: Build) -> None:
    async with build(generation_seconds=3.0, times=replace(TIMES, tick=0.02)) as home:
        await learnt(home, Stage.GENERATION, 1.0)
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await anna.saw("about 10 s left")
        status = home.room.messages[0]
        await home.room.until(lambda: status.text == "Let me put your video together.")


async def test_each_stage_is_measured_once_and_by_its_kind(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        for wish, photos in ((WISH, 1), ("slower", 0), ("what can you do?", 0)):
            message = await anna.sends(wish, photos=photos)
            await anna.is_done_with(message, Phase.DONE)
        measured = {stage: len(await home.shop.durations.recent(stage.value)) for stage in Stage}
        assert measured == {Stage.GENERATION: 1, Stage.EDIT: 1, Stage.RENDER: 2}


async def test_a_question_before_there_are_photos_is_given_no_time(build: Build) -> None:
    async with build() as home:
        await learnt(home, Stage.GENERATION, 35.0)
        anna = home.person()
        message = await anna.sends("what can you do?")
        await anna.is_done_with(message, Phase.DONE)
        assert "left" not in home.room.everything
