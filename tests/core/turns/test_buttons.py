"""Buttons under a finished video, the settings and the other commands: each does what it says, once, for whom it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Refused
from core.jobs import Phase
from core.messages import LocalClip
from studio.faults import Answer, Endpoint
from tests.core.house import WEB
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH, made, make

pytestmark = pytest.mark.anyio


async def test_a_video_carries_all_buttons(build: Build) -> None:
    async with build() as home:
        await made(home)
        labels = home.room.videos[0].labels
        assert labels == ["Change…", "9:16", "1:1", "Music", "Title", "Timeline", "New project", "As file"]


async def test_a_format_button_changes_the_format(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        assert await anna.presses("9:16") == "On it."
        video = await anna.gets_video(2)
        assert "1080×1920" in video.text
        assert video.labels[1:3] == ["16:9", "1:1"]


async def test_change_asks_what_and_the_next_sentence_is_the_change(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("Change…")
        await anna.sees("What should I change?")
        await anna.sends("make it square")
        video = await anna.gets_video(2)
        assert "1080×1080" in video.text
        assert home.wishes == {WISH: 1, "make it square": 1}


async def test_title_asks_for_the_text(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("Title")
        await anna.sees("What should the title say?")
        await anna.sends("Sommer, Sonne")
        video = await anna.gets_video(2)
        assert video.text.startswith("Sommer, Sonne · ")


async def test_a_title_that_comes_with_the_press_is_asked_for_no_more(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        assert await anna.presses("Title", text="Lisbon") == "On it."
        video = await anna.gets_video(2)
        assert video.text.startswith("Lisbon · ")
        assert "What should the title say?" not in home.room.everything


async def test_the_question_is_for_who_pressed_and_survives_what_others_say(build: Build) -> None:
    async with build() as home:
        anna, bob = home.person("anna", private=False), home.person("bob", private=False)
        await make(anna)
        await anna.presses("Title")
        await anna.sees("What should the title say?")
        await make(bob, "slower", photos=0)
        await make(anna, "Lisbon", photos=0)
        assert home.wishes["slower"] == 1
        assert home.wishes["Set the title to “Lisbon”."] == 1


async def test_the_music_menu_offers_moods_and_volumes(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("Music")
        menu = await anna.sees("What kind of music?")
        assert menu.labels == ["Calm", "Happy", "Epic", "Lo-fi", "Quieter", "Louder", "No music"]
        await anna.presses("Epic")
        await anna.gets_video(2)
        assert home.wishes["Use epic music."] == 1


async def test_timeline_shows_the_timeline(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("Timeline")
        await anna.sees("Timeline (2 tracks): 1. ")


async def test_new_project_starts_anew(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("New project")
        await anna.sees("A new project.")
        assert (await home.record(anna)).project is None


async def test_as_file_sends_the_same_video_without_rendering_it_again(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("As file")
        video = await anna.gets_video(2)
        assert video.as_file
        assert home.studio.ledger.count(Endpoint.RENDER) == 1


@pytest.mark.parametrize("gone", [False, True])
async def test_where_a_handle_opens_no_file_the_video_is_fetched_again_or_rendered_if_it_is_gone(
    build: Build, gone: bool
) -> None:
    async with build() as home:
        anna = await made(home)
        home.room.fail("send_file", Refused("can't use file of type Video as Document"))
        if gone:
            home.studio.faults.order(Endpoint.LOOK, Answer(404, json={"code": 404, "message": "Render not found"}))
        await anna.presses("As file")
        video = await anna.gets_video(2)
        assert video.as_file
        assert isinstance(video.video, LocalClip)
        assert home.studio.ledger.count(Endpoint.RENDER) == (2 if gone else 1)


async def test_another_person_may_not_press(build: Build) -> None:
    async with build() as home:
        await made(home)
        assert await home.person("bob").presses("9:16") == "This button is for the person who asked."
        assert {one.person for one in home.room.videos[0].choices} == {"anna"}  # for platforms that can tell at once
        assert len(home.studio.ledger.runs) == 1


async def test_pressing_twice_does_it_once(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        video = home.room.videos[0]
        assert await anna.presses("9:16", on=video) == "On it."
        assert await anna.presses("9:16", on=video) == "I'm on it already."
        await anna.gets_video(2)
        assert home.wishes["Make it vertical, 9:16."] == 1


async def test_a_press_that_is_delivered_twice_does_it_once(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        video = home.room.videos[0]
        await anna.presses("9:16", on=video, press_id="p1")
        await anna.gets_video(2)
        with pytest.raises(AssertionError, match="an answer to the press"):
            await anna.presses("9:16", on=video, press_id="p1", seconds=0.3)
        assert home.wishes["Make it vertical, 9:16."] == 1


async def test_a_button_of_an_older_version_of_the_project_is_refused_kindly(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await make(anna, "slower", photos=0)
        assert await anna.presses("9:16", on=home.room.videos[0]) == (
            "The project has moved on since. Just tell me what you want."
        )
        assert await anna.presses("9:16", on=home.room.videos[1]) == "On it."


async def test_a_button_of_a_project_that_was_left_is_refused(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.presses("New project")
        await anna.sees("A new project.")
        assert "moved on" in await anna.presses("9:16", on=home.room.videos[0])


async def test_a_forged_button_does_nothing(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        assert await anna.presses("9:16", token="0" * 24) == "This button is too old. Just tell me what you want."


async def test_a_button_of_another_chat_does_nothing_here(build: Build) -> None:
    async with build() as home:
        await made(home)
        elsewhere = home.person("anna", chat="2")
        assert "too old" in await elsewhere.presses("9:16")


# --- settings and commands --------------------------------------------------------------------------------------------


async def test_with_automatic_export_off_only_export_makes_a_video(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "export off")
        await anna.sees("Video after each change: only on /export")
        await make(anna)
        assert home.room.videos == []
        await anna.commands("export")
        await anna.gets_video()


async def test_a_format_that_is_set_holds_for_new_projects(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "ratio 9:16")
        await anna.sees("Format: 9:16")
        await make(anna)
        assert "1080×1920" in home.room.videos[0].text


async def test_what_the_person_says_wins_over_the_format_that_is_set(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "ratio 9:16")
        await anna.sees("Format: 9:16")
        await make(anna, "a square 6-second slideshow of these")
        assert "1080×1080" in home.room.videos[0].text


@pytest.mark.parametrize("text", ["ratio 4:3", "language 7", "nonsense"])
async def test_settings_that_make_no_sense_are_refused(build: Build, text: str) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", text)
        await anna.sees("You can set: language auto / en / zh-CN · export on / off")


async def test_help_lists_every_command(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("help")
        message = await anna.sees("/video")
        assert "/forget – " in message.text


async def test_start_greets(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("start")
        await anna.sees("Send me photos, get a finished video back.")


async def test_credits_are_told(build: Build) -> None:
    async with build(credits=1234) as home:
        anna = home.person()
        await anna.sends("how many credits are left?")
        message = await anna.sees("Credits: 1234 available, 0 reserved")
        assert WEB not in message.text


async def test_who_does_not_share_the_account_is_told_where_to_get_more(build: Build) -> None:
    async with build(shared=False) as home:
        anna = await made(home)
        await anna.commands("credits")
        await anna.sees(f"More credits: {WEB}/register?bind=anon_")


async def test_status_tells_the_timeline_and_what_runs(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("status")
        await anna.sees("There is no project in this chat yet.")
        await make(anna)
        await anna.commands("status")
        message = await anna.sees("Timeline (2 tracks)")
        assert message.text.endswith("Nothing is running.")


async def test_the_control_lane_answers_while_a_turn_runs(build: Build) -> None:
    async with build(generation_seconds=1.0) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.commands("status")
        await anna.sees("I'm working on it.")
        job = await anna.job(message)
        assert job is not None
        assert job.phase is Phase.SENT
        await anna.gets_video()


async def test_a_skill_is_switched_by_button_and_goes_into_the_attribution(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("skill")
        menu = await anna.sees("What do you want to make?")
        assert len(menu.labels) == 4
        await anna.presses(menu.labels[0])
        await anna.sees("From now on: ")
        await make(anna)
        [run] = [call for call in home.studio.ledger.calls if call.endpoint is Endpoint.RUN]
        chosen = (await home.record(anna)).preferences.skill
        assert run.headers["x-skill-source"] == chosen


async def test_forget_asks_first_and_then_everything_is_gone(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        await anna.commands("forget")
        await anna.sees("Really?")
        await anna.presses("Delete everything")
        await anna.sees("Everything about this chat is deleted.")
        assert (await home.record(anna)) == replace(await home.record(home.person("x", "nobody")))
        assert len(home.room.forgotten) == 1


async def test_in_a_group_only_admins_forget(build: Build) -> None:
    async with build() as home:
        await home.person("bob", private=False).commands("forget")
        await home.person().sees("Only this group's admins can do that.")


async def test_a_full_mailbox_is_said(build: Build) -> None:
    async with build(at_work=False) as home:
        anna = home.person()
        for number in range(100):
            await anna.sends(f"wish {number}")
        await anna.sends("one too many")
        home.start()
        await anna.sees("Too many messages are waiting here already.")
        await home.shop.mailbox.cancel(anna.key)
