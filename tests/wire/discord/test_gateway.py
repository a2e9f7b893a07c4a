"""Sessions, shards, cuts: what the SDK hears through all of them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import discord
import pytest

from tests.wire.discord.gateway import CONTENT, Close
from tests.wire.discord.sdk import Bot, connected
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


def texts(bot: Bot) -> list[str]:
    return [one.content for one in bot.heard]


async def test_what_happens_during_a_cut_is_told_after_the_resume(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()
    async with connected(server, bot):
        anna.says("before")
        await server.until(lambda: texts(bot) == ["before"])
        server.gateway.cut()
        anna.says("meanwhile")
        await server.until(lambda: texts(bot) == ["before", "meanwhile"])
    assert (len(server.gateway.identifies), len(server.gateway.resumes)) == (1, 1)


async def test_an_order_to_reconnect_is_a_resume_too(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()
    async with connected(server, bot):
        server.gateway.order_reconnect()
        await server.until(lambda: server.gateway.resumes)
        anna.says("after")
        await server.until(lambda: texts(bot) == ["after"])


async def test_an_invalid_session_is_begun_anew_and_what_was_missed_is_gone(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()
    async with connected(server, bot):
        server.gateway.invalidate()
        anna.says("missed")
        await server.until(lambda: len(server.gateway.identifies) == 2 and server.gateway.is_heard)
        anna.says("after")
        await server.until(lambda: texts(bot) == ["after"])
    assert server.gateway.remaining == 998


async def test_a_gateway_that_says_nothing_any_more_is_noticed(server: DiscordServer) -> None:
    server.gateway.rules.heartbeat = 0.1
    anna = server.person()
    bot = Bot(heartbeat_timeout=0.3)
    async with connected(server, bot):
        server.gateway.fall_silent()
        anna.says("unheard at first")
        await server.until(lambda: texts(bot) == ["unheard at first"])
    assert server.gateway.resumes


async def test_each_shard_hears_its_own_guilds_and_the_first_one_the_dms(server: DiscordServer) -> None:
    server.gateway.rules.max_concurrency = 2
    guilds = [server.guild(f"G{number}", shard=(number, 2)) for number in (0, 1)]
    channels = [server.channel(guild) for guild in guilds]
    anna = server.person("Anna", *guilds)
    bots = [Bot(shard_id=number, shard_count=2) for number in (0, 1)]
    async with AsyncExitStack() as stack:
        for bot in bots:
            await stack.enter_async_context(connected(server, bot))
        for channel in channels:
            anna.says(f"{anna.bot_mention} in {channel.guild.name if channel.guild else ''}", to=channel)
        anna.says("private")
        await server.until(lambda: sum(len(bot.heard) for bot in bots) == 3)
    assert [[one.guild.name if one.guild else "" for one in bot.heard] for bot in bots] == [["G0", ""], ["G1"]]


async def test_content_is_for_those_who_may_see_it(server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    server.allow_content()
    without, with_content = Bot(), Bot(content=True)
    async with connected(server, without), connected(server, with_content):
        mine = anna.says("said in the open", to=channel)
        anna.says(f"{anna.bot_mention} about that", to=channel, reply_to=mine)
        await server.until(lambda: (len(without.heard), len(with_content.heard)) == (2, 2))
    assert [bot.heard[0].content for bot in (without, with_content)] == ["", "said in the open"]
    assert texts(without)[1] == f"{anna.bot_mention} about that"
    quoted = [bot.heard[1].reference.resolved for bot in (without, with_content) if bot.heard[1].reference]
    assert [one.content for one in quoted if isinstance(one, discord.Message)] == ["", "said in the open"]


async def test_places_come_and_go(server: DiscordServer) -> None:
    guild = server.guild()
    channel, forum, anna = server.channel(guild), server.forum(guild), server.person("Anna", guild)
    bot = Bot()
    async with connected(server, bot):
        other = server.guild("Other")
        await server.until(lambda: len(bot.guilds) == 2)
        first = anna.posts_in(forum, "a post", f"{anna.bot_mention} first")
        await server.until(lambda: bot.heard)
        assert bot.heard[0].channel.id == first.channel.id
        anna.rewords(first, f"{anna.bot_mention} changed")
        anna.removes(first)
        server.delete_channel(first.channel)
        server.delete_channel(channel)
        server.kick_bot(other)
        await server.until(lambda: len(bot.guilds) == 1 and bot.get_channel(channel.id) is None)
        assert list(bot.guilds[0].threads) == []


# --- by hand ----------------------------------------------------------------------------------------------------------


async def closed_with(server: DiscordServer, *payloads: Any, query: str = "?v=10&encoding=json") -> int | None:
    """The code with which the gateway hangs up on these payloads."""
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway.url + query) as line:
        for payload in payloads:
            await line.send_json(payload)
        async for _ in line:
            pass
        return line.close_code


def identify(server: DiscordServer, **changes: Any) -> dict[str, Any]:
    properties = {"os": "linux", "browser": "x", "device": "x"}
    return {"op": 2, "d": {"token": server.token, "properties": properties, "intents": 1} | changes}


async def test_a_gateway_hangs_up_with_a_reason(server: DiscordServer) -> None:
    once = identify(server)
    cases: list[tuple[list[Any], Close]] = [
        ([identify(server, token="another")], Close.BAD_TOKEN),
        ([identify(server, intents=CONTENT)], Close.DISALLOWED_INTENTS),
        ([identify(server, shard=[2, 2])], Close.BAD_SHARD),
        ([identify(server, mobile=True)], Close.DECODE),
        ([once, once], Close.ALREADY),
        ([once, {"op": 1, "d": 7}], Close.BAD_SEQUENCE),
        ([{"op": 3, "d": {}}], Close.NOT_AUTHENTICATED),
        ([{"op": 42, "d": {}}], Close.BAD_OPCODE),
    ]
    for payloads, code in cases:
        assert await closed_with(server, *payloads) == code
    assert await closed_with(server, query="?v=9&encoding=json") == Close.BAD_VERSION


async def test_who_does_not_beat_is_cut_off(server: DiscordServer) -> None:
    server.gateway.rules.heartbeat = 0.1
    assert await closed_with(server, identify(server)) == Close.TIMED_OUT


async def test_sessions_are_rationed(server: DiscordServer) -> None:
    server.gateway.rules.identifies_a_day = 1
    bot = Bot()
    async with connected(server, bot):
        pass
    assert await closed_with(server, identify(server)) == Close.BAD_TOKEN


async def test_two_at_once_are_too_many(server: DiscordServer) -> None:
    server.gateway.rules.identify_window = 60
    url = server.gateway.url + "?v=10&encoding=json"
    async with connected(server, Bot()), aiohttp.ClientSession() as session, session.ws_connect(url) as line:
        await line.send_json(identify(server))
        assert [(await line.receive_json())["op"] for _ in range(2)] == [10, 9]


async def test_a_client_of_many_shards_takes_them_all(server: DiscordServer) -> None:
    server.gateway.rules.shards = 2
    guilds = [server.guild(f"G{number}", shard=(number, 2)) for number in (0, 1)]

    class Both(discord.AutoShardedClient):
        async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
            """The pause between two shards is not what is looked at."""

    bot = Both(intents=discord.Intents(guilds=True), guild_ready_timeout=0.02)
    async with connected(server, bot):
        await server.until(lambda: len(bot.guilds) == 2)
        assert {guild.id: guild.shard_id for guild in bot.guilds} == {one.id: n for n, one in enumerate(guilds)}
