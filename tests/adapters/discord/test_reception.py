"""What comes in is recorded, again and again while the store is away; what is known already is not noted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.discord.notebook import Notebook, Place, Question
from adapters.discord.places import key_of
from adapters.discord.reception import Arrival, Reception
from core.errors import StoreAway
from core.messages import Inbound, InboundMessage, Sender
from tests.adapters.discord.memory import MemoryNotes

pytestmark = pytest.mark.anyio

HERE = key_of(1)


def arrival(number: int) -> Arrival:
    message = InboundMessage(HERE, f"{number}", Sender("7", locale="en-US"), datetime.now(UTC))
    return Arrival(message, Question(7), Place(3, 100))


async def test_a_store_that_comes_back_in_time_is_waited_for() -> None:
    tries = 0

    async def receive(inbound: Inbound) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreAway("by plan")

    await Reception(Notebook(MemoryNotes()), receive).take(arrival(1))
    assert tries == 3


async def test_what_was_noted_lately_is_not_noted_again() -> None:
    notes = MemoryNotes()

    async def receive(inbound: Inbound) -> None:
        return

    reception = Reception(Notebook(notes), receive)
    for number in range(3):
        await reception.take(arrival(number))
    await reception.take(replace(arrival(4), place=Place(3, 200)))
    assert notes.puts.count("place") == 2
    assert notes.puts.count("locale:7") == 1
