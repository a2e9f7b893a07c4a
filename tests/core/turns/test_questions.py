"""What the editor asks can be answered by a press or in words, and the answer reaches it in the same session."""

from __future__ import annotations

import pytest

from core.drafts import read
from core.jobs import Phase
from tests.core.chat import Shown
from tests.core.house import House, Person
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def asked(person: Person, wish: str = "put it first", question: str = "Which photo") -> Shown:
    """A video of three photos, and a wish that leaves open which of them is meant."""
    made = await person.sends("a 6-second slideshow", photos=3)
    await person.is_done_with(made, Phase.DONE)
    unclear = await person.sends(wish)
    await person.is_done_with(unclear, Phase.DONE)
    return await person.sees(question)


async def order(home: House, person: Person) -> list[str]:
    """The photos of the timeline at the backend, first to last."""
    project = (await home.record(person)).project
    assert project
    draft = home.studio.backend.sessions.current(project.session_id).draft
    return [segment.name.removesuffix(".jpg") for segment in read(draft or {}, {}).tracks[0].segments]


async def test_options_are_buttons_and_a_press_is_the_answer(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        question = await asked(anna)
        before = await order(home, anna)
        assert question.labels == before
        assert len(home.room.videos) == 1
        await anna.presses(before[2], on=question)
        await anna.gets_video(2)
        assert await order(home, anna) == [before[2], before[0], before[1]]
        assert len({run.session for run in home.studio.ledger.runs}) == 1


async def test_who_rather_writes_answers_too(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        question = await asked(anna)
        before = await order(home, anna)
        await anna.sends("the second one", reply_to=question.id)
        await anna.gets_video(2)
        assert await order(home, anna) == [before[1], before[0], before[2]]
        told = await anna.presses(before[2], on=question)
        assert told == "The project has moved on since. Just tell me what you want."


async def test_the_options_are_for_the_one_who_was_asked(build: Build) -> None:
    async with build() as home:
        anna, ben = home.person("anna", private=False), home.person("ben", private=False)
        made = await anna.sends("a 6-second slideshow", photos=2)
        await anna.is_done_with(made, Phase.DONE)
        await anna.is_done_with(await anna.sends("put it last", addressed=True))
        question = await anna.sees("Which photo")
        told = await ben.presses(question.labels[0], on=question)
        assert told == "This button is for the person who asked."


async def test_a_question_beside_a_new_video_keeps_its_buttons(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("make a slideshow and put it first", photos=2), Phase.DONE)
        question = await anna.sees("Which photo should come first?")
        assert question.text.startswith("Let me put your video together.")
        assert question.labels == await order(home, anna)
        assert len(home.room.videos) == 1


async def test_a_chinese_question_has_buttons(build: Build) -> None:
    async with build() as home:
        mei = home.person("mei", locale="zh-CN")
        question = await asked(mei, "把这张放到最后", "哪张照片放最后？")
        before = await order(home, mei)
        assert question.labels == before
        await mei.presses(before[0], on=question)
        await mei.gets_video(2)
        assert await order(home, mei) == [before[1], before[2], before[0]]


async def test_nothing_is_offered_where_nothing_is_asked(build: Build) -> None:
    async with build(gui_talk=False) as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=2), Phase.DONE)
        assert all(message.labels == [] for message in home.room.messages if message.video is None)
