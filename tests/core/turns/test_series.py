"""A video of each photo: one after the other, each told as what it is, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.jobs import Job, Phase
from core.messages import InboundMessage
from core.store.mailbox import job_id_of
from studio.faults import Answer, Endpoint
from studio.serve import Studio
from tests.core.chat import LIMITS
from tests.core.fuses import Fuse
from tests.core.house import TIMES, House, Person, Premises
from tests.core.turns.conftest import Build
from tests.core.turns.kills import PATIENT, fragile
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio

EACH = "one video per photo, 4 seconds, with calm music"
STUBBORN = replace(PATIENT, away_tries=20)
AT_ONCE = 6


async def part(person: Person, message: InboundMessage, number: int) -> Job | None:
    """One of the jobs that the message left behind."""
    return await person.house.shop.mailbox.job(person.key, f"{job_id_of(person.key, message.id)}.{number}")


async def parts_end(person: Person, message: InboundMessage, count: int) -> list[Phase]:
    """Wait until all parts have ended; how they did."""
    deadline = time.monotonic() + 60
    while True:
        jobs = [await part(person, message, number) for number in range(1, count + 1)]
        if all(job is not None and job.phase.ended for job in jobs):
            return [job.phase for job in jobs if job is not None]
        assert time.monotonic() < deadline, f"{jobs}; in the chat: {person.house.room.texts}"
        await asyncio.sleep(0.02)


def lines(home: House) -> list[list[str]]:
    """What the agent was told, message by message, in lines."""
    return [run.text.split("\n") for run in home.studio.ledger.runs]


# --- what is made -----------------------------------------------------------------------------------------------------


async def test_one_video_per_photo_makes_each_in_order_in_one_session(build: Build) -> None:
    async with build(claim=False) as home:
        anna = home.person()
        files = anna.photos(3)
        message = await anna.sends(EACH, attachments=files, whole=True)
        await anna.gets_video(3)
        assert await parts_end(anna, message, 3) == [Phase.DONE] * 3
        assert lines(home) == [
            [f"Make a new video of photo {number} only.", "4 seconds, with calm music", f"[Photo {number} is {name}.]"]
            for number, name in enumerate((one.name for one in files), 1)
        ]
        assert len({run.session for run in home.studio.ledger.runs}) == 1
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 3
        names = [one.name for one in files]
        assert [video.text for video in home.room.videos] == [
            f"{number} of 3 · {name}\n4 s · 1920×1080" for number, name in enumerate(names, 1)
        ]
        said = [one.text.split("\n")[0] for one in home.room.messages if one.video is None]
        assert said == [
            "3 videos, one for each photo. They come one after another.",
            *(f"{number} of 3 · {name}" for number, name in enumerate(names, 1)),
        ]


async def test_it_is_understood_in_chinese_and_said_so(build: Build) -> None:
    async with build() as home:
        anna = home.person(locale="zh")
        message = await anna.sends("每张照片一个视频", photos=2)
        await anna.gets_video(2)
        await parts_end(anna, message, 2)
        assert [one[0] for one in lines(home)] == [f"只用第{number}张照片制作一个新视频。" for number in (1, 2)]
        assert home.room.videos[1].text.startswith("第 2 个，共 2 个 · ")


async def test_it_may_be_said_before_the_photos_and_after_them(build: Build) -> None:
    async with build() as home:
        anna, bob = home.person(), home.person("bob", "2")
        await anna.sends("one video per photo")
        await anna.sees("Send me the photos, I'm waiting for them.")
        await anna.sends(photos=2)
        await anna.gets_video(2)
        await bob.sends(photos=2)
        await bob.sees("What should I make of them?")
        await bob.sends("one video per photo")
        await bob.gets_video(4)
        assert sorted(one[0][-7:] for one in lines(home)) == ["1 only.", "1 only.", "2 only.", "2 only."]


async def test_of_one_photo_it_is_an_ordinary_wish(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends("one video per photo", photos=1)
        await anna.is_done_with(message)
        assert lines(home) == [["one video per photo"]]


async def test_where_only_one_video_can_be_handed_out_it_is_an_ordinary_wish(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, one_shot=True)
        anna = home.person()
        message = await anna.sends("one video per photo", photos=2)
        await anna.is_done_with(message)
        assert [one[0] for one in lines(home)] == ["one video per photo"]


async def test_what_is_said_meanwhile_comes_after_all_of_them(build: Build) -> None:
    async with build(generation_seconds=0.3) as home:
        anna = home.person()
        await anna.sends(EACH, photos=2)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.sends("slower")
        await anna.sees("Noted, next in line.")
        await anna.gets_video(3)
        assert [one[0] for one in lines(home)] == [
            "Make a new video of photo 1 only.",
            "Make a new video of photo 2 only.",
            "slower",
        ]


async def test_videos_are_made_though_none_are_wanted_after_each_change(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "export off")
        await anna.sees("only on /export")
        await anna.sends(EACH, photos=2)
        await anna.gets_video(2)


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def test_a_photo_that_is_refused_does_not_stop_the_others(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        first, bad, last = anna.photos(3)
        home.room.files[bad.ref] = b"just text" * 50
        message = await anna.sends(EACH, attachments=(first, bad, last), whole=True)
        await anna.sees(f"{bad.name} is not a format that I can use.")
        assert await parts_end(anna, message, 2) == [Phase.DONE] * 2
        assert [video.text.split("\n")[0] for video in home.room.videos] == [
            f"1 of 2 · {first.name}",
            f"2 of 2 · {last.name}",
        ]


async def test_one_that_the_agent_refuses_does_not_stop_the_others(build: Build) -> None:
    async with build() as home:
        home.studio.faults.order(Endpoint.RUN, Answer(200, json={"code": 5000, "message": "no"}))
        anna = home.person()
        message = await anna.sends(EACH, photos=2)
        assert await parts_end(anna, message, 2) == [Phase.FAILED, Phase.DONE]
        failed = home.room.messages[1]
        assert failed.text.startswith("1 of 2 · ")
        assert failed.labels == ["Try again"]
        assert len(home.studio.ledger.runs) == 2
        await anna.presses("Try again")
        await anna.gets_video(2)
        assert lines(home)[2] == lines(home)[0]


async def test_one_render_that_fails_does_not_stop_the_others(build: Build) -> None:
    async with build() as home:
        home.studio.faults.order(Endpoint.RENDER, Answer(200, json={"code": 5000}))
        anna = home.person()
        message = await anna.sends(EACH, photos=2)
        assert await parts_end(anna, message, 2) == [Phase.FAILED, Phase.DONE]
        assert home.room.videos[0].text.startswith("2 of 2 · ")


async def test_without_credits_the_rest_is_not_begun_and_that_is_said_once(build: Build) -> None:
    async with build(credits=150) as home:
        anna = home.person()
        message = await anna.sends(EACH, photos=4)
        phases = await parts_end(anna, message, 4)
        assert phases == [Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.CANCELLED]
        assert len(home.room.videos) == 1
        told = home.room.messages[-1]
        assert told.text.startswith("2 of 4 · ")
        assert told.text.endswith("I did not start the other 2 videos.")
        assert sum("did not start" in text for text in home.room.texts) == 1


async def test_cancel_stops_the_one_in_hand_and_the_rest(build: Build) -> None:
    async with build(generation_seconds=0.3) as home:
        anna = home.person()
        message = await anna.sends(EACH, photos=4)
        await anna.gets_video()
        await home.room.until(lambda: len(home.studio.ledger.runs) == 2)
        await anna.commands("cancel")
        assert await parts_end(anna, message, 4) == [Phase.DONE, *[Phase.CANCELLED] * 3]
        assert len(home.studio.ledger.runs) == 2
        assert len(home.room.videos) == 1
        assert sum("Stopped" in text for text in home.room.texts) == 1


async def test_who_stops_before_the_first_has_begun_gets_none(build: Build) -> None:
    async with build(times=replace(TIMES, single=30.0)) as home:
        anna = home.person()
        message = await anna.sends(EACH, photos=3, whole=False)
        await anna.saw("Uploading")
        await anna.commands("cancel")
        await anna.is_done_with(message, Phase.CANCELLED)
        await home.room.until(lambda: "Stopped." in home.room.texts)
        assert await part(anna, message, 1) is None
        assert home.studio.ledger.runs == []


async def test_a_session_that_is_lost_in_between_is_made_up_for(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.studio.faults.order(Endpoint.STATE, Answer(200, json={"code": 1002}), skip=2)
        message = await anna.sends(EACH, photos=3)
        assert await parts_end(anna, message, 3) == [Phase.DONE] * 3
        assert sorted(one[0][-7:] for one in lines(home)) == ["1 only.", "2 only.", "3 only."]


# --- kills ------------------------------------------------------------------------------------------------------------


async def live_through(ground: Premises, folder: Path, backend: Studio, fuse: Fuse) -> tuple[House, list[Phase]]:
    """A video of each of two photos, the first worker killed where the fuse says, a second one to go on."""
    async with fragile(ground, folder, backend, times=STUBBORN) as home:
        first = home.start(fuse)
        anna = home.person()
        message = await anna.sends(f"one video per photo, 3 seconds, titled {folder.name}", photos=2)
        phases = await home.outlives(first, fuse, parts_end(anna, message, 2))
        last = await anna.sends("what can you do?")
        await anna.is_done_with(last, Phase.DONE)
        return home, phases


async def test_a_kill_at_any_point_of_a_series_charges_nothing_twice_and_loses_none(
    ground: Premises, tmp_path: Path
) -> None:
    async with studio(tmp_path / "studio", tokens_per_address=1000) as backend:
        rehearsal = Fuse()
        await live_through(ground, tmp_path / "rehearsal", backend, rehearsal)
        names = rehearsal.passed
        assert {"before FOLLOW", "after FOLLOW"} <= set(names)
        assert names.count("before SAVE sent") == 2
        second = len(names) - names[::-1].index("before SAVE sent")  # from here on nothing is new
        gate = asyncio.Semaphore(AT_ONCE)

        async def killed_at(number: int) -> None:
            async with gate:
                folder = tmp_path / f"kill{number}"
                home, phases = await live_through(ground, folder, backend, Fuse(at=number))
                asked = [run.text for run in backend.ledger.runs if f"titled {folder.name}\n" in run.text]
                story = (number, names[number], phases, asked, home.room.texts)
                assert len(asked) == len(set(asked)) <= 2, story
                assert all(phase in (Phase.DONE, Phase.UNKNOWN) for phase in phases), story
                assert phases.count(Phase.UNKNOWN) <= 1, story
                captions = [video.text.partition(" · ")[0] for video in home.room.videos]
                done = [f"{place} of 2" for place, phase in enumerate(phases, 1) if phase is Phase.DONE]
                assert captions == done, story
                assert "Sent again" not in home.room.everything, story
                assert sum("one for each photo" in text for text in home.room.texts) == 1, story

        async with asyncio.TaskGroup() as group:
            for number, name in enumerate(names[:second]):
                if not name.endswith((" SAVE", " PARK", " BEGIN")):  # nothing new: see `test_resume`
                    group.create_task(killed_at(number))
