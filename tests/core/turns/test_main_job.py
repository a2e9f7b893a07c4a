"""The main job: photos and a sentence come in, one status message tells how it stands, a video comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.jobs import Phase
from core.messages import Attachment, Command, Kind
from studio.faults import Endpoint
from tests.core.house import TIMES, House, Person, SlowRenderer
from tests.core.turns.conftest import Build
from tests.core.turns.stages import stages_of

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


async def make(home: House, person: Person, text: str = WISH, photos: int = 2) -> None:
    """A first video."""
    message = await person.sends(text, photos=photos)
    await person.is_done_with(message, Phase.DONE)


# --- photos and words -------------------------------------------------------------------------------------------------


async def test_photos_with_a_sentence_become_a_video(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=3, whole=False)
        video = await anna.gets_video()
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}
        assert "3 photos" in home.room.messages[0].text
        assert [one.video is not None for one in home.room.messages] == [False, True]
        assert video.text.startswith("6 s · 1920×1080")
        assert home.studio.url not in home.room.everything


async def test_the_status_message_is_the_only_one_and_goes_through_the_true_stages(build: Build) -> None:
    async with build(delta_seconds=0.02, generation_seconds=0.1) as home:
        anna = home.person()
        await make(home, anna, photos=3)
        status = home.room.messages[0]
        assert stages_of([*status.was, status.text]) == [
            "Connecting…",
            "Uploading 1 of 3",
            "Uploading 2 of 3",
            "Uploading 3 of 3",
            "Ready! Working on it…",
            "(the agent's words)",
            "Rendering",
            "Almost there",
            "(the agent's words)",
        ]
        assert len(home.room.messages) == 2


async def test_words_alone_are_welcome(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends("what can you do?")
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {"what can you do?": 1}
        [status] = home.room.messages
        assert status.was[0] == "Connecting…"


async def test_photos_without_a_sentence_are_asked_about(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=2)
        question = await anna.sees("Got 2 photos. What should I make of them?")
        assert question.labels == ["a slideshow of my photos with transitio…", "put my pictures into one video"]
        assert "Tip: Pictures of one size" in question.text
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        await make(home, anna, photos=0)
        assert home.wishes == {WISH: 1}
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        assert "2 photos" in home.room.videos[0].text or "2 photos" in home.room.everything


async def test_a_suggestion_is_a_button(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=2)
        await anna.sees("What should I make of them?")
        assert await anna.presses("put my pictures into one video") == "On it."
        await anna.gets_video()
        assert home.wishes == {"put my pictures into one video": 1}


async def test_photos_sent_one_by_one_are_gathered_and_a_sentence_after_them_says_what_to_do(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        for _ in range(3):
            await anna.sends(photos=1)
        await anna.sends(WISH)
        await anna.gets_video()
        assert home.wishes == {WISH: 1}
        assert "3 photos" in home.room.messages[0].text
        assert len(home.room.messages) == 2


async def test_a_sentence_that_announces_photos_waits_for_them(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(WISH)
        await anna.sees("Send me the photos, I'm waiting for them.")
        assert home.studio.ledger.runs == []
        await anna.sends(photos=2)
        await anna.gets_video()
        assert home.wishes == {WISH: 1}
        assert len(home.room.messages) == 2


async def test_another_sentence_does_not_end_the_wait_for_photos(build: Build) -> None:
    async with build(times=replace(TIMES, announced=2.0)) as home:
        anna = home.person()
        await anna.sends(WISH)
        await anna.sees("Send me the photos")
        await anna.sends("with a calm mood please")
        await asyncio.sleep(0.3)
        await anna.sends(photos=2)
        await anna.gets_video()
        await home.room.until(lambda: len(home.studio.ledger.runs) == 2)
        assert list(home.wishes) == [WISH, "with a calm mood please"]
        assert "No photos have come yet" not in home.room.everything


async def test_photos_that_never_come_are_asked_for_and_the_wish_is_kept(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees("No photos have come yet. Send them, and I'll do what you said.")
        await anna.sends(photos=2)
        await anna.gets_video()
        assert home.wishes == {WISH: 1}
        assert (await home.record(anna)).wish == ""


async def test_a_reply_to_an_earlier_photo_uses_that_photo(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(WISH, quoted=anna.photos(1))
        await anna.gets_video()
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 1
        assert "1 photo" in home.room.messages[0].text


# --- albums -----------------------------------------------------------------------------------------------------------


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


# --- the conversation goes on -----------------------------------------------------------------------------------------


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
        await make(home, anna, f"{WISH} and the title Lisbon")
        before = len(home.room.messages)
        await make(home, anna, wish, photos=0)
        assert len(home.room.videos) == 2
        assert home.wishes[wish] == 1
        assert any(seen in message.text for message in home.room.messages[before:])


async def test_a_silent_edit_is_told_in_words(build: Build) -> None:
    async with build(silent_edits=True) as home:
        anna = home.person()
        await make(home, anna)
        await make(home, anna, "add the title Paradise Found", photos=0)
        status = home.room.messages[2]
        assert "Paradise Found" in status.text
        assert len(home.room.videos) == 2
        assert home.room.videos[1].text.startswith("Paradise Found · ")


async def test_what_changes_nothing_is_answered_without_a_video(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna)
        await make(home, anna, "what is the weather like in Lisbon?", photos=0)
        assert len(home.room.videos) == 1
        assert home.room.messages[-1].text


@pytest.mark.parametrize("word", ["export", "send me the video", "导出"])
async def test_export_by_word_renders_again_without_the_agent(build: Build, word: str) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna)
        await make(home, anna, word, photos=0)
        assert len(home.room.videos) == 2
        assert home.wishes == {WISH: 1}


async def test_export_by_command(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await make(home, anna)
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
        anna = home.person()
        await make(home, anna)
        await anna.sends(photos=1)
        await anna.sees("Got 1 photo")
        await anna.commands("new")
        await anna.sees("A new project.")
        await make(home, anna, photos=1)
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


# --- while busy -------------------------------------------------------------------------------------------------------


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
        anna = home.person()
        await make(home, anna)
        assert "Let me put your video together.\n\n⏳ Still working... (1 min)" in home.room.everything


# --- cancel -----------------------------------------------------------------------------------------------------------


async def test_cancel_while_the_agent_works_tells_what_can_not_be_undone(build: Build) -> None:
    async with build(generation_seconds=5.0) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.commands("cancel")
        await anna.is_done_with(message, Phase.CANCELLED)
        await anna.sees("may still be charged")
        assert home.room.videos == []


async def test_cancel_while_uploading_says_stopped_and_nothing_is_sent(build: Build) -> None:
    async with build(times=replace(TIMES, single=30.0)) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=2, whole=False)
        await anna.saw("Uploading")
        await anna.sends("stop")
        await anna.is_done_with(message, Phase.CANCELLED)
        await home.room.until(lambda: "Stopped." in home.room.texts)
        assert home.studio.ledger.runs == []


async def test_cancel_while_rendering_stops_the_render_at_the_backend(build: Build) -> None:
    SlowRenderer.finish, SlowRenderer.cancelled = asyncio.Event(), 0
    async with build(renderer=SlowRenderer) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await anna.saw("Rendering 40 %")
        await anna.commands("cancel")
        await anna.is_done_with(message, Phase.CANCELLED)
        status = home.room.messages[0]
        assert status.text.endswith("\n\nStopped.")
        assert "Your video is ready" in status.text
        assert home.studio.ledger.count(Endpoint.CANCEL) == 1
        await home.room.until(lambda: SlowRenderer.cancelled == 1)


async def test_cancel_takes_what_waits_along_without_many_words(build: Build) -> None:
    async with build(generation_seconds=5.0) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        waiting = [await anna.sends("slower"), await anna.sends("faster")]
        await anna.commands("cancel")
        for message in waiting:
            await anna.is_done_with(message, Phase.CANCELLED)
        assert sum("Stopped" in text for text in home.room.texts) == 1
        assert len(home.studio.ledger.runs) == 1


async def test_cancel_when_nothing_runs(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("cancel")
        await anna.sees("Nothing is running here.")


# --- old, long and strange --------------------------------------------------------------------------------------------


async def test_a_message_from_before_a_downtime_is_asked_about(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(WISH, photos=2, minutes_ago=20)
        await anna.sees(f"“{WISH}”. Shall I still do it?")
        assert home.studio.ledger.runs == []
        await anna.presses("Yes, do it")
        await anna.gets_video()
        assert home.wishes == {WISH: 1}
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2


async def test_a_command_from_before_a_downtime_is_asked_about_if_it_costs(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.sends(photos=1)
        await anna.sees("What should I make")
        await anna.commands("video", WISH)
        await anna.gets_video()
        await anna.sends(command=Command("video", "slower"), minutes_ago=20)
        await anna.sees("“slower”. Shall I still do it?")
        await anna.presses("No")
        assert len(home.studio.ledger.runs) == 1


@pytest.mark.parametrize(
    "text", ["w " * 1999 + "ok", "🎬🎞️ una película 👨‍👩‍👧 ✨", "اصنع فيديو من هذه الصور", "a\u202eb\u200fc"]
)
async def test_any_words_reach_the_agent_as_they_are(build: Build, text: str) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(text, photos=1)
        await anna.is_done_with(message)
        assert home.wishes == {text.strip(): 1}
        assert home.room.messages[-1].text


async def test_a_repeated_delivery_has_no_effect(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await home.intake.receive(message)
        await anna.is_done_with(message, Phase.DONE)
        await home.intake.receive(message)
        last = await anna.sends("what can you do?")
        await anna.is_done_with(last)
        assert home.wishes[WISH] == 1


async def test_the_attribution_of_the_chosen_skill_goes_with_every_call(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("extend")
        await anna.sees("Tip:")
        await make(home, anna)
        calls = [call for call in home.studio.ledger.calls if call.endpoint in (Endpoint.RUN, Endpoint.RENDER)]
        assert {call.headers["x-skill-source"] for call in calls} == {"ai-image-to-video-extender"}


async def test_a_voice_note_is_no_photo(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.room.files["v"] = b"nonsense"
        note = Attachment(Kind.VOICE, "v", "note.ogg")
        await anna.sends(attachments=(note, *anna.photos(1)))
        await anna.sees("note.ogg is not a format that I can use.")
        await anna.sees("Got 1 photo. What should I make")
