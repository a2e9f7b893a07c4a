"""Where only a person has installed the app: all goes through the interaction, and in the end by DM."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.errors import ChatGone, SlowDown
from core.messages import Choice, Edited, LocalClip
from tests.adapters.contract import MP4, PNG
from tests.adapters.discord.errands import Errand, command
from tests.adapters.discord.office import TIMES, Office, open_office
from tests.wire.discord.calls import FOLLOW_UP, POST
from tests.wire.discord.people import Photo
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def errand(office: Office) -> Errand:
    """A command in a channel that the bot is not in."""
    return await command(office, has_bot=False)


async def test_where_the_bot_is_not_everything_goes_through_the_interaction(
    office: Office, server: DiscordServer, errand: Errand, clip: LocalClip
) -> None:
    status = await errand.send_text("Connecting…")
    for percent in range(20):
        await office.sender.edit_text(status, f"Rendering {percent} %")
    await office.sender.edit_text(status, "Here is *what* I did")
    for _ in range(2):  # handed out again after a crash
        office.notes.kept = {name: kept for name, kept in office.notes.kept.items() if not name[1].startswith("sent:")}
        await errand.send_video(clip)
    (answer,) = errand.anna.answers(errand.channel)
    assert answer.content == "Here is \\*what\\* I did\n\n15 s"
    assert answer.files[0].data == MP4
    assert server.called(POST) == []


async def test_a_long_answer_stays_readable_where_the_video_has_no_room_below_it(
    errand: Errand, clip: LocalClip
) -> None:
    await errand.send_text("x" * 1900)
    await errand.send_video(clip, "y" * 200)
    first, second = errand.anna.answers(errand.channel)
    assert (first.content, len(first.files)) == ("x" * 1900, 0)
    assert (second.content, len(second.files)) == (f"{errand.anna.user.mention} {'y' * 200}", 1)
    assert second.pinged == [errand.anna.user]


async def test_a_follow_up_that_was_put_off_comes_later(server: DiscordServer, errand: Errand) -> None:
    await errand.send_text("first", key="k1")
    server.budgets.pause(FOLLOW_UP, 0.2)
    with pytest.raises(SlowDown):
        await errand.send_text("second", key="k2")
    await asyncio.sleep(0.3)  # the pause that was ordered
    await errand.send_text("second", key="k2")
    assert errand.texts == ["first", "second"]


async def test_five_follow_ups_and_then_the_dm(server: DiscordServer, errand: Errand) -> None:
    for number in range(8):
        await errand.send_text(f"number {number}", key=f"k{number}")
    assert errand.texts == [f"number {number}" for number in range(6)]
    assert [one.content for one in errand.anna.answers()] == ["number 6", "number 7"]
    assert len(server.called(FOLLOW_UP)) == 5  # none in vain


async def test_when_the_interaction_is_over_the_status_goes_on_in_the_dm(
    office: Office, server: DiscordServer, errand: Errand, clip: LocalClip
) -> None:
    status = await errand.send_text("Connecting…")
    server.times.token = 0.0
    await office.sender.edit_text(status, "Rendering 10 %")
    await office.sender.edit_text(status, "Rendering 20 %")
    await errand.send_video(clip)
    status_there, video = errand.anna.answers()
    assert (status_there.content, video.content) == ("Rendering 20 %", "15 s")
    assert video.files[0].data == MP4


async def test_the_buttons_of_a_video_that_came_by_dm_belong_where_it_was_asked_for(
    office: Office, server: DiscordServer, errand: Errand, clip: LocalClip
) -> None:
    server.times.token, usual = 0.0, server.times.token
    sent = await errand.send_video(clip, choices=[Choice("9:16", "tall"), Choice("Title", "t", asks="Which?")])
    await office.sender.edit_text(sent.ref, "15 s, again", [Choice("1:1", "wide"), Choice("Title", "t", asks="Which?")])
    server.times.token = usual
    (video,) = errand.anna.answers()
    async with office.listening():
        errand.anna.presses(video, "1:1")
        press = await office.gets_press()
        status = await office.sender.send_text(press.key, "Connecting…", key="k1", asked=press.id)
        await office.sender.edit_text(status, "It is 1:1 now", [Choice("Undo", "back")])
        await office.sender.send_text(press.key, "Which?", [Choice("This", "this")], key="k2", asked=press.id)
        asked = errand.anna.presses(video, "Title")
        await office.eventually(lambda: asked.modal)
        errand.anna.fills(asked, "Lisbon")
        titled = await office.gets_press(2)
        for number, (message, label) in enumerate(zip(errand.anna.answers()[1:], ("Undo", "This"), strict=True), 3):
            errand.anna.presses(message, label)
            assert (await office.gets_press(number)).key == errand.message.key
    assert (press.key, press.token, press.message) == (errand.message.key, "wide", sent.ref)
    assert not press.private, "it acts on what others share"
    assert (titled.key, titled.token, titled.text) == (errand.message.key, "t", "Lisbon")
    assert [one.content for one in errand.anna.answers()] == ["15 s, again", "It is 1:1 now", "Which?"]
    assert [call for call in server.calls if call.status == 403] == []


async def test_an_answer_to_a_video_that_came_by_dm_goes_on_where_it_was_asked_for(
    office: Office, server: DiscordServer, errand: Errand, clip: LocalClip
) -> None:
    server.times.token = 0.0
    sent = await errand.send_video(clip)
    anna, (video,) = errand.anna, errand.anna.answers()
    async with office.listening():
        said = anna.says("slower, and with this", reply_to=video, files=[Photo("cat.png", PNG)])
        reply = await office.gets(2)
        anna.rewords(said, "faster")
        (edit,) = await office.eventually(lambda: [one for one in office.inbox if isinstance(one, Edited)])
        status = await office.sender.send_text(reply.key, "Slower now", key="k1", asked=reply.id)
        anna.says("and now?", reply_to=await anna.sees("Slower now"))
        again = await office.gets(3)
        anna.says("/forget", reply_to=video)
        forget = await office.gets(4)
        anna.says("/link nmv_usr_a", reply_to=video)
        link = await office.gets(5)
        anna.says("something else")
        other = await office.gets(6)
    office.notes.kept = {name: kept for name, kept in office.notes.kept.items() if not name[1].startswith("link:")}
    async with office.sender.open(reply.attachments[0]) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == PNG
    here = errand.message.key
    assert (reply.key, reply.reply_to, reply.private) == (here, sent.ref.id, False)
    assert (edit.key, edit.message_id) == (here, reply.id)
    assert (again.key, again.reply_to) == (here, status.id)
    assert (forget.key, forget.private, forget.sender.roles) == (here, False, frozenset())  # it is everybody's
    assert [(one.key.chat, one.private) for one in (link, other)] == [(str(anna.dm.id), True)] * 2
    assert [one.content for one in anna.answers()] == ["15 s", "Slower now"]


async def test_a_status_in_the_dm_that_takes_no_more_edits_goes_on_in_the_dm(server: DiscordServer) -> None:
    server.times.old, server.rules.old_edits = -60.0, 0  # ids may be a few milliseconds ahead of the clock
    async with open_office(server, times=replace(TIMES, old=-60.0)) as office:
        errand = await command(office, has_bot=False)
        server.times.token = 0.0
        status = await errand.send_text("0 %")
        server.times.old_pause = 60.0
        await office.sender.edit_text(status, "1 %")
    assert [one.content for one in errand.anna.answers()] == ["0 %", "1 %"]


async def test_with_no_way_left_it_is_a_fact_and_kept_for_later(
    server: DiscordServer, errand: Errand, clip: LocalClip
) -> None:
    errand.anna.user.takes_dms = False
    server.times.token = 0.0
    with pytest.raises(ChatGone):
        await errand.send_video(clip)
