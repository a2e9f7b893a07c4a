"""What is said while a turn runs: noted, in order, and nobody else's business; a long silence is explained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs import Phase
from tests.core.house import TIMES
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH, made

pytestmark = pytest.mark.anyio


async def test_noted_is_said_only_behind_a_running_turn_and_turns_keep_their_order(build: Build) -> None:
    async with build(generation_seconds=0.4) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.sends("slower")
        await anna.sees("Noted, next in line.")
        await anna.gets_video(2)
        assert list(home.wishes) == [WISH, "slower"]


async def test_a_sentence_that_joins_its_photos_is_not_noted(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=2)
        await anna.sends(WISH)
        await anna.gets_video()
        assert "Noted" not in home.room.everything


async def test_chats_do_not_wait_for_each_other(build: Build) -> None:
    async with build(generation_seconds=1.0) as home:
        anna, bob = home.person("anna", "1"), home.person("bob", "2")
        slow = await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        quick = await bob.sends("what can you do?")
        await bob.is_done_with(quick, Phase.DONE)
        job = await anna.job(slow)
        assert job is not None
        assert not job.phase.ended
        await anna.gets_video()


async def test_still_working_is_said_after_a_silence(build: Build) -> None:
    async with build(times=replace(TIMES, quiet=0.1), generation_seconds=0.5) as home:
        await made(home)
        assert "Let me put your video together.\n\n⏳ Still working... (1 min)" in home.room.everything
