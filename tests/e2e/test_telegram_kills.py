"""Killed again and again while messages come: none is lost, and hardly any is answered twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.program import Stage
from tests.e2e.test_telegram import polling
from tests.wire.studio import studio
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi, bot_api

pytestmark = pytest.mark.anyio

KILLS, PEOPLE = 2, 8
ANSWER = "What is kept"


async def test_killed_again_and_again_it_answers_every_message(stage: Stage, tmp_path: Path) -> None:
    async with bot_api() as telegram, studio(tmp_path / "studio") as backend:
        people = [telegram.person(f"Person{number}") for number in range(PEOPLE)]
        for kill in range(KILLS):
            program = polling(stage, telegram, NEMO_API_URL=backend.url)
            for person in people:
                person.says("/privacy")
            enough = partial(answered, telegram, kill * PEOPLE + 2 * kill + 1)  # each time a little later
            await telegram.until(enough, "the first answers", within=60)
            await asyncio.to_thread(program.kill)
        polling(stage, telegram, NEMO_API_URL=backend.url)
        await telegram.until(lambda: min(answers(people).values()) >= KILLS, within=90)
        assert telegram.updates.pending == []
        on_their_way = PEOPLE // 2  # at a kill: whether they came cannot be known, and words may come twice
        assert sum(answers(people).values()) <= KILLS * (PEOPLE + on_their_way)


def answered(telegram: BotApi, times: int) -> bool:
    """Whether so many messages have been posted."""
    return sum(call.effect for call in telegram.ledger.of("sendMessage")) >= times


def answers(people: list[Person]) -> Counter[int]:
    """How often each of them has got the answer."""
    return Counter({person.id: sum(ANSWER in text for text in person.chat.texts) for person in people})
