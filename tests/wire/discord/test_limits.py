"""Lives, limits, rights and faults: each as Discord has it."""

from __future__ import annotations

import asyncio
import io
import time

import aiohttp
import discord
import pytest

from tests.wire.discord.budgets import Budget
from tests.wire.discord.calls import POST
from tests.wire.discord.people import Photo
from tests.wire.discord.sdk import logged_in
from tests.wire.discord.server import DiscordServer, discord_in_thread
from tests.wire.discord.test_strict import COMMAND, call
from tests.wire.discord.world import Interaction

pytestmark = pytest.mark.anyio
SAYS = {"type": 4, "data": {"content": "here"}}


async def fresh(server: DiscordServer, **more: object) -> Interaction:
    """An interaction that nobody has answered."""
    await call(server, f"PUT /applications/{server.application_id}/commands", [COMMAND | {"options": []}])
    return server.person().runs("/video", **more)  # type: ignore[arg-type]


def callback(one: Interaction) -> str:
    return f"POST /interactions/{one.id}/{one.token}/callback"


def webhook(server: DiscordServer, one: Interaction, rest: str = "", method: str = "POST") -> str:
    return f"{method} /webhooks/{server.application_id}/{one.token}{rest}"


async def code(server: DiscordServer, line: str, body: object = None) -> tuple[int, int]:
    status, told = await call(server, line, body)
    return status, (told or {}).get("code", 0)


# --- lives ------------------------------------------------------------------------------------------------------------


async def test_an_interaction_waits_three_seconds(server: DiscordServer) -> None:
    one = await fresh(server)
    server.times.first_answer = 0.0
    assert await code(server, callback(one), SAYS) == (404, 10062)


async def test_an_interaction_is_answered_once(server: DiscordServer) -> None:
    one = await fresh(server)
    assert await code(server, callback(one), SAYS) == (204, 0)
    assert await code(server, callback(one), SAYS) == (400, 40060)


async def test_nothing_follows_what_was_not_answered(server: DiscordServer) -> None:
    one = await fresh(server)
    assert await code(server, webhook(server, one), {"content": "x"}) == (404, 10015)
    assert await code(server, webhook(server, one, "/messages/@original", "PATCH"), {"content": "x"}) == (404, 10015)


async def test_a_token_lives_fifteen_minutes(server: DiscordServer) -> None:
    one = await fresh(server)
    await call(server, callback(one), SAYS)
    server.times.token = 0.0
    assert await code(server, webhook(server, one), {"content": "x"}) == (401, 50027)
    assert await code(server, webhook(server, one, "/messages/@original", "GET")) == (401, 50027)


async def test_an_unknown_token_is_an_unknown_webhook(server: DiscordServer) -> None:
    one = await fresh(server)
    one.token += "x"
    assert await code(server, webhook(server, one), {"content": "x"}) == (404, 10015)


async def test_the_first_thing_to_follow_takes_the_place_of_thinking(server: DiscordServer) -> None:
    one = await fresh(server)
    await call(server, callback(one), {"type": 5, "data": {"flags": 64}})
    assert one.original is not None
    assert one.original.is_loading
    await call(server, webhook(server, one), {"content": "done"})
    await call(server, webhook(server, one), {"content": "and more"})
    original = one.original
    assert (original.content, original.is_loading, original.only_for) == ("done", False, one.user)
    assert [message.content for message in one.channel.messages] == ["done", "and more"]
    assert one.channel.messages[1].only_for is None


async def test_a_user_install_has_five_follow_ups(server: DiscordServer) -> None:
    one = await fresh(server, by_user_install=True)
    await call(server, callback(one), SAYS)
    for _ in range(5):
        assert await code(server, webhook(server, one), {"content": "x"}) == (200, 0)
    assert await code(server, webhook(server, one), {"content": "x"}) == (400, 40094)
    assert await code(server, webhook(server, one, "/messages/@original", "PATCH"), {"content": "y"}) == (200, 0)


async def test_a_deleted_original_is_an_unknown_message(server: DiscordServer) -> None:
    one = await fresh(server)
    await call(server, callback(one), SAYS)
    assert await code(server, webhook(server, one, "/messages/@original", "DELETE")) == (204, 0)
    assert await code(server, webhook(server, one, "/messages/@original", "PATCH"), {"content": "x"}) == (404, 10008)


async def test_old_messages_are_edited_a_few_times_only(server: DiscordServer) -> None:
    anna = server.person()
    path = f"/channels/{anna.dm.id}/messages"
    _, message = await call(server, f"POST {path}", {"content": "x"})
    server.times.old, server.rules.old_edits = -60.0, 1
    assert await code(server, f"PATCH {path}/{message['id']}", {"content": "y"}) == (200, 0)
    assert await code(server, f"PATCH {path}/{message['id']}", {"content": "z"}) == (429, 30046)


# --- rights -----------------------------------------------------------------------------------------------------------


async def test_what_the_bot_may_not_do_it_cannot(server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild)
    line = f"POST /channels/{channel.id}/messages"
    channel.denied.add("send_messages")
    assert await code(server, line, {"content": "x"}) == (403, 50013)
    channel.denied.add("view_channel")
    assert await code(server, line, {"content": "x"}) == (403, 50001)
    server.delete_channel(channel)
    assert await code(server, line, {"content": "x"}) == (404, 10003)


async def test_a_person_may_take_no_dms(server: DiscordServer) -> None:
    anna = server.person(takes_dms=False)
    assert await code(server, f"POST /channels/{anna.dm.id}/messages", {"content": "x"}) == (403, 50007)


async def test_a_person_s_message_in_a_dm_is_theirs(server: DiscordServer) -> None:
    anna = server.person()
    said = anna.says("mine")
    assert await code(server, f"DELETE /channels/{anna.dm.id}/messages/{said.id}") == (403, 50003)
    assert await code(server, f"PATCH /channels/{anna.dm.id}/messages/{said.id}", {"content": "x"}) == (403, 50005)
    assert await code(server, f"GET /channels/{anna.dm.id}/messages/1") == (404, 10008)


async def test_files_may_be_as_large_as_the_guild_is_boosted(server: DiscordServer) -> None:
    large = b"x" * (10 * 1024 * 1024 + 1)
    places = [server.channel(server.guild(f"G{tier}", tier=tier)) for tier in (0, 2)]
    sent = []
    async with logged_in(server) as client:
        for place in places:
            there = client.get_partial_messageable(place.id)
            try:
                await there.send(file=discord.File(io.BytesIO(large), "film.mp4"))
            except discord.HTTPException as error:
                sent.append((error.status, error.code))
            else:
                sent.append((200, 0))
    assert sent == [(413, 40005), (200, 0)]


# --- rates ------------------------------------------------------------------------------------------------------------


async def test_a_bucket_runs_dry_and_the_sdk_waits_for_it(server: DiscordServer) -> None:
    server.budgets.restrict(POST, 2, 0.3)
    anna = server.person()
    async with logged_in(server) as client:
        place = client.get_partial_messageable(anna.dm.id)
        began = time.monotonic()
        for number in range(4):
            await place.send(str(number))
        assert time.monotonic() - began >= 0.3
    assert server.budgets.refusals == []


async def test_who_does_not_wait_is_refused_and_counted(server: DiscordServer) -> None:
    server.budgets.restrict(POST, 1, 5.0)
    line = f"POST /channels/{server.person().dm.id}/messages"
    await call(server, line, {"content": "x"})
    status, told = await call(server, line, {"content": "x"})
    assert (status, told["global"], 4 < told["retry_after"] <= 5) == (429, False, True)
    assert [wrong for _, wrong in server.budgets.invalid] == [429]
    other = f"POST /channels/{server.person().dm.id}/messages"
    assert (await call(server, other, {"content": "x"}))[0] == 200


async def test_an_order_to_everybody_is_obeyed_by_the_sdk(server: DiscordServer) -> None:
    anna = server.person()
    async with logged_in(server) as client:
        server.budgets.pause("*", 0.2)
        await client.get_partial_messageable(anna.dm.id).send("x")
    assert [one.status for one in server.called(POST)] == [429, 200]


async def test_who_is_wrong_too_often_is_banned(server: DiscordServer) -> None:
    server.budgets.most_invalid = 3
    for _ in range(3):
        await call(server, "GET /users/@me", token="another")
    async with aiohttp.ClientSession() as session, session.get(server.api_url + "/gateway") as reply:
        assert (reply.status, await reply.text()) == (429, "error code: 1015")


async def test_fifty_a_second_are_enough_for_a_bot(server: DiscordServer) -> None:
    line = f"POST /channels/{server.person().dm.id}/messages"
    one = await fresh(server)
    server.budgets.all_together = Budget(6, 60.0)  # one of them has gone
    replies = [await call(server, line, {"content": "x"}) for _ in range(6)]
    assert [status for status, _ in replies] == [200] * 5 + [429]
    assert replies[-1][1]["global"]
    assert await code(server, callback(one), SAYS) == (204, 0)


# --- links ------------------------------------------------------------------------------------------------------------


async def fetched(url: str, **headers: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as reply:
        return reply.status, await reply.read()


async def test_links_are_signed_and_die(server: DiscordServer) -> None:
    anna = server.person()
    said = anna.says(files=[Photo("a.png", b"0123456789")])
    link = server.link(said.files[0])
    assert await fetched(link) == (200, b"0123456789")
    assert await fetched(link, Range="bytes=2-4") == (206, b"234")
    assert (await fetched(link.replace("hm=", "hm=0")))[0] == 404
    server.expire_links()
    assert (await fetched(link))[0] == 404
    _, told = await call(server, f"GET /channels/{anna.dm.id}/messages/{said.id}")
    assert (await fetched(told["attachments"][0]["url"]))[0] == 200
    anna.removes(said)
    assert (await fetched(server.link(said.files[0])))[0] == 404


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_faults_before_the_effect_and_after_it(server: DiscordServer) -> None:
    anna = server.person()
    line = f"POST /channels/{anna.dm.id}/messages"
    server.faults.fail(POST, 502)
    server.faults.fail(POST, 503, after=True, skip=1)
    assert [(await call(server, line, {"content": text}))[0] for text in "abc"] == [502, 200, 503]
    assert [one.content for one in anna.answers()] == ["b", "c"]


async def test_cuts_before_the_effect_and_after_it(server: DiscordServer) -> None:
    anna = server.person()
    line = f"POST /channels/{anna.dm.id}/messages"
    for after in (False, True):
        server.faults.cut(POST, after=after)
        with pytest.raises(aiohttp.ClientError):
            await call(server, line, {"content": f"{after}"})
    assert [one.content for one in anna.answers()] == ["True"]


async def test_slow_answers(server: DiscordServer) -> None:
    anna = server.person()
    server.faults.slow(POST, 0.2, times=1)
    await call(server, f"POST /channels/{anna.dm.id}/messages", {"content": "x"})
    assert server.called(POST)[0].took >= 0.2


async def test_a_server_in_a_thread_does_the_same() -> None:
    with discord_in_thread() as server:
        anna = server.person()
        assert (await call(server, f"POST /channels/{anna.dm.id}/messages", {"content": "x"}))[0] == 200
        await asyncio.to_thread(anna.says, "from another thread")
        assert [one.content for one in anna.view()] == ["x", "from another thread"]
