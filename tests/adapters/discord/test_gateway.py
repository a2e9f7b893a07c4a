"""The gateway: the one that the API names, resumed after a cut, read back after a new session, left in a second."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

import pytest

from adapters.discord import listener
from adapters.discord.listener import DiscordListener
from adapters.discord.notebook import Notebook
from adapters.discord.sessions import FREE, HELD, LONGEST, Sessions, penalty
from adapters.discord.settings import API_URL, DiscordSettings
from adapters.discord.wire import PointedHTTP
from core.messages import Command
from tests.adapters.discord.errands import meet
from tests.adapters.discord.memory import MemoryNotes, MemoryPace
from tests.adapters.discord.office import MENU, TIMES, Office
from tests.wire.discord.people import Person
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

COMMANDS = "GET /applications/{application}/commands"


async def missed(office: Office, server: DiscordServer) -> Person:
    """Somebody who has said "one", and "two" while nobody listened."""
    anna = server.person()
    async with office.listening():
        anna.says("one")
        await office.gets()
    anna.says("two")
    return anna


async def test_after_a_cut_the_session_is_resumed_and_nothing_is_missed(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("one")
        await office.gets(1)
        server.gateway.cut()
        anna.says("two")
        assert (await office.gets(2)).text == "two"
    assert len(server.gateway.resumes) == 1
    assert len(server.gateway.identifies) == 1


async def test_after_a_new_session_the_last_hour_is_read_back(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, quiet = server.channel(guild), server.channel(guild, "quiet")
    anna = server.person("Anna", guild)
    async with office.listening():
        anna.says(f"{anna.bot_mention} one", to=channel)
        anna.says("in private")
        await office.gets(2)
    anna.says(f"{anna.bot_mention} two", to=channel)
    anna.says("also in private")
    anna.says(f"{anna.bot_mention} never spoken to here", to=quiet)
    async with office.listening():
        await office.gets(4)
        anna.says("three")
        await office.eventually(lambda: "three" in {one.text for one in office.messages})
    assert {one.text for one in office.messages} == {"one", "in private", "two", "also in private", "three"}
    (read_back,) = [one for one in office.messages if one.text == "two"]
    assert read_back.key.chat == str(channel.id)
    assert not read_back.private
    assert not server.called("GET /channels/{channel}")  # it is known where that was said: the new waits for this


async def test_a_place_is_read_back_though_the_store_was_away_as_it_was_first_spoken_to(
    office: Office, server: DiscordServer
) -> None:
    channel, anna = meet(server)
    async with office.listening():
        anna.says("in private")
        await office.gets()
        office.notes.hiccups += ["active:"] * 2
        anna.says(f"{anna.bot_mention} one", to=channel)
        await office.gets(2)
    assert office.notes.hiccups == []
    anna.says(f"{anna.bot_mention} two", to=channel)
    async with office.listening():
        assert (await office.gets(3)).text == "two"


@pytest.mark.parametrize("trouble", ["store", "discord"])
async def test_what_was_missed_is_read_back_though_it_cannot_be_at_once(
    office: Office, server: DiscordServer, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "READ_AGAIN", (0.0, 0.05, 0.1))
    await missed(office, server)
    if trouble == "store":
        office.notes.hiccups += ["active:"] * 2
    else:
        server.faults.fail("GET /channels/{channel}/messages", 400)
    async with office.listening():
        assert (await office.gets(2)).text == "two"


async def test_where_only_commands_were_used_is_read_back_too(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    elsewhere, _ = meet(server, has_bot=False)
    async with office.listening(times=replace(TIMES, accept=60.0)):
        for place in (channel, elsewhere):
            anna.runs("video", to=place, prompt="one")
        await office.gets(2)
    anna.says(f"{anna.bot_mention} two", to=channel)
    async with office.listening():
        assert (await office.gets(3)).text == "two"
    assert {call.args["channel"] for call in server.called("GET /channels/{channel}/messages")} == {str(channel.id)}


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_made_anew(office: Office, server: DiscordServer, resumable: bool) -> None:
    anna = server.person()
    async with office.listening():
        server.gateway.invalidate(resumable=resumable)
        await office.eventually(lambda: server.gateway.resumes or len(server.gateway.identifies) == 2)
        await office.eventually(lambda: server.gateway.is_heard)
        anna.says("hello")
        await office.gets()


async def test_two_shards_in_one_process_hear_their_guilds(office: Office, server: DiscordServer) -> None:
    server.gateway.rules.shards = 2
    guilds = [server.guild(f"Guild{number}", shard=(number, 2)) for number in range(2)]
    anna = server.person("Anna", *guilds)
    async with office.listening(shard_count=2):
        await office.eventually(lambda: len(server.gateway.identifies) == 2)
        channels = [server.channel(guild) for guild in guilds]
        for number, channel in enumerate(channels, 1):
            anna.says(f"{anna.bot_mention} here", to=channel)
            await office.gets(number)
    assert {one.key.chat for one in office.messages} == {str(channel.id) for channel in channels}


async def test_two_processes_hold_a_shard_each(office: Office, server: DiscordServer) -> None:
    server.gateway.rules.shards = 2
    guilds = [server.guild(f"Guild{number}", shard=(number, 2)) for number in range(2)]
    anna = server.person("Anna", *guilds)
    async with (
        office.listening(shard_count=2, shard_ids=(0,)),
        office.listening(shard_count=2, shard_ids=(1,)),
    ):
        for number, guild in enumerate(guilds, 1):
            anna.says(f"{anna.bot_mention} here", to=server.channel(guild))
            await office.gets(number)
    assert {shard for _, shard in server.gateway.identifies} == {(0, 2), (1, 2)}


async def test_leaving_takes_less_than_a_second_and_says_goodbye(office: Office, server: DiscordServer) -> None:
    async with office.listening() as task:
        began = time.monotonic()
        task.cancel()
        await asyncio.wait({task})
        assert time.monotonic() - began < 2.0  # a second, on a machine that does nothing else
    await office.eventually(lambda: not server.gateway.lines)


async def test_leaving_while_the_store_is_away_takes_no_longer(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening() as task:
        office.closed = True
        anna.says("hello")
        anna.runs("video", prompt="go")
        await office.eventually(lambda: server.called("POST /interactions/{interaction}/{token}/callback"))
        began = time.monotonic()
        task.cancel()
        await asyncio.wait({task})
        assert time.monotonic() - began < 2.0
    left = [one.get_name() for one in asyncio.all_tasks() if one.get_name().startswith("discord")]
    assert left == []


async def test_what_was_missed_comes_before_what_is_new(office: Office, server: DiscordServer) -> None:
    anna = await missed(office, server)
    server.faults.slow("GET /channels/{channel}/messages", 0.5)
    async with office.listening():
        anna.says("three")
        assert [(await office.gets(number)).text for number in (1, 2, 3)] == ["one", "two", "three"]


async def test_a_command_does_not_overtake_what_was_missed(office: Office, server: DiscordServer) -> None:
    anna = await missed(office, server)
    server.faults.slow("GET /channels/{channel}/messages", 0.5)
    async with office.listening(times=replace(TIMES, accept=60.0)):
        asked = anna.runs("video", prompt="three")
        await office.eventually(lambda: asked.state == "deferred")
        assert len(office.inbox) == 1, "it is acknowledged at once, and waits its turn"
        anna.says("four")  # before the answer that tells what was missed is made, so it is in there, too
        await office.gets(4)
    assert [one.command.text if one.command else one.text for one in office.messages] == ["one", "two", "three", "four"]


async def test_a_command_waits_no_longer_for_what_was_missed_than_its_time_allows(
    office: Office, server: DiscordServer
) -> None:
    anna = await missed(office, server)
    server.faults.slow("GET /channels/{channel}/messages", 60.0)
    async with office.listening(times=replace(TIMES, accept=0.2)):
        anna.runs("video", prompt="three")
        assert (await office.gets(2)).command == Command("video", "three")


async def test_a_store_that_is_away_at_the_start_costs_no_commands(office: Office, server: DiscordServer) -> None:
    office.notes.away = True

    async def comes_back() -> None:
        await office.eventually(lambda: server.gateway.is_heard)
        assert not server.commands.get(0)
        office.notes.away = False

    async with asyncio.TaskGroup() as group:
        group.create_task(comes_back())
        async with office.listening():
            assert server.commands[0]


async def test_the_commands_are_written_once(office: Office, server: DiscordServer) -> None:
    async with office.listening():
        assert server.command_writes == 1
    async with office.listening():
        await office.eventually(lambda: len(server.called(COMMANDS)) == 1)
    office.notes.kept.clear()
    async with office.listening():
        await office.eventually(lambda: any(name.startswith("commands:") for _, name in office.notes.kept))
    assert server.command_writes == 1
    assert len(server.called(COMMANDS)) == 2  # what was found right is believed


async def test_an_event_that_cannot_be_read_costs_itself(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        for poison in ({}, {"id": "x"}, {"type": 99}, None):
            for event in ("MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE", "NEVER_HEARD_OF"):
                server.gateway.tell(event, poison, guild=None)  # type: ignore[arg-type]
        anna.says("hello")
        assert (await office.gets()).text == "hello"
    assert len(server.gateway.identifies) == 1


async def test_a_refused_intent_is_no_storm(office: Office, server: DiscordServer) -> None:
    settings = replace(office.settings, message_content=True)  # not granted by this server
    task = asyncio.create_task(DiscordListener(settings, office.pace, office.notes, MENU).listen(office.receive))
    await office.eventually(lambda: server.gateway.closed)
    await asyncio.sleep(0.3)
    assert len(server.gateway.lines) == 0
    assert server.gateway.closed == [4014]
    task.cancel()
    await asyncio.wait({task})


async def test_nothing_of_discords_own_is_dialled_elsewhere(office: Office, server: DiscordServer) -> None:
    loop = asyncio.get_running_loop()
    http = PointedHTTP(loop, office.settings, office.settings.times.patience)
    await http.static_login(server.token)
    for dialled in ("wss://gateway.discord.gg/?v=10&encoding=json", "wss://resume.example.org/?v=10&encoding=json"):
        socket = await http.ws_connect(dialled)
        assert str(socket._response.url).startswith("ws://127.0.0.1:")
        assert "v=10" in str(socket._response.url)
        await socket.close()
    await http.close()
    assert not DiscordSettings("t", API_URL).elsewhere


@pytest.mark.parametrize(("ids", "count"), [((0,), 0), ((2,), 2), ((-1,), 2)])
def test_shards_that_there_are_not_are_no_setting(ids: tuple[int, ...], count: int) -> None:
    with pytest.raises(ValueError, match="shards"):
        DiscordSettings("t", shard_ids=ids, shard_count=count)


def test_sessions_grow_rarer_in_a_loop_of_crashes() -> None:
    times: list[float] = []
    now = 0.0
    for _ in range(200):
        now += penalty(times, now)
        times = [at for at in [*times, now] if at > now - 3600.0][-20:]
    assert now / 200 > 86400 / 1000  # a thousand a day are allowed
    assert penalty([0.0] * FREE, 0.0) == 5.0
    assert penalty([0.0] * (FREE - 1), 0.0) == 0.0
    assert penalty([0.0] * 20, 0.0) == LONGEST


async def test_a_shard_that_has_started_too_often_is_not_identified() -> None:
    book = Notebook(MemoryNotes())
    await book.note("sessions:0", [book.now() - 1.0] * 15, 3600)
    sessions = Sessions(book, MemoryPace(), TIMES, dict)
    with pytest.raises(TimeoutError):
        await sessions.identify(0)
    assert penalty([book.now()] * 15, book.now()) > HELD


async def test_with_no_session_left_today_none_is_asked_for() -> None:
    sessions = Sessions(Notebook(MemoryNotes()), MemoryPace(), TIMES, lambda: {"remaining": 0, "reset_after": 5})
    with pytest.raises(TimeoutError):
        await sessions.identify(0)


async def test_the_library_logs_no_secrets_even_at_debug(
    office: Office, server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("discord", "discord.http", "discord.gateway", "discord.client"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    anna = server.person()
    async with office.listening():
        asked = anna.runs("video", prompt="a canary sentence")
        message = await office.gets()
        await office.sender.send_text(message.key, "another canary", key="k", asked=message.id)
    told = caplog.text
    assert asked.token not in told
    assert server.token not in told
    assert "canary" not in told
