"""The ways by which something is said: the interaction's answer, or a message that replies."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.discord.places import key_of
from core.errors import Refused
from core.messages import Choice, LocalClip, Picture, RemoteClip
from tests.adapters.contract import MP4, PNG
from tests.adapters.discord.errands import command, meet, mention
from tests.adapters.discord.office import TIMES, Office, open_office
from tests.wire.discord.calls import CALLBACK, FOLLOW_UP, ORIGINAL
from tests.wire.discord.people import labels
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


async def test_the_status_is_the_answer_and_the_video_a_new_message_that_notifies(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    channel, anna = meet(server)
    async with office.listening():
        asked = anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    await office.sender.edit_text(status, "Rendering 40 %")
    await office.sender.edit_text(status, "It is done for @everyone")
    sent = await office.sender.send_video(
        message.key, clip, "15 s", [Choice("9:16", "t")], key="video", asked=message.id
    )
    first, second = anna.answers(channel)
    assert first is asked.original
    assert first.versions[-1] == r"It is done for \@everyone"
    assert (str(second.id), second.content) == (sent.ref.id, f"{anna.user.mention} 15 s")
    assert second.pinged == [anna.user]
    assert (second.files[0].data, labels(second)) == (MP4, ["9:16"])
    assert first.flags & 4
    assert second.flags & 4  # no embeds


async def test_the_asker_of_a_message_is_notified_by_the_reply(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    channel, anna = meet(server)
    async with office.listening():
        said = anna.says(f"{anna.bot_mention} go", to=channel)
        message = await office.gets()
    await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    await office.sender.send_video(message.key, clip, "for @here and <@1>", key="video", asked=message.id)
    status, video = anna.answers(channel)
    assert (status.reply_to, status.pinged) == (said, [])
    assert (video.reply_to, video.pinged, video.everyone) == (said, [anna.user], False)


async def test_what_follows_from_an_answer_answers_the_same(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        asked = anna.runs("video", prompt="go")
        message = await office.gets()
    await office.sender.send_text(message.key, "Noted", key="noted", asked=f"{message.id}:noted")
    assert asked.original is not None
    assert asked.original.content == "Noted"


async def test_after_a_quarter_of_an_hour_the_answer_is_edited_as_a_message(
    office: Office, server: DiscordServer
) -> None:
    channel, anna = meet(server)
    async with office.listening(times=replace(TIMES, token=0.05)):
        anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
        await anna.server.until(lambda: server.called(CALLBACK))
    await asyncio.sleep(0.1)  # the scaled quarter of an hour
    server.times.token = 0.0
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    await office.sender.edit_text(status, "Rendering")
    assert [one.content for one in anna.answers(channel)][-1] == "Rendering"
    assert server.called(ORIGINAL) == []  # what is known to be over is not even tried


async def test_a_token_that_dies_early_is_tried_once_and_then_never_again(
    office: Office, server: DiscordServer
) -> None:
    errand = await command(office)
    status = await errand.send_text("Connecting…")
    server.times.token = 0.0
    for percent in range(10):
        await office.sender.edit_text(status, f"Rendering {percent} %")
    await errand.send_text("More", key="more")
    assert errand.texts == ["Rendering 9 %", "More"]
    assert len(server.called(ORIGINAL)) == 2
    assert [one.code for one in server.calls if one.code] == [50027]


async def test_a_token_that_was_dead_from_the_start_is_tried_once(office: Office, server: DiscordServer) -> None:
    errand = await command(office, has_bot=False)
    server.times.token = 0.0
    for number in range(3):
        await errand.send_text(f"number {number}", key=f"k{number}")
    assert len(errand.anna.answers()) == 3
    assert (len(server.called(ORIGINAL)), len(server.called(FOLLOW_UP))) == (1, 0)


async def test_a_message_too_old_to_be_edited_gets_a_successor(server: DiscordServer) -> None:
    server.times.old, server.rules.old_edits = -60.0, 3  # ids may be a few milliseconds ahead of the clock
    async with open_office(server, times=replace(TIMES, old=-60.0)) as office:
        errand = await mention(office)
        status = await errand.send_text("0 %")
        server.times.old_pause = 60.0
        for percent in range(1, 6):
            await office.sender.edit_text(status, f"{percent} %")
    assert errand.texts == ["3 %", "4 %", "5 %"]


async def test_only_what_lies_on_the_disk_is_posted(office: Office) -> None:
    with pytest.raises(Refused):
        await office.sender.send_video(key_of(1), RemoteClip("https://example.org/v.mp4", 1, 1, 1, 1), "x", key="k")


async def test_a_picture_comes_with_its_words(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    await office.sender.send_picture(key_of(anna.dm.id), Picture(PNG, "image/png", "3 tracks"), "", key="k")
    (message,) = anna.answers()
    assert (message.files[0].description, message.files[0].data) == ("3 tracks", PNG)


async def test_a_permission_to_read_is_not_needed_to_answer(office: Office) -> None:
    errand = await mention(office)
    errand.channel.denied.add("read_message_history")
    await errand.send_text("Connecting…")
    assert errand.texts == ["Connecting…"]


async def test_forgetting_leaves_no_note_of_the_place(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("hello")
        message = await office.gets()
    await office.sender.send_text(message.key, "Hi", key="k", asked=message.id)
    await office.sender.forget(message.key)
    assert not [name for name in office.notes.kept if name[0] == message.key.chat]
