"""What is said in one channel is recorded in the order of its arrival, however long each thing takes on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.discord.locks import TicketLocks
from tests.adapters.discord.office import TIMES, Office
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

CALLBACK = "POST /interactions/{interaction}/{token}/callback"


async def test_two_commands_keep_their_order_though_the_first_is_acknowledged_last(
    office: Office, server: DiscordServer
) -> None:
    server.faults.slow(CALLBACK, 0.5, times=1)
    anna = server.person()
    async with office.listening():
        first = anna.runs("video", prompt="one")
        second = anna.runs("video", prompt="two")
        await office.gets(2)
    assert [one.command.text for one in office.messages if one.command] == ["one", "two"]
    assert first.answered_at is not None
    assert second.answered_at is not None
    assert second.answered_at < first.answered_at, "an acknowledgement waits for nobody"


async def test_a_message_does_not_overtake_the_command_before_it(office: Office, server: DiscordServer) -> None:
    server.faults.slow(CALLBACK, 0.5, times=1)
    anna = server.person()
    async with office.listening():
        anna.runs("video", prompt="one")
        anna.says("two")
        await office.gets(2)
    assert [one.command.text if one.command else one.text for one in office.messages] == ["one", "two"]


async def test_a_command_that_nobody_could_acknowledge_holds_up_the_next_no_longer_than_discord_waits(
    office: Office, server: DiscordServer
) -> None:
    server.faults.slow(CALLBACK, 60.0, times=1)
    anna = server.person()
    async with office.listening(times=replace(TIMES, acknowledge=0.3)):
        anna.runs("video", prompt="one")
        anna.runs("video", prompt="two")
        await office.gets()
    assert [one.command.text for one in office.messages if one.command] == ["two"]


async def test_another_channel_waits_for_nothing(office: Office, server: DiscordServer) -> None:
    server.faults.slow(CALLBACK, 0.5, times=1)
    async with office.listening():
        server.person("Anna").runs("video", prompt="one")
        server.person("Ben").runs("video", prompt="two")
        await office.gets(2)
    assert [one.command.text for one in office.messages if one.command] == ["two", "one"]


def test_a_ticket_comes_up_when_all_before_it_are_given_back() -> None:
    locks = TicketLocks()
    with locks.ticket(1) as first:
        second, third = locks.ticket(1), locks.ticket(1)
        two, three = second.__enter__(), third.__enter__()
        with locks.ticket(2) as elsewhere:
            assert [one.is_set() for one in (first, two, three, elsewhere)] == [True, False, False, True]
        second.__exit__(None, None, None)
        assert not three.is_set(), "the first is still inside"
    assert three.is_set()
    third.__exit__(None, None, None)


def test_a_channel_without_tickets_is_forgotten() -> None:
    locks = TicketLocks()
    with pytest.raises(ValueError, match="by plan"), locks.ticket(1):
        raise ValueError("by plan")
    assert locks._queues == {}


async def test_a_ticket_of_somebody_who_was_cancelled_holds_nobody_up() -> None:
    locks = TicketLocks()

    async def wait() -> None:
        with locks.ticket(1) as turn:
            await turn.wait()

    with locks.ticket(1):
        gone, here = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        gone.cancel()
    async with asyncio.timeout(1.0):
        await here
