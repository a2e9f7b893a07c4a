"""Messages: those that are meant for the bot are recorded, whatever kind of channel they were said in."""

from __future__ import annotations

import pytest

from core.messages import Command, Edited, Gone
from tests.adapters.contract import JPEG, PNG
from tests.adapters.discord.errands import meet
from tests.adapters.discord.office import Office
from tests.wire.discord.people import Photo
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

PHOTO = Photo("cat.png", PNG)


async def test_in_a_dm_everything_is_meant(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        said = anna.says("make it slower", files=[PHOTO])
        message = await office.gets()
    assert (message.text, message.private, message.addressed, message.id) == (
        "make it slower",
        True,
        True,
        str(said.id),
    )
    assert message.key.chat == str(anna.dm.id)
    assert [one.name for one in message.attachments] == ["cat.png"]


async def test_in_a_channel_only_what_is_said_to_the_bot(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    async with office.listening():
        anna.says("talking to somebody else", to=channel, files=[PHOTO])
        anna.says(f"{anna.bot_mention}  make a video <:wave:123> of it", to=channel, files=[PHOTO])
        message = await office.gets()
    assert message.text == "make a video :wave: of it"
    assert (message.private, message.addressed) == (False, True)
    assert len(office.inbox) == 1


async def test_a_mention_on_a_picture_answered_to_takes_that_picture(office: Office, server: DiscordServer) -> None:
    server.allow_content()
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    shown = ben.says("my cat", to=channel, files=[PHOTO])
    async with office.listening(message_content=True):
        anna.says(f"{anna.bot_mention} animate this", to=channel, reply_to=shown)
        message = await office.gets()
    assert [one.name for one in message.quoted] == ["cat.png"]
    assert message.reply_to == str(shown.id)
    async with office.sender.open(message.quoted[0]) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == PNG


@pytest.mark.parametrize(("locale", "said"), [("en-US", "Apps → Make a video"), ("zh-CN", "应用 → 制作视频")])
async def test_who_answers_to_what_the_bot_may_not_see_is_told_so(
    office: Office, server: DiscordServer, locale: str, said: str
) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild, locale=locale), server.person("Ben", guild)
    shown = ben.says("my cat", to=channel, files=[PHOTO])
    async with office.listening():
        anna.runs("credits", to=channel)
        await office.gets()
        anna.says(f"{anna.bot_mention} animate this", to=channel, reply_to=shown)
        await anna.sees(said, to=channel)
        anna.says(f"{anna.bot_mention} like this", to=channel, reply_to=shown, files=[Photo("own.png", PNG)])
        own = await office.gets(2)
        anna.says(f"{anna.bot_mention} /export", to=channel, reply_to=shown)
        export = await office.gets(3)
        hello = ben.says(f"{anna.bot_mention} /help", to=channel)
        await office.gets(4)
        anna.says(f"{anna.bot_mention} and you?", to=channel, reply_to=hello)
        seen = await office.gets(5)
    assert [one.name for one in own.attachments] == ["own.png"]
    assert export.command == Command("export")
    assert seen.text == "and you?"
    assert len([text for text in anna.reads(channel) if said in text]) == 1


async def test_pictures_of_a_moment_ago_are_meant_where_the_bot_may_see_them(
    office: Office, server: DiscordServer
) -> None:
    server.allow_content()
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    async with office.listening(message_content=True):
        anna.says("look", to=channel, files=[Photo("a.png", PNG)])
        anna.says("and", to=channel, files=[Photo("b.png", PNG)])
        ben.says("mine", to=channel, files=[Photo("c.png", PNG)])
        await office.eventually(lambda: office.notes.puts.count(f"lately:{anna.user.id}") == 2)
        anna.says(f"{anna.bot_mention} a slideshow of these", to=channel)
        message = await office.gets()
        anna.says(f"{anna.bot_mention} slower", to=channel)
        after = await office.gets(2)
    assert [one.name for one in message.quoted] == ["a.png", "b.png"]
    assert after.quoted == ()


async def test_threads_and_forum_posts_are_conversations_of_their_own(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, forum, anna = server.channel(guild), server.forum(guild), server.person("Anna", guild)
    async with office.listening():
        thread = anna.opens_thread(channel)
        anna.says(f"{anna.bot_mention} in a thread", to=thread)
        first = await office.gets(1)
        anna.posts_in(forum, "My cats", f"{anna.bot_mention} in a post", files=[PHOTO])
        second = await office.gets(2)
        ref = await office.sender.send_text(first.key, "here", key="k1", asked=first.id)
    assert (first.key.chat, first.key.thread) == (str(channel.id), str(thread.id))
    assert second.key.chat == str(forum.id)
    assert second.key.thread not in ("", str(forum.id))
    assert [str(one.id) for one in anna.answers(thread)] == [ref.id]


async def test_a_thread_that_was_there_before_us_is_looked_up(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    thread = anna.opens_thread(channel)
    async with office.listening():
        anna.says(f"{anna.bot_mention} still there?", to=thread)
        message = await office.gets()
    assert (message.key.chat, message.key.thread) == (str(channel.id), str(thread.id))


async def test_a_reply_to_the_bot_means_it(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    async with office.listening():
        anna.says(f"{anna.bot_mention} hello", to=channel)
        first = await office.gets()
        ref = await office.sender.send_text(first.key, "Ready", key="k1", asked=first.id)
        ours = await anna.sees("Ready", to=channel)
        anna.says("slower", to=channel, reply_to=ours)
        second = await office.gets(2)
    assert (second.text, second.reply_to) == ("slower", ref.id)
    assert ours.reply_to is not None
    assert ours.pinged == []


async def test_bots_are_ignored(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna, other = server.channel(guild), server.person("Anna", guild), server.person("Robot", guild, bot=True)
    async with office.listening():
        other.says(f"{anna.bot_mention} /video", to=channel)
        anna.says(f"{anna.bot_mention} /help me", to=channel)
        message = await office.gets()
    assert message.command == Command("help", "me")
    assert len(office.inbox) == 1


async def test_the_language_of_an_earlier_command_is_remembered(office: Office, server: DiscordServer) -> None:
    anna = server.person(locale="zh-CN")
    async with office.listening():
        anna.runs("help")
        await office.gets(1)
        anna.says("hello")
        assert (await office.gets(2)).sender.locale == "zh-CN"


async def test_an_edit_changes_what_was_said(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        said = anna.says("a 10 second video")
        await office.gets()
        anna.rewords(said, "a 20 second video")
        edits = await office.eventually(lambda: [one for one in office.inbox if isinstance(one, Edited)])
    assert (edits[0].message_id, edits[0].text) == (str(said.id), "a 20 second video")


async def test_when_the_bot_is_thrown_out_what_runs_there_ends(office: Office, server: DiscordServer) -> None:
    guild, other = server.guild("One"), server.guild("Two")
    channel, elsewhere = server.channel(guild), server.channel(other)
    anna = server.person("Anna", guild, other)
    async with office.listening():
        for number, place in enumerate((channel, elsewhere), 1):
            anna.says(f"{anna.bot_mention} hello", to=place)
            await office.gets(number)
        server.kick_bot(guild)
        gone = await office.eventually(lambda: [one for one in office.inbox if isinstance(one, Gone)])
    assert [one.key.chat for one in gone] == [str(channel.id)]


async def test_a_deleted_channel_and_a_deleted_thread_are_gone(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    async with office.listening():
        thread = anna.opens_thread(channel)
        anna.says(f"{anna.bot_mention} hello", to=thread)
        message = await office.gets()
        server.delete_channel(thread)
        gone = await office.eventually(lambda: [one.key for one in office.inbox if isinstance(one, Gone)])
        assert gone == [message.key]
        server.delete_channel(channel)
        await office.eventually(lambda: len([one for one in office.inbox if isinstance(one, Gone)]) >= 2)
    assert str(channel.id) in {one.key.chat for one in office.inbox if isinstance(one, Gone) and not one.key.thread}


async def test_messages_of_one_channel_keep_their_order_while_the_store_is_slow(
    office: Office, server: DiscordServer
) -> None:
    anna = server.person()
    async with office.listening():
        office.notes.away = True
        for number in range(20):
            anna.says(f"number {number}")
        office.notes.away = False
        await office.eventually(lambda: len(office.messages) == 20)
    assert [one.text for one in office.messages] == [f"number {number}" for number in range(20)]


@pytest.mark.parametrize(("denied", "where"), [("attach_files", "channel"), ("send_messages", "dm")])
async def test_a_missing_permission_is_told_where_it_can_be(
    office: Office, server: DiscordServer, denied: str, where: str
) -> None:
    channel, anna = meet(server)
    channel.denied.add(denied)
    async with office.listening():
        anna.says(f"{anna.bot_mention} make a video", to=channel, files=[Photo("a.jpg", JPEG)])
        await anna.sees(denied.replace("_", " ").title(), to=channel if where == "channel" else anna.dm)
    assert office.inbox == []


async def test_who_only_calls_the_bot_is_told_what_to_say(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    async with office.listening():
        anna.says(anna.bot_mention, to=channel)
        assert (await office.gets()).command == Command("help")
