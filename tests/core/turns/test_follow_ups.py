"""The conversation goes on: a change makes a new video, an export the same again, a new project begins anew."""

from __future__ import annotations

import pytest

from studio.faults import Endpoint
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH, made, make

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wish", "seen"),
    [
        ("slower", "8 s · "),
        ("make it vertical", "1080×1920"),
        ("lower the music to 20%", "20"),
        ("remove the title", "6 s · "),
    ],
)
async def test_each_follow_up_gives_a_new_video(build: Build, wish: str, seen: str) -> None:
    async with build() as home:
        anna = home.person()
        await make(anna, f"{WISH} and the title Lisbon")
        before = len(home.room.messages)
        await make(anna, wish, photos=0)
        assert len(home.room.videos) == 2
        assert home.wishes[wish] == 1
        assert any(seen in message.text for message in home.room.messages[before:])


async def test_a_silent_edit_is_told_in_words(build: Build) -> None:
    async with build(silent_edits=True) as home:
        anna = await made(home)
        await make(anna, "add the title Paradise Found", photos=0)
        status = home.room.messages[2]
        assert "Paradise Found" in status.text
        assert len(home.room.videos) == 2
        assert home.room.videos[1].text.startswith("Paradise Found · ")


async def test_what_changes_nothing_is_answered_without_a_video(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await make(anna, "what is the weather like in Lisbon?", photos=0)
        assert len(home.room.videos) == 1
        assert home.room.messages[-1].text


@pytest.mark.parametrize("word", ["export", "send me the video", "导出"])
async def test_export_by_word_brings_the_video_again_without_the_agent(build: Build, word: str) -> None:
    async with build() as home:
        anna = await made(home)
        await make(anna, word, photos=0)
        assert len(home.room.videos) == 2
        assert home.wishes == {WISH: 1}


async def test_export_by_command(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.commands("export")
        await anna.gets_video(2)
        assert home.wishes == {WISH: 1}


async def test_nothing_to_export(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("export")
        await anna.sees("There is nothing to export yet.")
        assert home.studio.ledger.runs == []


async def test_a_new_project_knows_nothing_of_the_old_one(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.sends(photos=1)
        await anna.sees("Got 1 photo")
        await anna.commands("new")
        await anna.sees("A new project.")
        await make(anna, photos=1)
        sessions = {run.session for run in home.studio.ledger.runs}
        assert len(sessions) == 2
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 4
        assert "1 photo," in home.room.everything


async def test_video_command_is_the_main_job(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=2)
        await anna.sees("What should I make")
        await anna.commands("video", "a calm slideshow of these")
        await anna.gets_video()
        assert home.wishes == {"a calm slideshow of these": 1}
