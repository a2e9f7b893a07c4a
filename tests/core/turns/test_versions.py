"""Going back: one step, several, to the video that was replied to; and honestly where that cannot be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs import Phase
from core.store.keys import name_of
from core.store.records import pairs
from core.turns.versions import KEPT, followed, steps_back
from studio.faults import Endpoint
from tests.core.house import House, Person
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


async def make(home: House, person: Person, *wishes: str) -> None:
    """Videos, one after the other; the first out of a photo."""
    for wish in wishes:
        message = await person.sends(wish, photos=int(not home.studio.ledger.runs))
        await person.is_done_with(message, Phase.DONE)


def asked(home: House) -> list[str]:
    """What the agent was told, in order."""
    return [run.text for run in home.studio.ledger.runs]


def lengths(home: House) -> list[str]:
    """How long the videos are, in order."""
    return [video.text.partition(" · ")[0] for video in home.room.videos]


# --- undo -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["undo", "go back", "Undo that please", "撤销", "deshacer"])
async def test_going_back_makes_the_video_before(build: Build, word: str) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "slower", word)
        assert asked(home) == [WISH, "slower", "Undo the last change."]
        assert lengths(home) == ["6 s", "8 s", "6 s"]
        assert home.room.messages[-2].text == "I went back to the version before."


async def test_going_back_twice_goes_back_twice_and_then_there_is_nothing_more(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "slower", "make it 12 seconds", "undo", "undo", "undo")
        assert lengths(home) == ["6 s", "8 s", "12 s", "8 s", "6 s"]
        assert home.room.texts[-1] == "There is nothing to go back to."
        assert asked(home)[3:] == ["Undo the last change."] * 2


async def test_without_a_project_nobody_is_asked(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends("undo")
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.texts == ["There is nothing to go back to."]
        assert home.studio.ledger.runs == []


async def test_a_new_project_has_nothing_of_the_old_one_to_go_back_to(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "slower")
        await anna.commands("new")
        await anna.sees("A new project.")
        message = await anna.sends("undo")
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.texts[-1] == "There is nothing to go back to."


async def test_an_agent_that_goes_elsewhere_is_not_covered_for(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "slower", "make it 12 seconds")
        sessions = home.studio.backend.sessions
        session = sessions.current(home.studio.ledger.runs[0].session)
        sessions.put(replace(session, past=session.past[:1]))  # it has forgotten the version in between
        await make(home, anna, "undo")
        said = home.room.messages[-2].text
        assert said.startswith("I went back to the version before.\n\nThis is not exactly how it was before.")
        assert lengths(home)[-1] == "6 s"


# --- a reply to an older video ----------------------------------------------------------------------------------------


async def test_a_reply_to_an_older_video_means_that_one(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "make it 12 seconds", "make it vertical")
        first = home.room.videos[0]
        message = await anna.sends("add the title Lisbon", reply_to=first.id)
        await anna.is_done_with(message, Phase.DONE)
        assert asked(home)[-1] == "Undo the last 2 changes.\nadd the title Lisbon"
        assert home.room.videos[-1].text.startswith("Lisbon · 6 s · 1920×1080")


async def test_a_reply_to_an_older_video_may_be_to_go_back_to_it(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "make it 12 seconds", "make it vertical")
        message = await anna.sends("go back", reply_to=home.room.videos[0].id)
        await anna.is_done_with(message, Phase.DONE)
        assert asked(home)[-1] == "Undo the last 2 changes."
        assert home.room.videos[-1].text.startswith("6 s · 1920×1080")
        await make(home, anna, "slower")
        assert lengths(home)[-1] == "8 s"


async def test_a_reply_to_the_newest_video_or_to_anything_else_is_a_plain_wish(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "slower")
        for ref in (home.room.videos[-1].id, home.room.messages[0].id, "somebody-else's"):
            message = await anna.sends("slower", reply_to=ref)
            await anna.is_done_with(message, Phase.DONE)
        assert asked(home)[2:] == ["slower"] * 3


async def test_a_reply_to_a_video_that_is_too_far_back_is_asked_about_and_costs_nothing(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH)
        await anna.commands("export")
        await anna.gets_video(2)
        record = await home.record(anna)
        older = tuple(replace(one, draft="of long ago") for one in record.older)
        await put(home, anna, older=older)
        message = await anna.sends("slower", reply_to=home.room.videos[0].id)
        await anna.is_done_with(message, Phase.DONE)
        question = await anna.sees("I can't go back to that video any more. Shall I change the newest one?")
        assert asked(home) == [WISH]
        assert question.labels == ["Yes, do it", "No"]
        await anna.presses("Yes, do it")
        await anna.gets_video(3)
        assert asked(home) == [WISH, "slower"]


@pytest.mark.parametrize("handle", ["handle", ""])
async def test_an_older_video_as_a_file_is_that_one(build: Build, handle: str) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna, WISH, "make it 12 seconds")
        record = await home.record(anna)
        assert [one.seconds for one in record.older] == [6.0]
        await put(home, anna, older=tuple(replace(one, handle=handle and one.handle) for one in record.older))
        await anna.presses("As file", on=home.room.videos[0])
        again = await anna.gets_video(3)
        assert again.as_file
        assert again.video is not None
        assert again.video.seconds == 6.0
        await make(home, anna, "slower")
        assert lengths(home)[-1] == "16 s"
        now = await home.record(anna)
        assert now.video is not None
        assert [one.seconds for one in (*now.older, now.video)] == [6.0, 12.0, 16.0]
        assert home.studio.ledger.count(Endpoint.RENDER) == 3


async def put(home: House, person: Person, **fields: object) -> None:
    """Change what is remembered."""
    assert home.connection is not None
    await home.connection.commands.hset(home.keys.named("record", name_of(person.key)), items=pairs(**fields))


# --- the versions themselves ------------------------------------------------------------------------------------------


def test_versions_follow_each_other() -> None:
    versions = followed((), "", "a", went_back=False)
    versions = followed(versions, "a", "b", went_back=False)
    assert versions == ("a", "b")
    assert (steps_back(versions, "b"), steps_back(versions, "a"), steps_back(versions, "x")) == (0, 1, None)


def test_what_changed_between_two_turns_is_a_version_too() -> None:
    assert followed(("a",), "a+music", "b", went_back=False) == ("a", "a+music", "b")


def test_whoever_goes_back_is_there_again_but_only_then() -> None:
    assert followed(("a", "b", "c"), "c", "a", went_back=True) == ("a",)
    assert followed(("a", "b"), "b", "a", went_back=False) == ("a", "b", "a")
    assert steps_back(("a", "b", "a", "c"), "a") == 1
    assert followed(("a", "b"), "b", "elsewhere", went_back=True) == ("a", "b", "elsewhere")


def test_only_so_many_are_kept() -> None:
    versions: tuple[str, ...] = ()
    for number in range(3 * KEPT):
        versions = followed(versions, versions[-1] if versions else "", str(number), went_back=False)
    assert len(versions) == KEPT
    assert versions[-1] == str(3 * KEPT - 1)
