"""The way out: where a message goes, how long it may be, what it looks like, and what can be changed of it."""

from __future__ import annotations

import pytest

from adapters.telegram.places import message_id
from adapters.telegram.sender import keyboard
from core.errors import ChatGone, Refused
from core.messages import Activity, Choice, ConversationKey, LocalClip, MessageRef, Picture, units_of
from tests.adapters.telegram.desk import Desk, at, desk
from tests.wire.films import jpeg
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


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


async def test_texts_of_the_promised_length_are_said_whole(hand: Desk, ann: Person) -> None:
    limits = await hand.sender.limits(at(ann))
    emoji, letters = "🎬" * (limits.text_chars // 2), "把" * limits.text_chars
    ref = await hand.sender.send_text(at(ann), emoji, key="k1")
    assert ann.chat.texts == [emoji]
    await hand.sender.edit_text(ref, letters)
    assert ann.chat.texts == [letters]


async def test_captions_and_notices_never_are_too_long(hand: Desk, ann: Person, clip: LocalClip) -> None:
    await hand.sender.send_video(at(ann), clip, "🎬" * 1024, key="k1")
    assert 1000 < units_of(ann.chat.texts[0]) <= 1024


async def test_what_stands_with_a_video_is_replaced_whole_or_not_at_all(
    hand: Desk, ann: Person, clip: LocalClip
) -> None:
    sent = await hand.sender.send_video(at(ann), clip, "3 s", key="k1")
    await hand.sender.edit_text(sent.ref, "把" * 1024)
    with pytest.raises(Refused):
        await hand.sender.edit_text(sent.ref, "x" * 1025)
    assert ann.chat.texts == ["把" * 1024]


async def test_links_bring_no_preview(hand: Desk, ann: Person) -> None:
    await hand.sender.send_text(at(ann), "https://example.org", key="k1")
    (call,) = hand.server.ledger.of("sendMessage")
    assert call.values["link_preview_options"]["is_disabled"] is True
    assert "parse_mode" not in call.values


def test_buttons_stand_side_by_side_where_they_fit() -> None:
    choices = [Choice(label, str(number)) for number, label in enumerate(
        ("Change…", "9:16", "16:9", "1:1", "Music", "Title", "Timeline", "New project", "As file", "x" * 80)
    )]  # fmt: skip
    markup = keyboard(choices)
    assert markup is not None
    assert [[button.text for button in row] for row in markup.inline_keyboard] == [
        ["Change…", "9:16", "16:9"],
        ["1:1", "Music", "Title"],
        ["Timeline", "New project"],
        ["As file"],
        ["x" * 80],
    ]


async def test_a_picture_of_an_odd_shape_comes_as_a_file(hand: Desk, ann: Person) -> None:
    picture = Picture(jpeg(900, 30), "image/jpeg", "a very long timeline")
    await hand.sender.send_picture(at(ann), picture, "Timeline", key="k1")
    assert [(message.kind, message.text) for message in ann.chat.bots] == [("document", "Timeline")]


async def test_groups_are_edited_less_often(hand: Desk, ann: Person) -> None:
    assert (await hand.sender.limits(at(ann))).edit_interval == 3.0
    assert (await hand.sender.limits(at(hand.server.group("Family", ann)))).edit_interval == 6.0


async def test_a_local_server_takes_more() -> None:
    async with desk(local_mode=True, told={"local": True}) as local:
        limits = await local.sender.limits(ConversationKey("telegram", "7"))
        assert (limits.upload_bytes, limits.download_bytes) == (2_000_000_000, None)
