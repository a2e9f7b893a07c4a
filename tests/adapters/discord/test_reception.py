"""What comes in is recorded in its order, again and again while the store is away, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.discord.notebook import Notebook, Place, Question
from adapters.discord.places import key_of
from adapters.discord.reception import Arrival, NotRecorded, Reception
from adapters.discord.turnstile import Turnstile
from core.errors import StoreAway
from core.messages import Inbound, InboundMessage, Sender
from tests.adapters.discord.memory import MemoryNotes

pytestmark = pytest.mark.anyio

HERE = key_of(1)


def arrival(number: int, chat: int = 1) -> Arrival:
    message = InboundMessage(key_of(chat), f"{number}", Sender("7", locale="en-US"), datetime.now(UTC))
    return Arrival(message, Question(7), Place(3, 100))


async def test_one_place_keeps_its_order_and_waits_for_no_other() -> None:
    recorded: list[str] = []
    stuck = asyncio.Event()

    async def receive(inbound: Inbound) -> None:
        if inbound.id == "1":
            await stuck.wait()
        recorded.append(inbound.id)

    reception = Reception(Notebook(MemoryNotes()), receive)
    async with asyncio.TaskGroup() as group:
        for number in range(1, 6):
            group.create_task(reception.take(arrival(number), seconds=5.0))
        for number in range(6, 10):
            await reception.take(arrival(number, chat=number), seconds=5.0)
        assert recorded == ["6", "7", "8", "9"]
        stuck.set()
    assert recorded == ["6", "7", "8", "9", "1", "2", "3", "4", "5"]


async def test_a_store_that_comes_back_in_time_is_waited_for() -> None:
    tries = 0

    async def receive(inbound: Inbound) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreAway("by plan")

    await Reception(Notebook(MemoryNotes()), receive).take(arrival(1), seconds=5.0)
    assert tries == 3


async def test_what_cannot_be_recorded_in_time_is_told() -> None:
    async def receive(inbound: Inbound) -> None:
        raise StoreAway("by plan")

    with pytest.raises(NotRecorded):
        await Reception(Notebook(MemoryNotes()), receive).take(arrival(1), seconds=0.05)


async def test_what_was_noted_lately_is_not_noted_again() -> None:
    notes = MemoryNotes()

    async def receive(inbound: Inbound) -> None:
        return

    reception = Reception(Notebook(notes), receive)
    for number in range(3):
        await reception.take(arrival(number), seconds=5.0)
    await reception.take(replace(arrival(4), place=Place(3, 200)), seconds=5.0)
    assert notes.puts.count("place") == 2
    assert notes.puts.count("locale:7") == 1


async def test_a_turnstile_that_nobody_stands_at_is_forgotten() -> None:
    turnstile = Turnstile()
    with pytest.raises(ValueError, match="by plan"):
        async with turnstile.turn("a"):
            raise ValueError("by plan")
    assert turnstile._queues == {}
