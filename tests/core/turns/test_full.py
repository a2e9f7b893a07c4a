"""A button that is pressed while too much waits: the person is told, and may press it again."""

from __future__ import annotations

import pytest

from core.jobs import Phase
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def test_a_press_that_found_no_room_does_not_use_up_the_button(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=1), Phase.DONE)
        home.shop.mailbox._cap = 0
        await anna.presses("9:16")
        await anna.sees("Too many messages are waiting here already.")
        home.shop.mailbox._cap = 100
        assert await anna.presses("9:16") == "On it."
        await anna.gets_video(2)
