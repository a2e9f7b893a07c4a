"""Orders to wait are obeyed, by all processes and only where they were given."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.discord.places import key_of
from core.errors import SlowDown
from tests.adapters.discord.office import Office, open_office
from tests.wire.discord.calls import POST
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


async def test_an_order_to_wait_is_obeyed_whole_and_by_all_processes(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    server.budgets.pause(POST, 7.0)
    with pytest.raises(SlowDown) as order:
        await office.sender.send_text(here, "x", key="k")
    assert 6.0 < order.value.retry_after <= 7.0
    async with open_office(server) as other:
        other.sender._rest._pace = office.pace
        with pytest.raises(SlowDown):
            await other.sender.send_text(here, "x", key="k")
    assert len(server.called(POST)) == 1


async def test_an_order_for_everything_halts_everything(office: Office, server: DiscordServer) -> None:
    anna, ben = server.person("Anna"), server.person("Ben")
    server.budgets.pause("*", 7.0)
    with pytest.raises(SlowDown):
        await office.sender.send_text(key_of(anna.dm.id), "x", key="k")
    calls = len(server.calls)
    with pytest.raises(SlowDown):
        await office.sender.send_text(key_of(ben.dm.id), "x", key="k")
    assert len(server.calls) == calls


async def test_an_order_for_one_channel_leaves_the_others_alone(office: Office, server: DiscordServer) -> None:
    anna, ben = server.person("Anna"), server.person("Ben")
    server.budgets.restrict(POST, 1, 7.0)
    await office.sender.send_text(key_of(anna.dm.id), "one", key="k1")
    with pytest.raises(SlowDown):
        await office.sender.send_text(key_of(anna.dm.id), "two", key="k2")
    await office.sender.send_text(key_of(ben.dm.id), "x", key="k")
    assert len(ben.answers()) == 1


async def test_a_short_pause_is_waited_for(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    server.budgets.pause(POST, 0.2)
    await office.sender.send_text(key_of(anna.dm.id), "x", key="k")
    assert len(anna.answers()) == 1


async def test_a_short_pause_is_kept_by_all_processes(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    async with open_office(server) as other:
        other.sender._rest._pace = office.pace
        server.budgets.pause(POST, 1.0)
        async with asyncio.TaskGroup() as group:
            group.create_task(office.sender.send_text(here, "one", key="k1"))
            await office.eventually(lambda: office.pace.held)
            group.create_task(other.sender.send_text(here, "two", key="k2"))
    assert sorted(call.status for call in server.called(POST)) == [200, 200, 429]


async def test_while_discord_is_away_it_is_later(server: DiscordServer) -> None:
    async with open_office(server) as office:
        office.sender._rest._settings = replace(office.settings, api_url="http://127.0.0.1:9/api/v10")
        with pytest.raises(SlowDown):
            await office.sender.send_text(key_of(1), "x", key="k")
