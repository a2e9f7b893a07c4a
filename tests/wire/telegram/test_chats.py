"""What people do reaches the bot as it does in real chats, and what the bot may not do there is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter

from tests.wire.films import film, jpeg
from tests.wire.sites import giving, page
from tests.wire.telegram.scene import Scene, scene
from tests.wire.telegram.server import BotApi

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")]


async def test_updates_come_again_until_the_next_offset_confirms_them(at: Scene) -> None:
    at.alice.says("one")
    at.alice.says("two")
    first = await at.bot.get_updates()
    assert [update.update_id for update in await at.bot.get_updates()] == [update.update_id for update in first]
    [second] = await at.bot.get_updates(offset=first[0].update_id + 1)
    assert second.message is not None
    assert second.message.text == "two"


async def test_a_waiting_poller_hears_at_once(at: Scene) -> None:
    waiting = asyncio.create_task(at.bot.get_updates(timeout=20))
    await at.server.until(lambda: at.server.ledger.count("getUpdates"))
    at.alice.says("hello")
    async with asyncio.timeout(30):
        assert len(await waiting) == 1


async def test_a_second_poller_ends_the_first(at: Scene) -> None:
    rival = asyncio.create_task(at.form("getUpdates", timeout="20"))
    await at.server.until(lambda: at.server.ledger.count("getUpdates"))
    second = asyncio.create_task(at.bot.get_updates(timeout=20))
    ended = (await rival).json()
    assert ended["error_code"] == 409
    assert "terminated by other getUpdates request" in ended["description"]
    at.alice.says("hello")
    assert len(await second) == 1


async def test_a_poller_that_hung_up_is_no_rival(at: Scene) -> None:
    first = asyncio.create_task(at.http.get(f"/bot{at.server.token}/getUpdates", params={"timeout": 20}))
    await at.server.until(lambda: at.server.ledger.count("getUpdates"))
    first.cancel()
    await asyncio.wait({first})
    await at.server.until(lambda: at.server.ledger.of("getUpdates")[0].answered, "the end of the first wait")
    at.alice.says("hello")
    assert len(await at.bot.get_updates(timeout=5)) == 1


async def test_only_what_was_asked_for_comes(at: Scene) -> None:
    await at.bot.get_updates(allowed_updates=["callback_query"])
    at.alice.says("unheard")
    sent = await at.bot.send_message(at.alice.id, "?")
    at.alice.presses_data(at.alice.chat.find(sent.message_id, ""), "x")
    assert [update.callback_query is not None for update in await at.bot.get_updates()] == [True]


async def test_an_album_is_several_updates_of_one_group(at: Scene) -> None:
    at.alice.sends_album([jpeg(), jpeg(300, 300), jpeg(200, 300)], "my trip")
    messages = [update.message for update in await at.next()]
    assert len({message.media_group_id for message in messages if message}) == 1
    assert [message.caption for message in messages if message] == ["my trip", None, None]


async def test_every_kind_of_file_comes_with_its_facts(at: Scene) -> None:
    at.alice.sends_document(b"heic", "IMG 1.HEIC")
    at.alice.sends_video(film())
    at.alice.sends_animation(film())
    at.alice.sends_audio(b"mp3", announced=123)
    at.alice.sends_voice(b"ogg")
    forwarded = at.alice.forwards(at.alice.sends_photo(jpeg()))
    messages = [update.message for update in await at.next()]
    kinds = ["document", "video", "animation", "audio", "voice", "photo", "photo"]
    assert all(message and getattr(message, kind) for message, kind in zip(messages, kinds, strict=True))
    assert messages[3]
    assert messages[3].audio
    assert messages[3].audio.file_size == 123
    assert messages[6]
    assert messages[6].forward_origin
    assert messages[6].message_id == forwarded.id


async def test_what_is_announced_small_may_come_large(at: Scene) -> None:
    at.alice.sends_document(b"x", "small.jpg", "image/jpeg", announced=1000, delivered=3_000_000)
    [update] = await at.next()
    assert update.message
    assert update.message.document
    opened = await update.message.document.get_file()
    assert len(await opened.download_as_bytearray()) == 3_000_000


async def test_files_above_the_limit_are_not_handed_out(at: Scene) -> None:
    at.alice.sends_document(b"x", announced=20 * 1024 * 1024 + 1)
    [update] = await at.next()
    assert update.message
    assert update.message.document
    with pytest.raises(BadRequest, match="File is too big"):
        await update.message.document.get_file()


async def test_in_local_mode_files_of_any_size_lie_on_the_disk() -> None:
    async with scene(local=True) as at:
        at.alice.sends_document(b"x" * 10, delivered=21 * 1024 * 1024, announced=21 * 1024 * 1024)
        [update] = await at.next()
        assert update.message
        assert update.message.document
        reply = await at.form("getFile", file_id=update.message.document.file_id)
        path = reply.json()["result"]["file_path"]
        assert path.startswith(str(at.server.folder))
        size = await asyncio.to_thread(
            lambda: at.server.on_disk(next(iter(at.server.shelf.files.values()))).stat().st_size
        )
        assert size == 21 * 1024 * 1024


async def test_a_press_is_answered_once_and_not_too_late(at: Scene) -> None:
    await at.bot.send_message(at.alice.id, "?", reply_markup=None)
    seen = at.alice.chat.bots[0]
    first, late = at.alice.presses_data(seen, "a"), at.alice.presses_data(seen, "b")
    late.too_old = True
    assert await at.bot.answer_callback_query(first.id, "done", show_alert=True)
    assert (first.text, first.alert) == ("done", True)
    for query in (first, late):
        with pytest.raises(BadRequest, match="Query is too old"):
            await at.bot.answer_callback_query(query.id)


async def test_the_privacy_mode_hides_what_is_not_meant_for_the_bot(at: Scene) -> None:
    club = at.server.supergroup("Club", at.alice)
    mine = await at.bot.send_message(club.id, "hello")
    for text in ("just talking", "/new", "/new@other_bot", f"/new@{at.server.username}", f"hey @{at.server.username}"):
        at.alice.says(text, chat=club)
    at.alice.replies(club.chat.find(mine.message_id, ""), "to you")
    at.server.privacy = False
    at.alice.says("heard as well", chat=club)
    texts = [update.message.text for update in await at.next() if update.message]
    name = at.server.username
    assert texts == ["/new", f"/new@{name}", f"hey @{name}", "to you", "heard as well"]


async def test_topics_must_be_there_and_the_general_one_has_no_number(at: Scene) -> None:
    forum = at.server.supergroup("Forum", at.alice, forum=True)
    cats = forum.topic("Cats")
    await at.bot.send_message(forum.id, "general")
    await at.bot.send_message(forum.id, "meow", message_thread_id=cats)
    await at.bot.send_chat_action(forum.id, "typing", message_thread_id=1)
    for wrong in (1, 999):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await at.bot.send_message(forum.id, "?", message_thread_id=wrong)
    assert [message.thread for message in forum.chat.bots] == [1, cats]
    at.alice.says("/new", chat=forum)
    at.alice.says("/new", chat=forum, thread=cats)
    general, topical = [update.message for update in await at.next()][1:]
    assert general
    assert general.message_thread_id is None
    assert topical
    assert (topical.message_thread_id, topical.is_topic_message) == (cats, True)


async def test_a_reply_in_a_plain_supergroup_has_a_thread_that_is_no_topic(at: Scene) -> None:
    club = at.server.supergroup("Club", at.alice)
    mine = await at.bot.send_message(club.id, "hello")
    at.alice.replies(club.chat.find(mine.message_id, ""), "to you")
    [update] = await at.next()
    assert update.message
    assert update.message.message_thread_id == mine.message_id
    with pytest.raises(BadRequest, match="Message thread not found"):
        await at.bot.send_message(club.id, "?", message_thread_id=update.message.message_thread_id)


async def test_a_group_that_became_a_supergroup_says_so_both_ways(at: Scene) -> None:
    group = at.server.group("Family", at.alice)
    club = group.migrates()
    with pytest.raises(ChatMigrated) as moved:
        await at.bot.send_message(group.id, "hello")
    assert moved.value.new_chat_id == club.id
    left, came = [update.message for update in await at.next()]
    assert left
    assert left.migrate_to_chat_id == club.id
    assert came
    assert came.migrate_from_chat_id == group.id


async def test_where_the_bot_is_not_wanted_it_may_not_write(at: Scene) -> None:
    group, muted, deleted = (at.server.supergroup(title, at.alice) for title in "abc")
    at.alice.blocks()
    group.kicks()
    muted.mutes()
    deleted.vanishes()
    wordings = {
        at.alice.id: "blocked by the user",
        group.id: "kicked from the supergroup",
        deleted.id: "the group chat was deleted",
    }
    for chat, words in wordings.items():
        with pytest.raises(Forbidden, match=words):
            await at.bot.send_message(chat, "hello")
    with pytest.raises(BadRequest, match="Not enough rights"):
        await at.bot.send_message(muted.id, "hello")
    statuses = [update.my_chat_member.new_chat_member.status for update in await at.next() if update.my_chat_member]
    assert statuses == ["kicked", "kicked"]
    at.alice.unblocks()
    await at.bot.send_message(at.alice.id, "welcome back")


async def test_anonymous_admins_channels_and_bots_are_told_apart(at: Scene) -> None:
    at.server.privacy = False
    club, news = at.server.supergroup("Club", at.alice), at.server.channel("News")
    robo = at.server.person("Robo", bot=True)
    club.says_anonymously("/new")
    club.says_as_channel("hello", news)
    club.brings(news.posts("fresh"))
    robo.says("beep", chat=club)
    anonymous, channel, post, brought, bot = await at.next()
    assert anonymous.message
    assert anonymous.message.sender_chat
    assert anonymous.message.sender_chat.id == club.id
    assert channel.message
    assert channel.message.sender_chat
    assert channel.message.sender_chat.id == news.id
    assert post.channel_post
    assert brought.message
    assert brought.message.is_automatic_forward
    assert bot.message
    assert bot.message.from_user
    assert bot.message.from_user.is_bot


async def test_drafts_are_for_private_chats_that_take_them(at: Scene) -> None:
    club = at.server.supergroup("Club", at.alice)
    with pytest.raises(BadRequest):
        await at.bot.send_message_draft(club.id, 1, "so")
    at.alice.chat.draftable = False
    with pytest.raises(BadRequest):
        await at.bot.send_message_draft(at.alice.id, 1, "so")


async def test_edits_of_people_come_as_edits(at: Scene) -> None:
    picture = at.alice.sends_photo(jpeg(), "first")
    at.alice.edits(picture, "second")
    edited = (await at.next())[1].edited_message
    assert edited
    assert (edited.message_id, edited.caption) == (picture.id, "second")


async def test_raw_updates_come_as_they_are(at: Scene) -> None:
    at.server.updates.put_raw({"message": {"message_id": "no number"}})
    reply = await at.form("getUpdates")
    assert reply.json()["result"][0]["message"] == {"message_id": "no number"}


async def test_too_many_messages_are_refused_and_pauses_are_watched(at: Scene) -> None:
    floods = at.server.floods
    floods.on, floods.per_chat = True, (2, 2.0)
    for text in "ab":
        await at.bot.send_message(at.alice.id, text)
    with pytest.raises(RetryAfter) as ordered:
        await at.bot.send_message(at.alice.id, "c")
    assert ordered.value._retry_after.total_seconds() in (1, 2)
    assert floods.early == []
    bob = at.server.person("Bob")
    await at.bot.send_message(bob.id, "others are free")
    with pytest.raises(RetryAfter):
        await at.bot.send_message(at.alice.id, "d")
    assert len(floods.early) == 1


async def test_groups_have_a_limit_of_their_own(at: Scene) -> None:
    club = at.server.supergroup("Club", at.alice)
    at.server.floods.on, at.server.floods.per_chat = True, (100, 1.0)
    for number in range(20):
        await at.bot.send_message(club.id, str(number))
    with pytest.raises(RetryAfter):
        await at.bot.send_message(club.id, "one more")


async def test_videos_that_would_not_play_in_place_are_noticed(at: Scene) -> None:
    await at.bot.send_video(at.alice.id, film(fast=False), width=100, height=180, duration=9)
    assert at.server.wrong == [
        "sendVideo: said to be 100×180, is 320×180",
        "sendVideo: said to last 9 s, lasts 1.00 s",
        "sendVideo: no thumbnail",
        "sendVideo: not said to be streamable",
        "sendVideo: its index comes last",
    ]
    at.server.wrong.clear()


async def test_an_mp4_as_a_document_becomes_a_video_unless_told_not_to(at: Scene) -> None:
    server: BotApi = at.server
    server.strict_videos = False
    await at.bot.send_document(at.alice.id, film(), filename="a.mp4")
    await at.bot.send_document(at.alice.id, film(), filename="a.mp4", disable_content_type_detection=True)
    assert [message.kind for message in at.alice.chat.bots] == ["video", "document"]


async def test_a_video_without_sound_may_become_an_animation() -> None:
    async with scene(silent_is_animation=True, strict_videos=False) as at:
        posted = await at.bot.send_video(at.alice.id, film(sound=False))
        assert posted.animation
        with pytest.raises(BadRequest, match="Can't use file of type"):
            await at.bot.send_video(at.alice.id, posted.animation.file_id)
        await at.bot.send_video(at.alice.id, film())
        assert [message.kind for message in at.alice.chat.bots] == ["animation", "video"]


async def test_a_closed_topic_takes_nothing(at: Scene) -> None:
    forum = at.server.supergroup("Forum", at.alice, forum=True)
    cats = forum.topic("Cats")
    forum.chat.closed_topics.add(cats)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await at.bot.send_message(forum.id, "meow", message_thread_id=cats)


async def test_what_lies_at_an_address_is_fetched(at: Scene) -> None:
    at.server.strict_videos = False
    async with page(giving(film(), "video/mp4")) as url:
        await at.bot.send_video(at.alice.id, url)
    assert at.alice.chat.videos[0].data == film()
    async with page(giving(b"<html>", "text/html")) as url:
        with pytest.raises(BadRequest, match="Wrong type of the web page content"):
            await at.bot.send_video(at.alice.id, url)
    async with page(giving(bytes(20 * 1024 * 1024 + 1), "video/mp4")) as url:
        with pytest.raises(BadRequest):
            await at.bot.send_video(at.alice.id, url)


async def test_the_local_mode_takes_files_from_its_disk(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film())
    async with scene(local=True, strict_videos=False) as at:
        assert (await at.form("sendVideo", chat_id=at.alice.id, video=path.as_uri())).json()["ok"]
        assert at.alice.chat.videos[0].data == film()
    async with scene() as at:
        assert not (await at.form("sendVideo", chat_id=at.alice.id, video=path.as_uri())).json()["ok"]
