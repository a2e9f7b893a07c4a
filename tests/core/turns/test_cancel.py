"""A request to stop, at each stage: what it stops, what it says, and what can not be undone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.jobs import Phase
from studio.faults import Endpoint, Fault, Hang
from tests.core.house import TIMES, Person, SlowRenderer
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("faults", [(), (Fault(Endpoint.RENDER, Hang(after=True)),)], ids=["looked at", "just begun"])
async def test_what_is_forgotten_while_it_renders_is_stopped_at_the_backend(
    build: Build, faults: tuple[Fault, ...]
) -> None:
    SlowRenderer.finish, SlowRenderer.begun, SlowRenderer.cancelled = asyncio.Event(), 0, 0
    async with build(renderer=SlowRenderer, faults=faults, times=replace(TIMES, term=60.0)) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await home.room.until(lambda: SlowRenderer.begun)
        await forgets(anna)
        assert home.studio.ledger.count(Endpoint.CANCEL) == 1
        await home.room.until(lambda: SlowRenderer.cancelled == 1)
        assert SlowRenderer.begun == 1


async def test_a_backend_that_does_not_listen_keeps_nobody_from_being_forgotten(build: Build) -> None:
    SlowRenderer.finish, SlowRenderer.cancelled = asyncio.Event(), 0
    async with build(renderer=SlowRenderer, faults=(Fault(Endpoint.CANCEL, Hang()),)) as home:
        anna = home.person()
        await anna.sends(WISH, photos=1)
        await anna.saw("Rendering 40 %")
        await forgets(anna)
        assert home.studio.ledger.count(Endpoint.CANCEL) == 1


async def forgets(anna: Person) -> None:
    """Have everything deleted."""
    await anna.commands("forget")
    await anna.sees("Really?")
    await anna.presses("Delete everything")
    await anna.sees("Everything about this chat is deleted.")


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
