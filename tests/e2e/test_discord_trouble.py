"""When something is wrong on Discord, people are told in words, nothing is paid twice, and nobody is called in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import pytest

from studio.render import Plan, RenderResult
from tests.core.house import TIMES, Premises, photo, premises
from tests.e2e.discord_house import DiscordHouse, discord_house
from tests.wire.discord import objects
from tests.wire.discord.people import Person, Photo
from tests.wire.discord.server import DiscordServer
from tests.wire.discord.world import Channel, Guild
from tests.wire.studio import QuickRenderer

pytestmark = pytest.mark.anyio
SECONDS = 60.0
WISH = "make a 3 second video of it"
MESSAGE = "/channels/{channel}/messages/{message}"
ANSWER = "/webhooks/{application}/{token}/messages/{message}"
POST = "POST /channels/{channel}/messages"
FOLLOW_UP = "POST /webhooks/{application}/{token}"
QUICK = replace(TIMES, album=0.2, single=0.2)


class Build(Protocol):
    """Builds a house on Discord; see `discord_house`."""

    def __call__(self, **more: Any) -> AbstractAsyncContextManager[DiscordHouse]: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """A guild, a channel, somebody in it, and the house that listens."""

    house: DiscordHouse
    guild: Guild
    channel: Channel
    anna: Person

    @property
    def server(self) -> DiscordServer:
        return self.house.server

    @property
    def runs(self) -> Sequence[object]:
        """What the agent was asked."""
        return self.house.home.studio.ledger.runs

    async def asked(self) -> None:
        """Wait until the agent has been asked."""
        await self.server.until(lambda: self.runs, "the message at the backend", SECONDS)

    async def ended(self, seconds: float = SECONDS) -> None:
        """Wait until nothing is running any more in the channel."""
        mailbox = self.house.home.shop.mailbox
        key = self.house.key_of(self.channel)
        async with asyncio.timeout(seconds):
            while await mailbox.running(key) is not None:
                await asyncio.sleep(0.05)

    def videos(self, where: Channel) -> int:
        """How many videos stand there."""
        return sum(file.mime == "video/mp4" for one in self.anna.answers(where) for file in one.files)


async def scene(house: DiscordHouse, **about: Any) -> Scene:
    """A guild with a channel, and the bot listening."""
    server = house.server
    guild = server.guild("Club", **about)
    await house.listen()
    return Scene(house, guild, server.channel(guild), server.person("Anna", guild))


def photos(*numbers: int) -> list[Photo]:
    return [Photo(f"photo{number}.jpg", photo(number)) for number in numbers]


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


async def test_a_channel_that_is_deleted_in_mid_job_ends_the_job_quietly(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await scene(house)
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(1))
        await here.asked()
        here.server.delete_channel(here.channel)
        await here.ended()
        refused = [call for call in here.server.calls if call.code == 10003]
        assert len(refused) <= 1
        assert len(here.runs) == 1


async def test_a_bot_that_is_thrown_out_in_mid_job_calls_no_more(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await scene(house)
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(2))
        await here.asked()
        here.server.kick_bot(here.guild)
        await here.ended()
        assert len(here.server.budgets.invalid) <= 1


async def test_where_the_bot_is_not_everything_comes_through_the_interaction(build: Build) -> None:
    async with build() as house:
        here = await scene(house, has_bot=False)
        one = here.anna.runs("/video", prompt=WISH, photos=photos(3), to=here.channel)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        await here.ended()
        assert len(one.follow_ups) <= 5
        assert here.server.called(POST) == []
        assert here.server.budgets.invalid == []


async def test_where_the_bot_is_not_and_the_interaction_is_over_the_video_comes_by_dm(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await scene(house, has_bot=False)
        one = here.anna.runs("/video", prompt=WISH, photos=photos(4), to=here.channel)
        await here.asked()
        one.born -= here.server.times.token
        await here.anna.gets_video(seconds=SECONDS)
        await here.ended()
        assert [call.code for call in here.server.calls if call.status == 401] == [50027]
        assert len(here.server.budgets.invalid) <= 2


# --- what people hand in ----------------------------------------------------------------------------------------------


async def test_a_prompt_of_six_thousand_letters_is_taken(build: Build) -> None:
    async with build() as house:
        here = await scene(house)
        prompt = f"{WISH}, and remember: " + "slowly and calmly, " * 400
        here.anna.runs("/video", prompt=prompt[:6000], photos=photos(5), to=here.channel)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        assert [call for call in here.server.calls if call.status == 400] == []


async def test_a_picture_that_disappeared_is_told(build: Build) -> None:
    async with build() as house:
        here = await scene(house)
        here.server.faults.slow("GET /attachments", 0.5)
        said = here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(6))
        here.anna.removes(said)
        await here.anna.sees("no longer there", to=here.channel, seconds=SECONDS)
        await here.ended()
        assert here.videos(here.channel) == 0


async def test_nobody_is_called_by_names_and_prompts(build: Build) -> None:
    async with build() as house:
        here = await scene(house)
        ben = here.server.person("Ben", here.guild)
        title = f"@everyone *bold* {ben.user.mention}"
        prompt = f"make a 3 second video with the title “{title}”"
        here.anna.runs("/video", prompt=prompt, photos=[Photo("@here _x_.jpg", photo(7))], to=here.channel)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        await here.ended()
        said = here.anna.answers(here.channel)
        assert not any(one.everyone or ben.user in one.pinged for one in said)
        assert any("*bold*" in text for text in here.anna.reads(here.channel))


@pytest.mark.parametrize("forged", ["x", "menu0", "?", "../../etc/passwd", "a?b?c", "\u202e" * 50])
async def test_a_forged_component_is_acknowledged_and_does_nothing(build: Build, forged: str) -> None:
    async with build() as house:
        here = await scene(house)
        here.anna.runs("/video", prompt=WISH, photos=photos(8), to=here.channel)
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        await here.ended()
        pressed = here.anna.presses(here.anna.answers(here.channel)[-1], custom_id=forged)
        await here.server.until(lambda: pressed.answered_at, "an acknowledgement", SECONDS)
        await here.ended()
        assert len(here.runs) == 1


# --- what Discord does ------------------------------------------------------------------------------------------------


async def test_answers_that_were_lost_leave_one_status_and_one_video(build: Build) -> None:
    async with build() as house:
        here = await scene(house)
        here.server.faults.cut(POST, after=True)  # the status; it is sent again
        here.server.faults.cut(POST, after=True, skip=2)  # the video
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(9))
        await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        await here.ended()
        assert [len(one.files) for one in here.anna.answers(here.channel)] == [0, 1]
        assert len(here.runs) == 1


async def test_discords_usual_limits_are_kept(build: Build) -> None:
    """Five messages in five seconds, five edits in five seconds, five answers in two: nothing is refused."""
    times = replace(QUICK, render_poll=1.5, render_tempo=1.0)  # looks as far apart as they usually are
    async with build(times=times, generation_seconds=3.0) as house:
        here = await scene(house)
        for route, seconds in ((POST, 5.0), (f"PATCH {MESSAGE}", 5.0), (f"PATCH {ANSWER}", 2.0), (FOLLOW_UP, 2.0)):
            here.server.budgets.restrict(route, 5, seconds)
        here.anna.runs("/video", prompt=WISH, photos=photos(14, 15), to=here.channel)
        await here.asked()
        here.anna.says(f"{here.anna.bot_mention} add the title Lisbon", to=here.channel)
        await here.anna.gets_video(to=here.channel, number=2, seconds=SECONDS)
        await here.ended()
        assert here.server.budgets.refusals == []


async def test_a_cut_in_mid_job_costs_nothing(build: Build) -> None:
    async with build(generation_seconds=1.5) as house:
        here = await scene(house)
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=photos(10))
        await here.asked()
        here.server.gateway.cut()
        here.anna.says(f"{here.anna.bot_mention} add the title Lisbon", to=here.channel)
        await here.anna.gets_video(to=here.channel, number=2, seconds=SECONDS)
        assert len(here.runs) == 2
        assert len(here.server.gateway.identifies) == 1


async def test_the_same_interaction_twice_has_one_effect(build: Build) -> None:
    async with build() as house:
        here = await scene(house)
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
    grain, beside = np.random.default_rng(7), output.with_suffix(".part")
    with av.open(str(beside), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "yuv420p"
        for number in range(round(plan.seconds * 2)):
            noise = grain.integers(110, 140, (plan.height, plan.width, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    beside.replace(output)


async def test_a_film_too_large_for_the_place_is_made_to_fit(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 150_000
    monkeypatch.setitem(objects.UPLOAD_BYTES, 0, most)
    async with build(renderer=GrainyRenderer) as house:
        here = await scene(house, has_bot=False)  # where the interaction tells the limit
        here.anna.runs("/video", prompt="make a 4 second video of it", photos=photos(12), to=here.channel)
        video = await here.anna.gets_video(to=here.channel, seconds=SECONDS)
        assert len(video.data) <= most
        assert "smaller" in here.anna.reads(here.channel)[-1]
        assert [call for call in here.server.calls if call.code == 40005] == []
