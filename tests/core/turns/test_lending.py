"""A video that the platform can fetch by itself goes without a byte through us; else it goes as always."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import OutcomeUnknown, Refused
from core.jobs import Phase
from core.messages import LocalClip, RemoteClip
from core.nemo.transport import Network
from studio.faults import Answer, Endpoint
from studio.render import Plan, RenderResult
from tests.core.chat import LIMITS, ChatRoom
from tests.core.fuses import Fuse
from tests.core.house import TIMES, House, Premises, house
from tests.wire.films import SIZE, film
from tests.wire.studio import studio
from tests.wire.world import World, behind_tls, trusting

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"
FETCHES = replace(LIMITS, video_by_url=20_000_000)


class Filming:
    """Renders a film with sound, its index first."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        output.write_bytes(film())
        return RenderResult(plan.seconds, len(film()), *SIZE)


class Trailing(Filming):
    """The same with the index at the end."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        output.write_bytes(film(fast=False))
        return RenderResult(plan.seconds, len(film(fast=False)), *SIZE)


@asynccontextmanager
async def far_away(
    ground: Premises, folder: Path, renderer: type[Filming] = Filming, *, at_work: bool = True
) -> AsyncIterator[House]:
    """A house whose backend is at https://api.example, with a platform that fetches videos by itself."""
    async with studio(folder / "studio", renderer=renderer) as running, behind_tls(running.url) as url:
        network = Network(trusting(), World({"api.example": url}))
        nemo = {"api_url": "https://api.example"}
        room = ChatRoom(FETCHES)
        async with house(
            replace(ground, network=network),
            folder,
            nemo=nemo,
            backend=running,
            room=room,
            times=TIMES,
            at_work=at_work,
        ) as home:
            yield home


async def test_the_platform_gets_the_link_and_we_no_byte(ground: Premises, tmp_path: Path) -> None:
    async with far_away(ground, tmp_path) as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=1), Phase.DONE)
        [shown] = home.room.videos
        assert isinstance(shown.video, RemoteClip)
        assert shown.video.url.startswith("https://api.example/cdn/renders/")
        assert (shown.video.width, shown.video.height, shown.video.size) == (*SIZE, len(film()))
        record = await home.record(anna)
        assert record.video is not None
        assert record.video.handle == f"handle-{shown.id}"


async def test_what_would_not_play_as_it_lies_there_is_uploaded(ground: Premises, tmp_path: Path) -> None:
    async with far_away(ground, tmp_path, Trailing) as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=1), Phase.DONE)
        [shown] = home.room.videos
        assert isinstance(shown.video, LocalClip)
        assert shown.data.index(b"moov") < shown.data.index(b"mdat")


async def test_a_link_that_the_platform_does_not_take_costs_nothing(ground: Premises, tmp_path: Path) -> None:
    async with far_away(ground, tmp_path) as home:
        home.room.fail("send_video", Refused("failed to get HTTP URL content"))
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=1), Phase.DONE)
        [shown] = home.room.videos
        assert isinstance(shown.video, LocalClip)
        assert shown.data == film()


async def test_a_link_whose_fate_is_unknown_is_not_followed_by_an_upload(ground: Premises, tmp_path: Path) -> None:
    async with far_away(ground, tmp_path) as home:
        home.room.fail("send_video", OutcomeUnknown("cut off"), effect=True)
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=1), Phase.DONE)
        assert home.room.calls.count("send_video") == 1
        assert all(isinstance(shown.video, RemoteClip) for shown in home.room.videos)


async def test_a_kill_after_the_link_went_out_leads_to_no_upload(ground: Premises, tmp_path: Path) -> None:
    async with far_away(ground, tmp_path, at_work=False) as home:
        fuse = Fuse(at="after send_video")
        first = home.start(fuse)
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await fuse.blown.wait()
        await home.kill(first, fuse)
        home.start()
        await anna.is_done_with(message, Phase.DONE)
        assert home.room.calls.count("send_video") == 1
        assert all(isinstance(shown.video, RemoteClip) for shown in home.room.videos)


async def test_a_link_that_was_refused_is_not_tried_again_when_the_upload_comes_late(
    ground: Premises, tmp_path: Path
) -> None:
    async with far_away(ground, tmp_path) as home:
        home.room.fail("send_video", Refused("failed to get HTTP URL content"))
        home.studio.faults.order(Endpoint.FILE, Answer(503), skip=1)  # the beginning comes, the whole does not
        home.studio.faults.order(Endpoint.DOWNLOAD, Answer(503))
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=1), Phase.DONE)
        assert [type(shown.video) for shown in home.room.videos] == [LocalClip]
        assert home.room.calls.count("send_video") == 2
