"""The way out when things go wrong: refusals, lost answers, moves, floods, topics, texts at the edge of the limits."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.telegram.line import UPLOAD_STALL
from adapters.telegram.places import key_of, message_id
from adapters.telegram.sender import TelegramSender, keyboard
from adapters.telegram.speech import units_of
from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown, TooLarge
from core.messages import (
    Activity,
    Choice,
    ConversationKey,
    LocalClip,
    MessageRef,
    Picture,
    RemoteClip,
    SentClip,
)
from tests.adapters.telegram.desk import Desk, at, clip_in, desk
from tests.adapters.telegram.films import film, jpeg
from tests.adapters.telegram.memory import MemoryNotes, MemoryPace
from tests.wire.telegram.faults import Fault, cut, garbage, gateway, pause, refuse, slow, slow_upload
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hand() -> AsyncIterator[Desk]:
    """A bot at its server."""
    async with desk() as made:
        yield made


@pytest.fixture
def ann(hand: Desk) -> Person:
    """Somebody."""
    return hand.server.person("Ann")


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    """A film."""
    return clip_in(tmp_path, film(tmp_path / "film.mp4"))


def another_process(hand: Desk, *, now: float | None = None) -> TelegramSender:
    """A sender that shares the store with the first one; `now` is its clock."""
    if now is None:
        return TelegramSender(hand.line, hand.pace, hand.notes)
    return TelegramSender(hand.line, hand.pace, hand.notes, now=lambda: now)


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSALS: list[tuple[Fault, type[OutboundError]]] = [
    (refuse(403, "Forbidden: bot was blocked by the user"), ChatGone),
    (refuse(403, "Forbidden: bot was kicked from the supergroup chat"), ChatGone),
    (refuse(403, "Forbidden: user is deactivated"), ChatGone),
    (refuse(400, "Bad Request: chat not found"), ChatGone),
    (refuse(400, "Bad Request: TOPIC_CLOSED"), ChatGone),
    (refuse(400, "Bad Request: TOPIC_DELETED"), ChatGone),
    (refuse(400, "Bad Request: message thread not found"), ChatGone),
    (refuse(400, "Bad Request: group chat was deactivated"), ChatGone),
    (refuse(400, "Bad Request: not enough rights to send text messages to the chat"), Refused),
    (refuse(400, "Bad Request: CHAT_SEND_VIDEOS_FORBIDDEN"), Refused),
    (refuse(401, "Unauthorized"), Refused),
    (refuse(404, "Not Found"), Refused),
    (refuse(413, "Request Entity Too Large"), TooLarge),
    (Fault("status", status=413, body=b"<html>nginx</html>"), TooLarge),
    (refuse(400, "Bad Request: file is too big"), TooLarge),
    (pause(7), SlowDown),
    (Fault("status", status=429, body=b"<html>slow down</html>"), SlowDown),
    (gateway(502), OutcomeUnknown),
    (gateway(504), OutcomeUnknown),
    (refuse(500, "Internal Server Error"), OutcomeUnknown),
    (Fault("status", status=302, body=b""), OutcomeUnknown),
    (garbage(), OutcomeUnknown),
    (garbage(b'{"ok": true}'), OutcomeUnknown),
    (garbage(b'{"ok": true, "result": true}'), OutcomeUnknown),
    (garbage(b'{"ok": true, "result": {"message_id": 1}}'), OutcomeUnknown),
    (garbage(b"[]"), OutcomeUnknown),
    (cut(), OutcomeUnknown),
    (cut(after=True), OutcomeUnknown),
]


@pytest.mark.parametrize(("fault", "fact"), REFUSALS, ids=range(len(REFUSALS)))
async def test_every_refusal_is_a_fact(hand: Desk, ann: Person, fault: Fault, fact: type[OutboundError]) -> None:
    hand.server.faults.plan("sendMessage", fault)
    with pytest.raises(OutboundError) as caught:
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert type(caught.value) is fact
    assert hand.server.token not in repr(caught.value)


async def test_a_server_that_cannot_be_reached_has_certainly_sent_nothing() -> None:
    async with desk(api_url="http://127.0.0.1:1") as nowhere:  # nobody listens there
        with pytest.raises(SlowDown):
            await nowhere.sender.send_text(key_of(7), "hello", key="k1")
        assert nowhere.notes.kept == {}


async def test_the_whole_pause_is_told_and_holds_this_chat_alone(hand: Desk, ann: Person) -> None:
    bob = hand.server.person("Bob")
    hand.server.faults.plan("sendMessage", pause(13_938), chat=ann.id)
    with pytest.raises(SlowDown) as order:
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert order.value.retry_after == 13_938
    with pytest.raises(SlowDown) as held:
        await another_process(hand).send_text(at(ann), "hello", key="k1")
    assert held.value.retry_after > 13_000
    await hand.sender.send_text(at(bob), "hello", key="k1")
    assert hand.server.floods.early == []
    assert bob.chat.texts == ["hello"]


async def test_a_pause_ordered_for_an_edit_holds_up_the_chat_too(hand: Desk, ann: Person) -> None:
    ref = await hand.sender.send_text(at(ann), "Rendering", key="k1")
    hand.server.faults.plan("editMessageText", pause(60))
    with pytest.raises(SlowDown) as order:
        await hand.sender.edit_text(ref, "Rendering 40 %")
    assert order.value.retry_after == 60
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "done", key="k2")


async def test_after_a_definite_refusal_the_same_key_may_be_sent(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", refuse(400, "Bad Request: not enough rights to send text messages"))
    with pytest.raises(Refused):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    await hand.sender.send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == ["hello"]


# --- keys and lost answers --------------------------------------------------------------------------------------------


async def test_another_process_with_the_same_key_sends_nothing(hand: Desk, ann: Person, clip: LocalClip) -> None:
    text = await hand.sender.send_text(at(ann), "once", key="k1")
    video = await hand.sender.send_video(at(ann), clip, "once", key="k2")
    assert await another_process(hand).send_text(at(ann), "once", key="k1") == text
    assert await another_process(hand).send_video(at(ann), clip, "once", key="k2") == video
    assert len(ann.chat.bots) == 2


async def test_a_video_whose_answer_was_lost_is_never_sent_again(hand: Desk, ann: Person, clip: LocalClip) -> None:
    hand.server.faults.plan("sendVideo", cut(after=True))
    for sender in (hand.sender, hand.sender, another_process(hand)):
        with pytest.raises(OutcomeUnknown):
            await sender.send_video(at(ann), clip, "once", key="k1")
    assert len(ann.chat.videos) == 1


async def test_a_video_whose_sender_was_killed_is_never_sent_again(hand: Desk, ann: Person, clip: LocalClip) -> None:
    hand.server.faults.plan("sendVideo", Fault("slow", True, seconds=30))
    sending = asyncio.create_task(hand.sender.send_video(at(ann), clip, "once", key="k1"))
    await hand.server.until(lambda: ann.chat.videos)
    sending.cancel()
    await asyncio.wait([sending])
    with pytest.raises(OutcomeUnknown):
        await another_process(hand).send_video(at(ann), clip, "once", key="k1")
    assert len(ann.chat.videos) == 1


async def test_a_text_whose_answer_was_lost_is_said_again(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", gateway())
    with pytest.raises(OutcomeUnknown):
        await hand.sender.send_text(at(ann), "What changed: the title", key="k1")
    await hand.sender.send_text(at(ann), "What changed: the title", key="k1")
    assert ann.chat.texts == ["What changed: the title"]


async def test_a_text_on_its_way_is_waited_for_and_not_said_twice(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", Fault("slow", True, seconds=0.5))
    first = asyncio.create_task(hand.sender.send_text(at(ann), "once", key="k1"))
    await hand.server.until(lambda: ann.chat.texts)
    assert await another_process(hand).send_text(at(ann), "once", key="k1") == await first
    assert ann.chat.texts == ["once"]


async def test_a_text_of_somebody_who_was_killed_is_said_by_who_comes_later(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", Fault("slow", seconds=30))
    killed = asyncio.create_task(another_process(hand, now=1000.0).send_text(at(ann), "hello", key="k1"))
    await hand.server.until(lambda: hand.server.ledger.of("sendMessage"))
    killed.cancel()
    await asyncio.wait([killed])
    await another_process(hand, now=1030.0).send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == ["hello"]


async def test_a_store_that_is_away_lets_nothing_be_sent(hand: Desk, ann: Person) -> None:
    hand.notes.away = True
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    hand.notes.away, hand.pace.away = False, True
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == []


async def test_a_store_that_goes_away_during_a_send_does_not_unsend_it(hand: Desk, ann: Person) -> None:
    class Falling(MemoryNotes):
        async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
            self.away = b'"id"' in value
            await super().put(chat, name, value, seconds=seconds)

    ref = await TelegramSender(hand.line, hand.pace, Falling()).send_text(at(ann), "hello", key="k1")
    assert ref.id == message_id(ann.id, ann.chat.bots[0].id)


async def test_delivery_keys_are_kept_for_a_week_and_no_longer(hand: Desk, ann: Person) -> None:
    await hand.sender.send_text(at(ann), "hello", key="k1")
    assert set(hand.notes.lifetimes.values()) == {7 * 24 * 3600.0}


async def test_forgetting_strikes_out_the_place_and_no_other(hand: Desk, ann: Person) -> None:
    bob = hand.server.person("Bob")
    await hand.sender.send_text(at(ann), "hello", key="k1")
    await hand.sender.send_text(at(bob), "hello", key="k1")
    await hand.sender.forget(at(ann))
    assert {chat for chat, _ in hand.notes.kept} == {str(bob.id)}


# --- edits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [gateway(after=True), cut(), gateway()])
async def test_an_edit_whose_answer_was_lost_is_repeated(hand: Desk, ann: Person, fault: Fault) -> None:
    ref = await hand.sender.send_text(at(ann), "Rendering", key="k1")
    hand.server.faults.plan("editMessageText", fault)
    await hand.sender.edit_text(ref, "What changed: the title")
    assert ann.chat.texts == ["What changed: the title"]


async def test_a_message_that_was_deleted_cannot_be_edited(hand: Desk, ann: Person, clip: LocalClip) -> None:
    ref = await hand.sender.send_text(at(ann), "Rendering", key="k1")
    ann.chat.bots[0].deleted = True
    with pytest.raises(Refused):
        await hand.sender.edit_text(ref, "Rendering 40 %")
    with pytest.raises(Refused):
        await hand.sender.replace_by_video(ref, clip, "again")


async def test_a_message_of_somebody_else_cannot_be_edited(hand: Desk, ann: Person) -> None:
    theirs = ann.says("mine")
    with pytest.raises(Refused):
        await hand.sender.edit_text(MessageRef(at(ann), message_id(ann.id, theirs.id)), "ours")


@pytest.mark.parametrize("id_", ["", "press:1", "b-1234", "7"])
async def test_an_id_of_another_kind_is_refused(hand: Desk, ann: Person, id_: str) -> None:
    with pytest.raises(Refused):
        await hand.sender.edit_text(MessageRef(at(ann), id_), "hello")
    with pytest.raises(Refused):
        await hand.sender.delete(MessageRef(at(ann), id_))


async def test_a_persons_message_is_deleted_too(hand: Desk, ann: Person) -> None:
    secret = ann.says("/link nmv_usr_made_up")
    await hand.sender.delete(MessageRef(at(ann), message_id(ann.id, secret.id)))
    assert secret.deleted


# --- places -----------------------------------------------------------------------------------------------------------


async def test_topics_are_answered_in_place_and_general_without_number(hand: Desk, ann: Person) -> None:
    club = hand.server.supergroup("Club", ann, forum=True)
    lisbon = club.topic("Lisbon")
    await hand.sender.send_text(at(club, lisbon), "in the topic", key="k1")
    await hand.sender.send_text(at(club), "in general", key="k1")
    await hand.sender.activity(at(club, lisbon), Activity.TYPING)
    assert [(message.thread, message.text) for message in club.chat.bots] == [
        (lisbon, "in the topic"),
        (1, "in general"),
    ]
    assert "message_thread_id" not in hand.server.ledger.of("sendMessage")[1].values


async def test_a_closed_topic_is_the_end_of_its_conversation(hand: Desk, ann: Person) -> None:
    club = hand.server.supergroup("Club", ann, forum=True)
    lisbon, porto = club.topic("Lisbon"), club.topic("Porto")
    club.chat.closed_topics.add(lisbon)
    del club.chat.topics[porto]
    for topic in (lisbon, porto):
        with pytest.raises(ChatGone):
            await hand.sender.send_text(at(club, topic), "hello", key="k1")


async def test_a_chat_that_has_moved_gets_its_video_there(hand: Desk, ann: Person, clip: LocalClip) -> None:
    family = hand.server.group("Family", ann)
    status = await hand.sender.send_text(at(family), "Rendering", key="k0")
    club = family.migrates()
    sent = await hand.sender.send_video(at(family), clip, "yours", key="k1")
    assert [message.text for message in club.chat.videos] == ["yours"]
    assert await hand.sender.send_video(at(family), clip, "yours", key="k1") == sent
    await hand.sender.edit_text(sent.ref, "yours, edited")
    assert club.chat.texts == ["yours, edited"]
    with pytest.raises(Refused):
        await hand.sender.edit_text(status, "too late")


async def test_a_reply_to_what_is_gone_or_elsewhere_is_sent_without_it(hand: Desk, ann: Person) -> None:
    asked = ann.says("slower")
    asked.deleted = True
    await hand.sender.send_text(at(ann), "one", key="k1", reply_to=message_id(ann.id, asked.id))
    await hand.sender.send_text(at(ann), "two", key="k2", reply_to="-5:17")
    await hand.sender.send_text(at(ann), "three", key="k3", reply_to="press:8")
    assert ann.chat.texts == ["one", "two", "three"]


# --- lengths and looks ------------------------------------------------------------------------------------------------


async def test_a_text_that_is_all_emoji_comes_in_two(hand: Desk, ann: Person) -> None:
    text = "🎬" * 4096
    ref = await hand.sender.send_text(at(ann), text, (Choice("Go", "go"),), key="k1")
    assert "".join(ann.chat.texts) == text
    assert [message.labels for message in ann.chat.bots] == [[], ["Go"]]
    assert ref.id == message_id(ann.id, ann.chat.bots[1].id)
    await hand.sender.edit_text(ref, text)
    assert units_of(ann.chat.texts[1]) <= 4096


async def test_captions_and_notices_never_are_too_long(hand: Desk, ann: Person, clip: LocalClip) -> None:
    await hand.sender.send_video(at(ann), clip, "🎬" * 1024, key="k1")
    assert 1000 < units_of(ann.chat.texts[0]) <= 1024


async def test_links_bring_no_preview(hand: Desk, ann: Person) -> None:
    await hand.sender.send_text(at(ann), "https://example.org", key="k1")
    (call,) = hand.server.ledger.of("sendMessage")
    assert call.values["link_preview_options"]["is_disabled"] is True
    assert "parse_mode" not in call.values


def test_buttons_stand_side_by_side_where_they_fit() -> None:
    choices = [Choice(label, str(number)) for number, label in enumerate(
        ("Change…", "9:16", "16:9", "1:1", "Music", "Title", "Timeline", "New project", "As file", "x" * 40)
    )]  # fmt: skip
    markup = keyboard(choices)
    assert markup is not None
    assert [[button.text for button in row] for row in markup.inline_keyboard] == [
        ["Change…", "9:16", "16:9"],
        ["1:1", "Music", "Title"],
        ["Timeline", "New project"],
        ["As file"],
        ["x" * 40],
    ]


async def test_a_picture_of_an_odd_shape_comes_as_a_file(hand: Desk, ann: Person) -> None:
    picture = Picture(jpeg(900, 30), "image/jpeg", "a very long timeline")
    await hand.sender.send_picture(at(ann), picture, "Timeline", key="k1")
    assert [(message.kind, message.text) for message in ann.chat.bots] == [("document", "Timeline")]


# --- videos -----------------------------------------------------------------------------------------------------------


async def test_too_large_is_said_before_anything_is_sent(hand: Desk, ann: Person, tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(49_500_001)
    clip = LocalClip(path, 320, 240, 1, 49_500_001)
    with pytest.raises(TooLarge):
        await hand.sender.send_video(at(ann), clip, "large", key="k1")
    with pytest.raises(TooLarge):
        await hand.sender.send_file(at(ann), clip, "large", key="k2")
    assert hand.server.ledger.of("sendVideo", "sendDocument") == []


async def test_a_file_that_is_not_there_is_refused(hand: Desk, ann: Person, clip: LocalClip) -> None:
    clip.path.unlink()
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), clip, "gone", key="k1")


async def test_by_url_only_what_telegram_fetches(hand: Desk, ann: Person) -> None:
    large = RemoteClip("https://cdn.example.org/v.mp4", 320, 240, 1, 20_000_001)
    with pytest.raises(TooLarge):
        await hand.sender.send_video(at(ann), large, "large", key="k1")
    away = RemoteClip("http://127.0.0.1:1/v.mp4", 320, 240, 1, 1000)
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), away, "away", key="k2")


async def test_what_telegram_fetches_itself_gets_a_cover(hand: Desk, ann: Person, clip: LocalClip) -> None:
    hand.server.strict_videos = True
    thumbnail = clip.path.with_name("cover.jpg")
    thumbnail.write_bytes(jpeg())

    async def hand_out(_: web.Request) -> web.Response:
        return web.Response(body=clip.path.read_bytes(), content_type="video/mp4")

    app = web.Application()
    app.router.add_get("/v.mp4", hand_out)
    async with TestServer(app) as elsewhere:
        there = RemoteClip(str(elsewhere.make_url("/v.mp4")), 320, 240, 1.0, clip.size, thumbnail)
        await hand.sender.send_video(at(ann), there, "by link", key="k1")
    assert [message.data for message in ann.chat.videos] == [clip.path.read_bytes()]
    assert hand.server.wrong == []


async def test_a_handle_of_another_bot_is_refused(hand: Desk, ann: Person) -> None:
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), SentClip("BAACAgIAAx", 1, 1, 1, 1), "again", key="k1")


async def test_the_handle_of_a_video_opens_no_file(hand: Desk, ann: Person, clip: LocalClip) -> None:
    sent = await hand.sender.send_video(at(ann), clip, "once", key="k1")
    with pytest.raises(Refused):
        await hand.sender.send_file(at(ann), SentClip(sent.handle, 320, 240, 1, clip.size), "as a file", key="k2")


async def test_a_film_that_has_become_an_animation_has_no_handle(ann: Person, hand: Desk, clip: LocalClip) -> None:
    hand.server.silent_is_animation = True
    sent = await hand.sender.send_video(at(ann), clip, "once", key="k1")
    assert [message.kind for message in ann.chat.bots] == ["animation"]
    assert sent.handle == ""


async def test_a_slow_upload_comes_through(hand: Desk, ann: Person, tmp_path: Path) -> None:
    """As slow for its size as a minute for 50 MB; the waiting times are asserted, not waited for."""
    data = film(tmp_path / "film.mp4") + bytes(3_000_000)
    hand.server.faults.plan("sendVideo", slow_upload(1_500_000))
    await hand.sender.send_video(at(ann), clip_in(tmp_path, data), "slow", key="k1")
    assert ann.chat.videos[0].data == data
    assert UPLOAD_STALL >= 60


# --- drafts, actions, presses -----------------------------------------------------------------------------------------


async def test_a_draft_is_rewritten_as_the_words_come(hand: Desk, ann: Person) -> None:
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    for text in ("I", "I will", "I will", "I will slow it"):
        await draft.update(text)
    assert [text for _, _, text in ann.chat.drafts] == ["I", "I will", "I will slow it"]
    assert len({draft_id for _, draft_id, _ in ann.chat.drafts}) == 1


async def test_drafts_that_are_refused_are_not_tried_again_anywhere(hand: Desk, ann: Person) -> None:
    ann.chat.draftable = False
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    await draft.update("two")
    assert hand.sender.stream(at(ann)) is None
    other = another_process(hand)
    await other.limits(at(ann))
    assert other.stream(at(ann)) is None
    assert hand.server.ledger.count("sendMessageDraft") == 1


async def test_a_server_without_drafts_is_no_error(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessageDraft", refuse(404, "Not Found"))
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    assert hand.sender.stream(at(ann)) is None


@pytest.mark.parametrize("fault", [gateway(), cut(), garbage()])
async def test_a_draft_that_got_lost_is_overtaken_by_the_next(hand: Desk, ann: Person, fault: Fault) -> None:
    hand.server.faults.plan("sendMessageDraft", fault)
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    await draft.update("one two")
    assert [text for _, _, text in ann.chat.drafts] == ["one two"]


async def test_groups_have_no_drafts(hand: Desk, ann: Person) -> None:
    assert hand.sender.stream(at(hand.server.supergroup("Club", ann))) is None


async def test_that_something_is_going_on_is_shown_once_in_a_while(hand: Desk, ann: Person) -> None:
    for _ in range(5):
        await hand.sender.activity(at(ann), Activity.UPLOADING_VIDEO)
    assert [action for _, action in ann.chat.actions] == ["upload_video"]


async def test_where_nothing_can_be_shown_nothing_is_raised(hand: Desk, ann: Person) -> None:
    ann.blocks()
    await hand.sender.activity(at(ann), Activity.TYPING)
    hand.pace.away = True
    await hand.sender.activity(key_of(12345), Activity.TYPING)


async def test_groups_are_edited_less_often(hand: Desk, ann: Person) -> None:
    assert (await hand.sender.limits(at(ann))).edit_interval == 3.0
    assert (await hand.sender.limits(at(hand.server.group("Family", ann)))).edit_interval == 6.0


async def test_a_local_server_takes_more() -> None:
    async with desk(local_mode=True, told={"local": True}) as local:
        limits = await local.sender.limits(ConversationKey("telegram", "7"))
        assert (limits.upload_bytes, limits.download_bytes) == (2_000_000_000, None)


# --- secrets ----------------------------------------------------------------------------------------------------------


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG, but for what `bot.logs` silences itself."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    for chatty in ("httpx", "httpcore", "asyncio", "aiohttp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def test_neither_the_token_nor_anybodys_words_are_in_a_log(clip: LocalClip) -> None:
    with heard() as log:
        async with desk() as hand:
            ann = hand.server.person("Ann")
            hand.server.faults.plan("sendMessage", garbage(b"words of mine"))
            with pytest.raises(OutcomeUnknown):
                await hand.sender.send_text(at(ann), "words of mine", key="k1")
            await hand.sender.send_video(at(ann), clip, "words of mine", key="k2")
            secret = hand.server.token.partition(":")[2]
        logging.getLogger("any").debug("this is heard")
    assert "this is heard" in log.getvalue()
    assert secret not in log.getvalue()
    assert "words of mine" not in log.getvalue()


async def test_the_token_is_in_no_representation(hand: Desk) -> None:
    whole = "".join(map(repr, (hand.line, hand.line.bot, hand.settings, hand.sender))) + str(hand.line.bot)
    assert hand.server.token not in whole
    assert hand.server.token.partition(":")[2] not in whole


# --- budgets ----------------------------------------------------------------------------------------------------------


async def test_three_messages_to_one_person_keep_their_distance(hand: Desk, ann: Person) -> None:
    hand.server.floods.on = True
    hand.server.floods.per_chat = (1, 0.9)
    sender = TelegramSender(hand.line, MemoryPace(strict=True), hand.notes)
    for number in range(3):
        await sender.send_text(at(ann), str(number), key=f"k{number}")
    assert ann.chat.texts == ["0", "1", "2"]
    assert {call.code for call in hand.server.ledger.of("sendMessage")} == {200}


async def test_an_answer_about_a_file_is_waited_for_longer_than_others(
    clip: LocalClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.telegram.line.ANSWER", 0.5)
    async with desk() as hand:
        ann = hand.server.person("Ann")
        hand.server.faults.plan("*", slow(1.5, after=True), times=2)
        await hand.sender.send_video(at(ann), clip, "done", key="video")
        with pytest.raises(OutcomeUnknown):
            await hand.sender.send_text(at(ann), "hello", key="text")
