"""The ways by which something is said: the interaction's answer, a message, a DM; each once, whatever breaks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.places import key_of
from core.errors import ChatGone, OutcomeUnknown, Refused, SlowDown, TooLarge
from core.messages import Choice, LocalClip, Picture, RemoteClip
from tests.adapters.contract import MP4, PNG
from tests.adapters.discord.office import TIMES, Office, open_office
from tests.wire.discord.people import labels
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

POST = "POST /channels/{channel}/messages"
PATCH = "PATCH /channels/{channel}/messages/{message}"
FOLLOW_UP = "POST /webhooks/{application}/{token}"
ORIGINAL = "PATCH /webhooks/{application}/{token}/messages/{message}"


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    video = tmp_path / "done.mp4"
    video.write_bytes(MP4)
    return LocalClip(video, 1920, 1080, 15.5, len(MP4))


# --- commands where the bot is ---


async def test_the_status_is_the_answer_and_the_video_a_new_message_that_notifies(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
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
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
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
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening(times=replace(TIMES, token=0.05)):
        anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
        await anna.server.until(lambda: server.called("POST /interactions/{interaction}/{token}/callback"))
    await asyncio.sleep(0.1)  # the scaled quarter of an hour
    server.times.token = 0.0
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    await office.sender.edit_text(status, "Rendering")
    assert [one.content for one in anna.answers(channel)][-1] == "Rendering"
    assert server.called(ORIGINAL) == []  # what is known to be over is not even tried


async def test_a_token_that_dies_early_is_tried_once_and_then_never_again(
    office: Office, server: DiscordServer
) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    server.times.token = 0.0
    for percent in range(10):
        await office.sender.edit_text(status, f"Rendering {percent} %")
    await office.sender.send_text(message.key, "More", key="more", asked=message.id)
    assert [one.content for one in anna.answers(channel)] == ["Rendering 9 %", "More"]
    assert len(server.called(ORIGINAL)) == 2
    assert [one.code for one in server.calls if one.code] == [50027]


async def test_a_token_that_was_dead_from_the_start_is_tried_once(office: Office, server: DiscordServer) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    server.times.token = 0.0
    for number in range(3):
        await office.sender.send_text(message.key, f"number {number}", key=f"k{number}", asked=message.id)
    assert len(anna.answers()) == 3
    assert (len(server.called(ORIGINAL)), len(server.called(FOLLOW_UP))) == (1, 0)


async def test_what_was_delivered_is_not_sent_again_when_discord_has_forgotten_it(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    anna = server.person()
    server.times.nonce = 0.0
    for _ in range(3):
        await office.sender.send_video(key_of(anna.dm.id), clip, "15 s", key="video")
    assert len(anna.answers()) == 1


async def test_a_follow_up_that_was_put_off_comes_later(office: Office, server: DiscordServer) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    await office.sender.send_text(message.key, "first", key="k1", asked=message.id)
    server.budgets.pause(FOLLOW_UP, 0.2)
    with pytest.raises(SlowDown):
        await office.sender.send_text(message.key, "second", key="k2", asked=message.id)
    await asyncio.sleep(0.3)  # the pause that was ordered
    await office.sender.send_text(message.key, "second", key="k2", asked=message.id)
    assert [one.content for one in anna.answers(channel)] == ["first", "second"]


async def test_a_message_too_old_to_be_edited_gets_a_successor(server: DiscordServer) -> None:
    async with open_office(server, times=replace(TIMES, old=-60.0)) as office:
        await edit_too_often(office, server)


async def edit_too_often(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    server.times.old, server.rules.old_edits = -60.0, 3  # ids may be a few milliseconds ahead of the clock
    async with office.listening():
        anna.says(f"{anna.bot_mention} go", to=channel)
        message = await office.gets()
    status = await office.sender.send_text(message.key, "0 %", key="status", asked=message.id)
    server.times.old_pause = 60.0
    for percent in range(1, 6):
        await office.sender.edit_text(status, f"{percent} %")
    assert [one.content for one in anna.answers(channel)] == ["3 %", "4 %", "5 %"]


# --- commands where only a person has installed the app ---


async def test_where_the_bot_is_not_everything_goes_through_the_interaction(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    for percent in range(20):
        await office.sender.edit_text(status, f"Rendering {percent} %")
    await office.sender.edit_text(status, "Here is *what* I did")
    for _ in range(2):  # handed out again after a crash
        office.notes.kept = {name: kept for name, kept in office.notes.kept.items() if not name[1].startswith("sent:")}
        await office.sender.send_video(message.key, clip, "15 s", key="video", asked=message.id)
    (answer,) = anna.answers(channel)
    assert answer.content == "Here is \\*what\\* I did\n\n15 s"
    assert answer.files[0].data == MP4
    assert server.called(POST) == []


async def test_a_long_answer_stays_readable_where_the_video_has_no_room_below_it(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    await office.sender.send_text(message.key, "x" * 1900, key="status", asked=message.id)
    await office.sender.send_video(message.key, clip, "y" * 200, key="video", asked=message.id)
    first, second = anna.answers(channel)
    assert (first.content, len(first.files)) == ("x" * 1900, 0)
    assert (second.content, len(second.files)) == (f"{anna.user.mention} {'y' * 200}", 1)
    assert second.pinged == [anna.user]


async def test_five_follow_ups_and_then_the_dm(office: Office, server: DiscordServer) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    for number in range(8):
        await office.sender.send_text(message.key, f"number {number}", key=f"k{number}", asked=message.id)
    assert [one.content for one in anna.answers(channel)] == [f"number {number}" for number in range(6)]
    assert [one.content for one in anna.answers()] == ["number 6", "number 7"]
    assert len(server.called(FOLLOW_UP)) == 5  # none in vain


async def test_when_the_interaction_is_over_the_status_goes_on_in_the_dm(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    status = await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    server.times.token = 0.0
    await office.sender.edit_text(status, "Rendering 10 %")
    await office.sender.edit_text(status, "Rendering 20 %")
    await office.sender.send_video(message.key, clip, "15 s", key="video", asked=message.id)
    assert [one.content for one in anna.answers()] == ["Rendering 20 %", "15 s"]
    assert anna.answers()[1].files[0].data == MP4


async def test_with_no_way_left_it_is_a_fact_and_kept_for_later(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild, takes_dms=False)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    server.times.token = 0.0
    with pytest.raises(ChatGone):
        await office.sender.send_video(message.key, clip, "15 s", key="video", asked=message.id)


# --- answers that are lost ---


@pytest.mark.parametrize("route", [POST, ORIGINAL])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fault", ["cut", "502"])
async def test_a_video_whose_answer_was_lost_appears_once(
    office: Office, server: DiscordServer, clip: LocalClip, route: str, times: int, fault: str
) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
    if route == POST:
        await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    if fault == "cut":
        server.faults.cut(route, after=True, times=times)
    else:
        server.faults.fail(route, 502, after=True, times=times)
    for _ in range(3):
        try:
            await office.sender.send_video(message.key, clip, "15 s", key="video", asked=message.id)
            break
        except OutcomeUnknown:
            continue
    assert len([one for one in anna.answers(channel) if one.files]) == 1


async def test_a_follow_up_whose_answer_was_lost_is_not_repeated(office: Office, server: DiscordServer) -> None:
    guild = server.guild(has_bot=False)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go", by_user_install=True)
        message = await office.gets()
    await office.sender.send_text(message.key, "first", key="k1", asked=message.id)
    server.faults.cut(FOLLOW_UP, after=True)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await office.sender.send_text(message.key, "second", key="k2", asked=message.id)
    assert [one.content for one in anna.answers(channel)] == ["first", "second"]
    assert len(server.called(FOLLOW_UP)) == 1


async def test_a_crash_between_posting_and_noting_is_settled_by_looking(server: DiscordServer, clip: LocalClip) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    async with open_office(server, times=replace(TIMES, nonce=0.0)) as office:
        sent = await office.sender.send_video(here, clip, "15 s", key="video")
        for (place, name), (until, value) in list(office.notes.kept.items()):
            if name.startswith("sent:"):
                assert value.decode() == sent.ref.id
                office.notes.kept[place, name] = until, b"?1700000000.000"
        server.times.nonce = 0.0  # Discord has forgotten, too
        again = await office.sender.send_video(here, clip, "15 s", key="video")
    assert again.ref == sent.ref
    assert len(anna.answers()) == 1


# --- refusals ---


async def test_too_large_is_told_as_it_is_and_the_smaller_one_comes(
    office: Office, server: DiscordServer, clip: LocalClip, tmp_path: Path
) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(11 * 1024 * 1024))
    with pytest.raises(TooLarge):
        await office.sender.send_video(here, replace(clip, path=large), "x", key="video")
    await office.sender.send_video(here, clip, "x", key="smaller")
    assert len(anna.answers()) == 1


@pytest.mark.parametrize(("tier", "most"), [(0, 10), (1, 10), (2, 50), (3, 100)])
async def test_the_size_of_files_is_the_guilds(office: Office, server: DiscordServer, tier: int, most: int) -> None:
    channel = server.channel(server.guild(tier=tier))
    limits = await office.sender.limits(key_of(channel.id))
    assert limits.upload_bytes == most * 1024 * 1024


async def test_a_missing_permission_is_named_and_not_asked_for_again_and_again(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    channel = server.channel(server.guild())
    channel.denied.add("attach_files")
    for number in range(20):
        with pytest.raises(Refused, match="Attach Files"):
            await office.sender.send_video(key_of(channel.id), clip, "x", key=f"video{number}")
    assert len(server.called(POST)) == 1
    await office.sender.send_text(key_of(channel.id), "a link", key="link")
    assert len(server.budgets.invalid) == 1


async def test_a_channel_that_is_gone_is_a_fact(office: Office, server: DiscordServer) -> None:
    channel = server.channel(server.guild())
    key = key_of(channel.id)
    status = await office.sender.send_text(key, "Connecting…", key="status")
    server.delete_channel(channel)
    for _ in range(5):
        with pytest.raises(ChatGone):
            await office.sender.send_text(key, "x", key="more")
        with pytest.raises(ChatGone):
            await office.sender.edit_text(status, "x")
    assert len(server.called(POST)) == 2


async def test_who_was_thrown_out_cannot_speak(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild)
    server.kick_bot(guild)
    with pytest.raises(ChatGone):
        await office.sender.send_text(key_of(channel.id), "x", key="k")


async def test_a_status_that_somebody_deleted_is_refused(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    status = await office.sender.send_text(key_of(anna.dm.id), "Connecting…", key="status")
    server.posts.remove(anna.answers()[0])
    with pytest.raises(Refused):
        await office.sender.edit_text(status, "x")


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


async def test_while_discord_is_away_it_is_later(server: DiscordServer) -> None:
    async with open_office(server) as office:
        office.sender._rest._settings = replace(office.settings, api_url="http://127.0.0.1:9/api/v10")
        with pytest.raises(SlowDown):
            await office.sender.send_text(key_of(1), "x", key="k")


async def test_a_bad_token_is_tried_once(server: DiscordServer) -> None:
    async with open_office(server) as office:
        office.sender._rest._settings = replace(office.settings, token="wrong")
        for _ in range(5):
            with pytest.raises(Refused):
                await office.sender.send_text(key_of(1), "x", key="k")
    assert len(server.calls) == 1


async def test_while_the_store_is_away_nothing_is_posted(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    office.notes.away = True
    with pytest.raises(SlowDown):
        await office.sender.send_text(key_of(anna.dm.id), "x", key="k")
    assert server.calls == []


async def test_only_what_lies_on_the_disk_is_posted(office: Office, server: DiscordServer) -> None:
    with pytest.raises(Refused):
        await office.sender.send_video(key_of(1), RemoteClip("https://example.org/v.mp4", 1, 1, 1, 1), "x", key="k")


async def test_a_picture_comes_with_its_words(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    await office.sender.send_picture(key_of(anna.dm.id), Picture(PNG, "image/png", "3 tracks"), "", key="k")
    (message,) = anna.answers()
    assert (message.files[0].description, message.files[0].data) == ("3 tracks", PNG)


async def test_a_permission_to_read_is_not_needed_to_answer(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with office.listening():
        anna.says(f"{anna.bot_mention} go", to=channel)
        message = await office.gets()
    channel.denied.add("read_message_history")
    await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
    assert len(anna.answers(channel)) == 1


async def test_forgetting_leaves_no_note_of_the_place(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("hello")
        message = await office.gets()
    await office.sender.send_text(message.key, "Hi", key="k", asked=message.id)
    await office.sender.forget(message.key)
    assert not [name for name in office.notes.kept if name[0] == message.key.chat]


# --- long answers in busy channels ---


@pytest.mark.parametrize("by_command", [True, False])
async def test_a_long_answer_leaves_a_busy_channel_alone(
    server: DiscordServer, clip: LocalClip, by_command: bool
) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    async with open_office(server, threads=True) as office:
        async with office.listening():
            if by_command:
                anna.runs("video", to=channel, prompt="go")
            else:
                anna.says(f"{anna.bot_mention} go", to=channel)
            message = await office.gets()
        await office.sender.send_text(message.key, "Connecting…", key="status", asked=message.id)
        for number in range(10):
            ben.says(f"talk {number}", to=channel)
        await office.sender.send_text(message.key, "a long story " * 100, key="more0", asked=message.id)
        sent = await office.sender.send_video(message.key, clip, "15 s", key="video", asked=message.id)
        await office.sender.edit_text(sent.ref, "15 s, without buttons")
    assert len(anna.answers(channel)) == 1
    (thread,) = [one for one in server.world.channels.values() if one.parent is channel]
    assert [one.content[:12] for one in anna.answers(thread)] == ["a long story", "15 s, withou"]
    assert anna.answers(thread)[1].files


async def test_a_quiet_channel_needs_no_thread(server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with open_office(server, threads=True) as office:
        async with office.listening():
            anna.says(f"{anna.bot_mention} go", to=channel)
            message = await office.gets()
        await office.sender.send_text(message.key, "a long story " * 100, key="more0", asked=message.id)
    assert len(anna.answers(channel)) == 1
