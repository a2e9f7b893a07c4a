"""Long answers in busy channels move to a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from core.messages import Choice, LocalClip
from tests.adapters.discord.errands import Errand, command, mention
from tests.adapters.discord.office import Office, open_office
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

STORY = "a long story " * 100


@pytest.fixture
async def threading(server: DiscordServer) -> AsyncIterator[Office]:
    """A sender that may open threads."""
    async with open_office(server, threads=True) as opened:
        yield opened


@pytest.mark.parametrize("ask", [command, mention])
async def test_a_long_answer_leaves_a_busy_channel_alone(
    threading: Office, server: DiscordServer, clip: LocalClip, ask: Callable[[Office], Awaitable[Errand]]
) -> None:
    errand = await ask(threading)
    assert errand.channel.guild is not None
    ben = server.person("Ben", errand.channel.guild)
    await errand.send_text("Connecting…")
    for number in range(10):
        ben.says(f"talk {number}", to=errand.channel)
    await errand.send_text(STORY, key="more0")
    sent = await errand.send_video(clip)
    await threading.sender.edit_text(sent.ref, "15 s, with a button", [Choice("9:16", "tall")])
    assert len(errand.texts) == 1
    (thread,) = [one for one in server.world.channels.values() if one.parent is errand.channel]
    assert [one.content[:12] for one in errand.anna.answers(thread)] == ["a long story", "15 s, with a"]
    assert errand.anna.answers(thread)[1].files
    async with threading.listening():
        errand.anna.presses(errand.anna.answers(thread)[1], "9:16")
        press = await threading.gets_press()
        errand.anna.says(f"{errand.anna.bot_mention} slower", to=thread, reply_to=errand.anna.answers(thread)[1])
        slower = await threading.gets(2)
        status = await threading.sender.send_text(slower.key, "Slower now", key="k1", asked=slower.id)
        errand.anna.runs("export", to=thread)
        export = await threading.gets(3)
        await threading.sender.send_text(export.key, "Once more", key="k2", asked=export.id)
        await threading.sender.edit_text(status, "Slower, done")
    errand.anna.says(f"{errand.anna.bot_mention} faster", to=thread)  # while nobody listens
    async with threading.listening():
        faster = await threading.gets(4)
    assert [one.key for one in (slower, export, faster)] == [errand.message.key] * 3
    assert slower.reply_to == sent.ref.id
    assert [one.content for one in errand.anna.answers(thread)[2:]] == ["Slower, done", "Once more"]
    assert len(errand.texts) == 1
    assert (press.key, press.token, press.message) == (errand.message.key, "tall", sent.ref)


async def test_a_quiet_channel_needs_no_thread(threading: Office) -> None:
    errand = await mention(threading)
    await errand.send_text(STORY, key="more0")
    assert len(errand.texts) == 1
