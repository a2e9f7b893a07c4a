"""When something is wrong on Discord, people are told in words, nothing is paid twice, and nobody is called in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from PIL import Image

from studio.render import Plan, RenderResult
from tests.core.house import TIMES, Premises, photo, premises
from tests.core.media.reel import clip
from tests.e2e.discord_house import DiscordHouse, discord_house
from tests.e2e.discord_scene import Scene, photos, scene
from tests.e2e.situations import SECONDS, WISH
from tests.wire.discord import objects
from tests.wire.discord.calls import FOLLOW_UP, MESSAGE, ORIGINAL, POST
from tests.wire.discord.people import Photo
from tests.wire.studio import QuickRenderer

pytestmark = pytest.mark.anyio
QUICK = replace(TIMES, album=0.2, single=0.2)


class Build(Protocol):
    """Builds a house on Discord; see `discord_house`."""

    def __call__(self, **more: Any) -> AbstractAsyncContextManager[DiscordHouse]: ...


async def opened(house: DiscordHouse, **about: Any) -> Scene:
    """A guild with a channel, and the bot listening."""
    here = scene(house, **about)
    await house.listen()
    return here


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def ground(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Premises]:
    """A store and children for all tests here."""
    async with premises(tmp_path_factory.mktemp("premises")) as shared:
        yield shared


@pytest.fixture
def build(ground: Premises, tmp_path: Path) -> Build:
    """A house for each test."""

    def built(**more: Any) -> AbstractAsyncContextManager[DiscordHouse]:
        more.setdefault("times", QUICK)
        return discord_house(ground, tmp_path, **more)

    return built


# --- places that go ---------------------------------------------------------------------------------------------------


def deletes_the_channel(here: Scene) -> None:
    here.server.delete_channel(here.channel)


def throws_the_bot_out(here: Scene) -> None:
    here.server.kick_bot(here.guild)


@pytest.mark.parametrize("leave", [deletes_the_channel, throws_the_bot_out])
async def test_a_place_that_goes_in_mid_job_ends_the_job_quietly(build: Build, leave: Callable[[Scene], None]) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await opened(house)
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(1))
        await here.asked()
        leave(here)
        await here.ended()
        assert len([call for call in here.server.calls if call.status >= 400]) <= 1
        assert len(here.runs) == 1


async def test_where_the_bot_is_not_everything_comes_through_the_interaction(build: Build) -> None:
    async with build() as house:
        here = await opened(house, has_bot=False)
        one = here.anna.runs("/video", prompt=WISH, photos=photos(3), to=here.channel)
        await here.gets_video()
        assert len(one.follow_ups) <= 5
        assert here.server.called(POST) == []
        assert here.server.budgets.invalid == []


async def test_where_the_bot_is_not_and_the_interaction_is_over_the_video_comes_by_dm(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await opened(house, has_bot=False)
        one = here.anna.runs("/video", prompt=WISH, photos=photos(4), to=here.channel)
        await here.asked()
        one.born -= here.server.times.token
        film = await here.anna.gets_video(seconds=SECONDS)
        await here.ended()
        assert [call.code for call in here.server.calls if call.status == 401] == [50027]
        assert len(here.server.budgets.invalid) <= 2
        here.anna.says("make it vertical", reply_to=next(said for said in here.anna.answers() if film in said.files))
        await here.anna.gets_video(number=2, seconds=SECONDS)
        await here.ended()
        assert any("1080×1920" in text for text in here.anna.reads())


# --- what people hand in ----------------------------------------------------------------------------------------------


async def test_a_prompt_of_six_thousand_letters_is_taken(build: Build) -> None:
    async with build() as house:
        here = await opened(house)
        prompt = f"{WISH}, and remember: " + "slowly and calmly, " * 400
        here.anna.runs("/video", prompt=prompt[:6000], photos=photos(5), to=here.channel)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        assert [call for call in here.server.calls if call.status == 400] == []


async def test_a_picture_that_disappeared_is_told(build: Build) -> None:
    async with build() as house:
        here = await opened(house)
        here.server.faults.slow("GET /attachments", 0.5)
        said = here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(6))
        here.anna.removes(said)
        await here.sees("no longer there")
        await here.ended()
        assert here.videos(here.channel) == 0


async def test_nobody_is_called_by_names_and_prompts(build: Build) -> None:
    async with build() as house:
        here = await opened(house)
        ben = here.server.person("Ben", here.guild)
        title = f"@everyone *bold* {ben.user.mention}"
        prompt = f"make a 3 second video with the title “{title}”"
        here.anna.runs("/video", prompt=prompt, photos=[Photo("@here _x_.jpg", photo(7))], to=here.channel)
        await here.gets_video()
        said = here.anna.answers(here.channel)
        assert not any(one.everyone or ben.user in one.pinged for one in said)
        assert any("*bold*" in text for text in here.anna.reads(here.channel))


@pytest.mark.parametrize("forged", ["x", "menu0", "?", "../../etc/passwd", "a?b?c", "\u202e" * 50])
async def test_a_forged_component_is_acknowledged_and_does_nothing(build: Build, forged: str) -> None:
    async with build() as house:
        here = await opened(house)
        here.anna.runs("/video", prompt=WISH, photos=photos(8), to=here.channel)
        await here.gets_video()
        pressed = here.anna.presses(here.anna.answers(here.channel)[-1], custom_id=forged)
        await here.server.until(lambda: pressed.answered_at, "an acknowledgement", SECONDS)
        await here.ended()
        assert len(here.runs) == 1


# --- what Discord does ------------------------------------------------------------------------------------------------


async def test_answers_that_were_lost_leave_one_status_and_one_video(build: Build) -> None:
    async with build() as house:
        here = await opened(house)
        here.server.faults.cut(POST, after=True)  # the status; it is sent again
        here.server.faults.cut(POST, after=True, skip=2)  # the video
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(9))
        await here.gets_video()
        assert [len(one.files) for one in here.anna.answers(here.channel)] == [0, 1]
        assert len(here.runs) == 1


async def test_discords_usual_limits_are_kept(build: Build) -> None:
    """Five messages in five seconds, five edits in five seconds, five answers in two: nothing is refused."""
    times = replace(QUICK, render_poll=1.5, render_tempo=1.0)  # looks as far apart as they usually are
    async with build(times=times, generation_seconds=3.0) as house:
        here = await opened(house)
        for route, seconds in ((POST, 5.0), (f"PATCH {MESSAGE}", 5.0), (ORIGINAL, 2.0), (FOLLOW_UP, 2.0)):
            here.server.budgets.restrict(route, 5, seconds)
        here.anna.runs("/video", prompt=WISH, photos=photos(14, 15), to=here.channel)
        await here.asked()
        here.anna.says(f"{here.anna.bot_mention} add the title Lisbon", to=here.channel)
        await here.gets_video(2)
        await here.ended()
        assert here.server.budgets.refusals == []


async def test_a_cut_in_mid_job_costs_nothing(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await opened(house)
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(10))
        await here.asked()
        here.server.gateway.cut()
        here.anna.says(f"{here.anna.bot_mention} add the title Lisbon", to=here.channel)
        await here.gets_video(2)
        assert len(here.runs) == 2
        assert len(here.server.gateway.identifies) == 1


async def test_the_same_interaction_twice_has_one_effect(build: Build) -> None:
    async with build() as house:
        here = await opened(house)
        one = here.anna.runs("/video", prompt=WISH, photos=photos(11), to=here.channel)
        here.server.announce(one)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        here.server.announce(one)
        await here.ended()
        assert len(here.runs) == 1
        assert here.videos(here.channel) == 1


class GrainyRenderer(QuickRenderer):
    """Makes films that take up room, since no two of their pictures are alike."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        await asyncio.to_thread(_grainy, plan, output)
        return RenderResult(plan.seconds, output.stat().st_size, plan.width, plan.height)


def _grainy(plan: Plan, output: Path) -> None:
    dice, size, beside = np.random.default_rng(7), (plan.height, plan.width, 3), output.with_suffix(".part")

    def paint(_: float) -> Image.Image:
        return Image.fromarray(dice.integers(110, 140, size, np.uint8))

    clip(beside, seconds=plan.seconds, size=(plan.width, plan.height), fps=2, sound=False, paint=paint).replace(output)


async def test_a_film_too_large_for_the_place_is_made_to_fit(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 150_000
    monkeypatch.setitem(objects.UPLOAD_BYTES, 0, most)
    async with build(renderer=GrainyRenderer) as house:
        here = await opened(house, has_bot=False)  # where the interaction tells the limit
        here.anna.runs("/video", prompt="make a 4 second video of it", photos=photos(12), to=here.channel)
        video = await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        assert len(video.data) <= most
        assert "smaller" in here.anna.reads(here.channel)[-1]
        assert [call for call in here.server.calls if call.code == 40005] == []
