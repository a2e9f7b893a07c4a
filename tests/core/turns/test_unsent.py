"""An instruction that never left this machine: it is tried again just as it was, with all that belonged to it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.jobs import Phase
from core.nemo.transport import Network
from tests.core.house import House, Premises, house

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these photos with music"


class Line(Network):
    """The way to the backend; while `cut` is counted down, no connection is made for a message to the agent."""

    cut = 0

    def connector(self, **options: Any) -> aiohttp.BaseConnector:
        return super().connector(
            **options | {"socket_factory": self._socket} if options.get("force_close") else options
        )

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        if self.cut:
            self.cut -= 1
            raise ConnectionRefusedError
        return socket.socket(*info[:3])


@asynccontextmanager
async def at_a_line(ground: Premises, folder: Path) -> AsyncIterator[tuple[House, Line]]:
    """A house, and its line to the backend."""
    line = Line()
    async with house(replace(ground, network=line), folder) as home:
        yield home, line


async def test_a_wish_that_was_said_before_its_photos_is_kept(ground: Premises, tmp_path: Path) -> None:
    async with at_a_line(ground, tmp_path) as (home, line):
        anna = home.person()
        early = await anna.sends(WISH)
        await anna.is_done_with(early, Phase.DONE)
        line.cut = 1
        message = await anna.sends(photos=2)
        await anna.saw("I'll try again at ")
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}
        assert len(home.room.videos) == 1


async def test_the_answer_to_a_question_is_still_one(ground: Premises, tmp_path: Path) -> None:
    async with at_a_line(ground, tmp_path) as (home, line):
        anna = home.person()
        await anna.is_done_with(await anna.sends(WISH, photos=2), Phase.DONE)
        await anna.presses("Title")
        await anna.sees("What should the title say?")
        line.cut = 1
        answer = await anna.sends("Lisbon")
        await anna.is_done_with(answer, Phase.DONE)
        assert home.wishes == {WISH: 1, "Set the title to “Lisbon”.": 1}


async def test_the_photos_are_still_named(ground: Premises, tmp_path: Path) -> None:
    async with at_a_line(ground, tmp_path) as (home, line):
        anna = home.person()
        line.cut = 1
        await anna.is_done_with(await anna.sends(WISH, photos=2), Phase.DONE)
        [run] = home.studio.ledger.runs
        assert "[Photos in the order in which they were sent: 1. " in run.text
