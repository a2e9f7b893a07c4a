"""The main job: photos and a sentence come in, one status message tells how it stands, a video comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.jobs import Phase
from core.messages import Attachment, Command, Kind
from studio.faults import Endpoint
from tests.core.house import TIMES
from tests.core.turns.conftest import Build
from tests.core.turns.stages import stages_of
from tests.core.turns.wishes import WISH, make

pytestmark = pytest.mark.anyio


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
        await make(anna, photos=3)
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
        await make(anna, photos=0)
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


async def test_a_voice_note_is_no_photo(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.room.files["v"] = b"nonsense"
        note = Attachment(Kind.VOICE, "v", "note.ogg")
        await anna.sends(attachments=(note, *anna.photos(1)))
        await anna.sees("note.ogg is not a format that I can use.")
        await anna.sees("Got 1 photo. What should I make")
