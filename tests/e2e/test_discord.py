"""The whole product on Discord: the real program, a strict Discord, a studio; people who use it and what they get."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from studio.serve import Studio
from tests.e2e.program import Program, Stage
from tests.wire.discord.calls import ORIGINAL
from tests.wire.discord.people import Person, Photo
from tests.wire.discord.server import DiscordServer, discord_server
from tests.wire.discord.world import Channel, File, Guild
from tests.wire.studio import studio
from tests.wire.valkey import valkey

pytestmark = pytest.mark.anyio
SECONDS = 90.0
WISH = "make a 3 second slideshow of these"
KEY = "0123456789abcdef" * 4


@dataclass(slots=True)
class Town:
    """A Discord with a guild, the program that serves it, and the studio behind."""

    server: DiscordServer
    studio: Studio
    stage: Stage
    guild: Guild
    channel: Channel
    anna: Person
    photos: Sequence[Photo]

    async def start(self, *, sessions: int = 1, **settings: str) -> Program:
        """Start the program, and wait until it is there."""
        before = len(self.server.gateway.identifies)
        program = self.launch("run", **settings)
        await self.heard(program, before + sessions)
        return program

    def launch(self, part: str, **settings: str) -> Program:
        """Start the program, or a part of it."""
        settings |= {"DISCORD_BOT_TOKEN": self.server.token, "DISCORD_API_URL": self.server.api_url}
        return self.stage.start(part, NEMO_API_URL=self.studio.url, **settings)

    async def heard(self, program: Program, sessions: int) -> None:
        """Wait until so many sessions have begun, in all."""

        def there() -> bool:
            assert program.process.poll() is None, program.said()
            return len(self.server.gateway.identifies) >= sessions

        await self.server.until(there, "the bot at the gateway", SECONDS)
        await self.server.until(lambda: self.server.commands.get(0), "its commands", SECONDS)

    async def video(self, where: Channel, number: int = 1) -> File:
        """A video in a place."""
        return await self.anna.gets_video(to=where, number=number, seconds=SECONDS)

    @property
    def wishes(self) -> list[str]:
        """What the agent was asked, each time that it was asked."""
        return [run.text.partition("\n[")[0] for run in self.studio.ledger.runs]


@asynccontextmanager
async def town(stage: Stage, samples: Sequence[Path], **studio_settings: Any) -> AsyncIterator[Town]:
    """A town. The programs in it end before Discord does."""
    async with discord_server() as server, studio(stage.folder / "studio", **studio_settings) as backend:
        guild = server.guild("Club")
        photos = [Photo(path.name, path.read_bytes()) for path in samples]
        place = Town(server, backend, stage, guild, server.channel(guild), server.person("Anna", guild), photos)
        try:
            yield place
        finally:
            for program in stage.started:
                if program.process.poll() is None:
                    await asyncio.to_thread(program.stop)


def facts(video: File) -> tuple[int, int, int]:
    """Width, height and seconds of what a person got, by decoding all of it."""
    with av.open(io.BytesIO(video.data), "r") as film:
        assert [frame for frame in film.decode(video=0) if frame.is_corrupt] == []
        stream = film.streams.video[0]
        return stream.width, stream.height, round(float((stream.duration or 0) * (stream.time_base or 0)))


async def test_three_photos_in_a_command_become_a_film(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        program = await here.start()
        one = here.anna.runs("/video", prompt=WISH, photos=here.photos[:3], ratio="9:16", to=here.channel)
        video = await here.video(here.channel)
        assert facts(video) == (1080, 1920, 3)
        assert one.answered_at is not None
        assert one.answered_at - one.born < here.server.times.first_answer
        assert here.anna.user in here.anna.answers(here.channel)[-1].pinged
        assert [call.route for call in here.server.calls if call.status >= 400] == []
        assert here.server.unknown == []
        said = program.said()
        assert [secret for secret in (here.server.token, one.token, "hm=", WISH) if secret in said] == []


async def test_a_job_that_outlives_its_interaction_ends_in_the_channel(stage: Stage, samples: list[Path]) -> None:
    """A job of twenty minutes with a token of fifteen, in seconds."""
    async with town(stage, samples, generation_seconds=6.0) as here:
        here.server.times.token = 4.5
        await here.start()
        one = here.anna.runs("/video", prompt=WISH, photos=here.photos[:2], to=here.channel)
        video = await here.video(here.channel)
        assert facts(video)[2] == 3
        assert one.original is not None
        assert not one.original.is_loading
        refused = [call for call in here.server.called(ORIGINAL) if call.code == 50027]
        assert len(refused) <= 2
        assert len(here.server.budgets.invalid) <= 3
        assert len([message for message in here.anna.answers(here.channel) if message.files]) == 1


async def test_in_private_a_photo_and_a_sentence_are_enough(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        await here.start()
        here.anna.says(WISH, files=here.photos[:2])
        assert facts(await here.video(here.anna.dm)) == (1920, 1080, 3)


async def test_a_thread_has_a_project_of_its_own(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        await here.start()
        thread = here.anna.opens_thread(here.channel, "holidays")
        here.anna.says(f"{here.anna.bot_mention} {WISH}", to=thread, files=here.photos[:2])
        assert facts(await here.video(thread))[2] == 3
        here.anna.runs("/status", to=here.channel)
        await here.anna.sees("no project", to=here.channel, seconds=SECONDS)
        assert not [message for message in here.anna.answers(here.channel) if message.files]


async def test_two_shards_serve_their_own_guilds(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        here.server.gateway.rules.shards = here.server.gateway.rules.max_concurrency = 2
        guilds = [here.server.guild(f"G{number}", shard=(number, 2)) for number in (0, 1)]
        places = [here.server.channel(guild) for guild in guilds]
        for guild in guilds:
            guild.members[here.anna.user.id] = here.anna.user
        await here.start(sessions=2)
        for place in places:
            here.anna.runs("/video", prompt=WISH, photos=here.photos[:1], to=place)
        for place in places:
            await here.video(place)
        assert {shard for _, shard in here.server.gateway.identifies} == {(0, 2), (1, 2)}


async def test_a_process_for_each_shard_and_one_that_works(stage: Stage, samples: list[Path]) -> None:
    """They share nothing but the store; whoever listens never speaks, and whoever speaks never listens."""
    with valkey() as store:
        async with town(stage, samples) as here:
            here.server.gateway.rules.shards = here.server.gateway.rules.max_concurrency = 2
            places = [here.server.channel(here.server.guild(f"G{number}", shard=(number, 2))) for number in (0, 1)]
            for place in places:
                assert place.guild is not None
                place.guild.members[here.anna.user.id] = here.anna.user
            shared = {"REDIS_URL": store.url, "PHOTOREEL_KEY": KEY, "DISCORD_SHARD_COUNT": "2"}
            folders = [{"PHOTOREEL_DATA": str(stage.folder / name)} for name in ("first", "second", "third")]
            ears = [
                here.launch("listen", DISCORD_SHARD_IDS=str(number), **shared, **folders[number]) for number in (0, 1)
            ]
            here.launch("work", **shared, **folders[2])
            await here.heard(ears[0], 2)
            for place in places:
                here.anna.runs("/video", prompt=WISH, photos=here.photos[:1], to=place)
            for place in places:
                assert facts(await here.video(place))[2] == 3
            assert sorted(shard for _, shard in here.server.gateway.identifies) == [(0, 2), (1, 2)]
            assert here.server.command_writes == 1


async def test_buttons_and_dialogs_work_after_a_restart(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        program = await here.start()
        here.anna.runs("/video", prompt=WISH, photos=here.photos[:1], to=here.channel)
        await here.video(here.channel)
        program.kill()
        await here.start()
        message = here.anna.answers(here.channel)[-1]
        here.anna.presses(message, "9:16")
        assert facts(await here.video(here.channel, 2))[:2] == (1080, 1920)
        opened = here.anna.presses(here.anna.answers(here.channel)[-1], "Title")
        await here.server.until(lambda: opened.modal, "a dialog", SECONDS)
        here.anna.fills(opened, "Lisbon")
        await here.video(here.channel, 3)
        assert here.server.command_writes == 1


@pytest.mark.parametrize("way", ["command", "mention"])
async def test_killed_in_mid_turn_it_reports_the_result_once(stage: Stage, samples: list[Path], way: str) -> None:
    async with town(stage, samples, generation_seconds=3.0) as here:
        program = await here.start()
        if way == "command":
            here.anna.runs("/video", prompt=WISH, photos=here.photos[:2], to=here.channel)
        else:
            here.anna.says(f"{here.anna.bot_mention} {WISH}", to=here.channel, files=here.photos[:2])
        await here.server.until(lambda: here.studio.ledger.runs, "the message at the backend", SECONDS)
        program.kill()
        await here.start()
        assert facts(await here.video(here.channel))[2] == 3
        assert here.wishes == [WISH]
        assert len([message for message in here.anna.answers(here.channel) if message.files]) == 1


async def test_told_to_stop_it_leaves_within_its_time(stage: Stage, samples: list[Path]) -> None:
    async with town(stage, samples) as here:
        program = await here.start()
        assert await asyncio.to_thread(program.stop, signal.SIGTERM) == 0
        assert "Traceback" not in program.said()
        assert here.server.token not in program.said()
        await here.server.until(lambda: not here.server.gateway.lines, "an empty gateway")
