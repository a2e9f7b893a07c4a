"""Two attempts at one job on one machine: whoever lost it may go on for a moment, and harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.control import Control
from core.errors import LeaseLost, SlowDown
from core.jobs import Parked, Phase
from core.messages import Attachment, Choice, MessageRef
from core.nemo.transport import Network
from core.turns import Turns
from core.uploads import BATCH_BYTES
from studio.faults import Endpoint
from tests.core.chat import ChatRoom
from tests.core.house import TIMES, Premises, SlowRenderer, house, photo
from tests.core.store.mail import lease, taken_over
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

LARGE = photo().ljust(2 * BATCH_BYTES + 1, b"\0")  # goes to the disk in more than one piece


class Halting(ChatRoom):
    """A chat whose files come as far as their first piece until somebody lets the rest come."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: list[asyncio.Event] = []

    @asynccontextmanager
    async def open(self, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
        gate = asyncio.Event()

        async def chunks() -> AsyncGenerator[bytes, None]:
            yield LARGE[:BATCH_BYTES]
            self.gates.append(gate)
            await gate.wait()
            yield LARGE[BATCH_BYTES:]

        async with aclosing(chunks()) as rest:
            yield rest

    async def halts(self, number: int) -> asyncio.Event:
        """Wait until a file has come half for the `number`-th time."""
        await self.until(lambda: len(self.gates) >= number, what="half a file", seconds=30)
        return self.gates[number - 1]


async def test_who_lost_a_job_takes_no_file_from_who_has_it_now(ground: Premises, tmp_path: Path) -> None:
    room = Halting()
    async with house(ground, tmp_path, at_work=False, room=room) as home:
        await home.shop.mailbox.open()
        turns = Turns(home.shop, Control(home.shop).handle)
        anna = home.person()
        message = await anna.sends("a 6-second slideshow of this", photos=1)
        late = asyncio.create_task(turns.handle(await lease(home.shop.mailbox)))
        await room.halts(1)
        held = await taken_over(home.shop.mailbox)
        heir = asyncio.create_task(turns.handle(held))
        rest = await room.halts(2)
        late.cancel()  # as its worker does once it hears of its loss
        await asyncio.wait([late])
        rest.set()
        assert isinstance(await heir, Parked), room.texts
        await held.park(0)
        home.start()
        await anna.is_done_with(message, Phase.DONE)
        assert [name for name in room.texts if "can't" in name] == []


class Gated(Network):
    """A way to the backend that stands, and over which nothing goes until the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.stands, self.gate = asyncio.Event(), asyncio.Event()

    def connector(self, **options: Any) -> aiohttp.BaseConnector:
        network = self

        class Connector(aiohttp.TCPConnector):
            async def _create_connection(self, *args: Any) -> Any:
                made = await super()._create_connection(*args)
                network.stands.set()
                await network.gate.wait()
                return made

        return Connector(**options) if options.get("force_close") else super().connector(**options)


async def test_who_lost_a_job_does_not_address_the_agent_though_the_line_stands(
    ground: Premises, tmp_path: Path
) -> None:
    line = Gated()
    always = replace(TIMES, term=0.0)  # however short a time ago the lease was held, it is asked for
    async with house(replace(ground, network=line), tmp_path, at_work=False, times=always) as home:
        await home.shop.mailbox.open()
        turns = Turns(home.shop, Control(home.shop).handle)
        await home.person().sends("a 6-second slideshow of this", photos=1)
        late = asyncio.create_task(turns.handle(await lease(home.shop.mailbox)))
        async with asyncio.timeout(30):
            await line.stands.wait()
        await taken_over(home.shop.mailbox)
        line.gate.set()
        with pytest.raises(LeaseLost):
            await late
        assert home.studio.ledger.runs == []


class Crowded(ChatRoom):
    """A chat that takes no edit on the way: each waits for its turn, for as long as its sender does."""

    given_up = 0

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        try:
            if "Rendering" in text:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        await super().edit_text(ref, text, choices)


async def test_what_is_shown_on_the_way_waits_no_longer_than_the_job_is_certainly_ours(build: Build) -> None:
    room = Crowded()
    async with build(room=room, renderer=SlowRenderer, times=replace(TIMES, term=0.2)) as home:
        SlowRenderer.finish = asyncio.Event()
        anna = home.person()
        await anna.sends("a 6-second slideshow of this", photos=1)
        await room.until(lambda: room.given_up, what="an edit that is given up")
        SlowRenderer.finish.set()
        await anna.gets_video()


async def test_at_its_end_an_attempt_clears_up_after_itself_and_those_before_it(
    ground: Premises, tmp_path: Path
) -> None:
    async with house(ground, tmp_path, at_work=False) as home:
        places = [home.shop.place("job", fence) for fence in (1, 2, 3)]
        for place in places:
            (place / "files").mkdir(parents=True)
        home.shop.clear("job", 2)
        assert [place.exists() for place in places] == [False, False, True]
        home.shop.clear("job")
        assert list(home.shop.folder.iterdir()) == []


async def test_a_video_that_has_come_is_not_fetched_again_by_the_next_attempt(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.room.fail("send_video", SlowDown(0.2), times=2)
        await anna.is_done_with(await anna.sends("a 6-second slideshow of this", photos=1), Phase.DONE)
        [_] = home.room.videos
        assert home.studio.ledger.count(Endpoint.FILE) == 1
