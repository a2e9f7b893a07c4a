"""The way into the chat: whatever the platform does, the video comes once, playable, or the person is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from core.errors import ChatGone, NoRoom, OutcomeUnknown, Refused, SlowDown, TooLarge
from core.jobs import Phase
from core.messages import InboundMessage
from core.posting import split
from studio.faults import Endpoint
from studio.render import Plan, RenderResult
from tests.core.chat import LIMITS
from tests.core.house import WEB, House, Person
from tests.core.turns.conftest import Build
from tests.wire.studio import QuickRenderer

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"
STATUS = "Let me put your video together.\n\nYour video is ready: "


async def asked(home: House, **more: Any) -> tuple[Person, InboundMessage]:
    anna = home.person(**more)
    return anna, await anna.sends(WISH, photos=1)


async def test_the_video_is_playable_at_once_and_tells_what_it_is(build: Build, tmp_path: Path) -> None:
    async with build() as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        [video] = home.room.videos
        path = tmp_path / "seen.mp4"
        path.write_bytes(video.data)
        assert video.data.index(b"moov") < video.data.index(b"mdat")
        with av.open(str(path)) as container:
            assert container.streams.video[0].width == 1920
        clip = video.video
        assert clip is not None
        assert (clip.width, clip.height, clip.seconds) == (1920, 1080, 6.0)
        assert clip.thumbnail is not None  # type: ignore[union-attr]


async def test_nothing_stays_on_the_disk(build: Build, tmp_path: Path) -> None:
    async with build() as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert list((tmp_path / "work").iterdir()) == []


async def test_the_browser_link_is_for_private_chats_only(build: Build) -> None:
    async with build() as home:
        anna, message = await asked(home, private=False)
        await anna.is_done_with(message, Phase.DONE)
        assert WEB not in home.room.everything


# --- too large --------------------------------------------------------------------------------------------------------


class Heavy(QuickRenderer):
    """Renders noise, which no codec likes."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Any) -> RenderResult:
        import numpy as np

        dice = np.random.default_rng(1)
        with av.open(str(output), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "20"})
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            for _ in range(20):
                noise = dice.integers(0, 255, (240, 320, 3), dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
            container.mux(stream.encode(None))
        return RenderResult(2.0, output.stat().st_size, 320, 240)


async def test_a_video_that_is_too_large_is_made_smaller_and_that_is_said(build: Build) -> None:
    async with build(renderer=Heavy) as home:
        home.room.limits_now = replace(LIMITS, upload_bytes=250_000)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        [video] = home.room.videos
        assert "Made smaller to fit into this chat." in video.text
        assert len(video.data) <= 250_000


async def test_a_platform_that_says_too_large_itself_gets_a_smaller_one(build: Build) -> None:
    async with build(renderer=Heavy) as home:
        home.room.fail("send_video", TooLarge("413"))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        [video] = home.room.videos
        assert "Made smaller" in video.text


async def test_what_the_platform_says_it_takes_is_kept_to(build: Build) -> None:
    async with build(renderer=Heavy) as home:
        home.room.fail("send_video", TooLarge("413", 250_000))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        [video] = home.room.videos
        assert "Made smaller" in video.text
        assert len(video.data) <= 250_000


async def test_then_it_comes_as_a_file(build: Build) -> None:
    async with build() as home:
        home.room.fail("send_video", TooLarge("413"), times=2)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        [video] = home.room.videos
        assert video.as_file


async def test_then_as_a_link(build: Build) -> None:
    async with build() as home:
        home.room.fail("send_video", TooLarge("413"), times=2)
        home.room.fail("send_file", TooLarge("413"))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees(f"The video is too large for this chat. Here it is: {WEB}/workspace/claim?ct=")


async def test_and_in_a_group_at_least_in_words(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, upload_bytes=10)
        anna, message = await asked(home, private=False)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees("The video is too large for this chat. Ask for a shorter one, and I'll post that.")


async def test_a_platform_that_refuses_the_video_may_take_a_file(build: Build) -> None:
    async with build() as home:
        home.room.fail("send_video", Refused("no videos here"), times=2)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert [one.as_file for one in home.room.videos] == [True]


# --- outcome unknown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [True, False])
async def test_an_unknown_outcome_is_settled_in_the_status_message_and_marked(build: Build, *, effect: bool) -> None:
    async with build() as home:
        home.room.fail("send_video", OutcomeUnknown("timeout"), effect=effect)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        marked = home.room.messages[0]
        assert marked.video is not None
        assert "Sent again in case it did not arrive the first time." in marked.text
        assert marked.text.startswith(STATUS)
        assert home.room.messages[-1].text == "The video is in the message above."
        assert len(home.room.videos) == 1 + effect
        assert "Change…" in marked.labels


@pytest.mark.parametrize("effect", [True, False])
async def test_where_the_platform_drops_repeats_it_is_simply_sent_again(build: Build, *, effect: bool) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, repeats_are_harmless=True)
        home.room.drops_repeats = True
        home.room.fail("send_video", OutcomeUnknown("timeout"), effect=effect)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.videos) == 1
        assert "Sent again" not in home.room.everything


async def test_where_neither_is_possible_the_person_decides(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, can_replace_text_by_video=False)
        home.room.fail("send_video", OutcomeUnknown("timeout"))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees("I can't tell whether it worked; I did not send it again. Try again?")
        assert home.room.videos == []
        await anna.presses("Try again")
        await anna.gets_video()
        assert home.wishes == {WISH: 1}


async def test_replacing_insists_when_its_own_outcome_is_unknown(build: Build) -> None:
    async with build() as home:
        home.room.fail("send_video", OutcomeUnknown("timeout"))
        home.room.fail("replace_by_video", OutcomeUnknown("timeout"), effect=True)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.videos) == 1


# --- orders to slow down ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["send_text", "edit_text", "send_video"])
async def test_an_order_to_slow_down_is_obeyed_and_everything_comes_once(build: Build, method: str) -> None:
    async with build() as home:
        home.room.fail(method, SlowDown(0.4))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.early == []
        assert [one.video is not None for one in home.room.messages] == [False, True]
        assert home.room.messages[0].text.startswith(STATUS)
        assert home.room.videos[0].text.startswith("6 s · ")


async def test_orders_to_slow_down_on_every_call_delay_but_lose_nothing(build: Build) -> None:
    async with build() as home:
        for method in ("send_text", "edit_text", "edit_text", "send_video", "send_video"):
            home.room.fail(method, SlowDown(0.15))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.early == []
        assert len(home.room.messages) == 2
        assert home.room.messages[0].text.startswith(STATUS)


async def test_a_trouble_is_told_when_the_platform_allows(build: Build) -> None:
    async with build(credits=0) as home:
        home.room.fail("edit_text", SlowDown(0.3), times=3)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        assert home.room.early == []
        [told] = home.room.messages
        assert told.text.startswith("The credits are used up.")


# --- the status message fails -----------------------------------------------------------------------------------------


async def test_a_status_that_cannot_be_edited_any_more_is_followed_by_the_last_word(build: Build) -> None:
    async with build() as home:
        home.room.fail("edit_text", Refused("message to edit not found"), times=100)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.texts[1].startswith(STATUS)
        assert len(home.room.messages) == 3


async def test_where_nothing_can_be_edited_two_messages_and_the_video_are_all(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, can_edit=False)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.texts[0] in ("Got 1 photo.", "Connecting…")
        assert home.room.texts[1].startswith(STATUS)
        assert len(home.room.messages) == 3
        assert "edit_text" not in home.room.calls


async def test_a_status_whose_outcome_is_unknown_stops_nothing(build: Build) -> None:
    async with build() as home:
        home.room.fail("send_text", OutcomeUnknown("timeout"), effect=True)
        home.room.fail("edit_text", OutcomeUnknown("timeout"), effect=True)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.videos) == 1
        assert len(home.room.messages) <= 3


async def test_a_status_whose_answer_comes_late_is_not_posted_twice(build: Build) -> None:
    async with build(credits=0) as home:
        home.room.slowness = 0.3
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        [told] = home.room.messages
        assert told.text.startswith("The credits are used up.")


async def test_a_status_whose_answer_comes_after_a_cancel_is_not_posted_twice(build: Build) -> None:
    async with build(generation_seconds=5.0) as home:
        home.room.slowness = 0.5
        anna, message = await asked(home)
        await home.room.until(lambda: home.studio.ledger.runs)
        await home.shop.mailbox.cancel(anna.key)
        await anna.is_done_with(message, Phase.CANCELLED)
        [told] = home.room.messages
        assert told.text.startswith("Stopped.")


async def test_a_long_answer_is_told_in_full(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, text_chars=60)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        texts = [one.text for one in home.room.messages if one.video is None]
        whole = (
            "Let me put your video together. Your video is ready: 1 photo, 6 seconds, 16:9. There is calm music now."
        )
        assert " ".join(" ".join(texts).split()) == whole


# --- nobody there -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["send_text", "edit_text", "send_video"])
async def test_a_chat_that_is_gone_ends_the_job_quietly(build: Build, method: str) -> None:
    async with build() as home:
        home.room.fail(method, ChatGone("blocked"), times=100)
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.CANCELLED)
        assert home.room.videos == []


async def test_a_chat_that_was_left_stops_what_runs_there(build: Build) -> None:
    from core.messages import Gone

    async with build(generation_seconds=5.0) as home:
        anna, message = await asked(home)
        await home.room.until(lambda: home.studio.ledger.runs)
        home.room.fail("*", ChatGone("kicked"), times=100)
        await home.intake.receive(Gone(anna.key, "gone1"))
        await anna.is_done_with(message, Phase.CANCELLED)
        assert home.studio.ledger.count(Endpoint.RENDER) == 0


# --- long texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("short", ["short"]),
        ("", [""]),
        ("one two three fours", ["one two", "three", "fours"]),
        ("first\n\nsecond third", ["first", "second", "third"]),
        ("Once. Two, three", ["Once.", "Two, three"]),
        ("x" * 25, ["x" * 10, "x" * 10, "x" * 5]),
        ("  padded  ", ["padded"]),
    ],
)
async def test_a_long_text_is_parted_where_a_reader_would_part_it(text: str, pieces: list[str]) -> None:
    assert split(text, 10) == pieces


async def test_where_nothing_can_be_kept_it_is_not_made_smaller_but_told_and_offered_again(build: Build) -> None:
    async with build(renderer=Heavy) as home:
        home.room.fail("send_video", NoRoom("the disk is full"))
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("There is no room left to keep this here.")
        assert told.labels == ["Try again"]
        assert home.room.calls.count("send_video") == 1
        assert "send_file" not in home.room.calls
        await anna.presses("Try again")
        assert "Made smaller" not in (await anna.gets_video()).text
        assert len(home.studio.ledger.runs) == 1
