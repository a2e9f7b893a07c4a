"""Telegram's limits, and pauses that it orders: nothing is sent before its time, and every result arrives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.telegram.places import key_of
from tests.core.house import photo, premises
from tests.e2e.situations import WISH, rests
from tests.e2e.telegram_house import telegram_house
from tests.wire.telegram.faults import pause
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi

pytestmark = pytest.mark.anyio

PAUSE = 3


async def test_pauses_are_kept_hold_up_nobody_else_and_lose_nothing(tmp_path: Path) -> None:
    async with premises(tmp_path) as ground, telegram_house(ground, tmp_path, generation_seconds=0.5) as house:
        server = house.server
        server.floods.on, server.floods.per_chat = True, (2, 2.0)
        slowed, free = people(server, 4), people(server, 4)
        for person in slowed:
            for method in ("sendMessage", "editMessageText", "sendVideo"):
                server.faults.plan(method, pause(PAUSE), chat=person.id)
        for number, person in enumerate([*slowed, *free]):
            person.sends_photo(photo(number), WISH)
        await server.until(lambda: have_videos(free), within=60)
        assert not have_videos(slowed)
        await server.until(lambda: have_videos(slowed), within=60)
        for person in [*slowed, *free]:
            await rests(house.home, key_of(person.id))
        assert server.floods.early == []
        assert {len(person.chat.videos) for person in [*slowed, *free]} == {1}


def people(server: BotApi, count: int) -> list[Person]:
    return [server.person(f"Person{number}") for number in range(count)]


def have_videos(some: Sequence[Person]) -> bool:
    return all(person.chat.videos for person in some)
