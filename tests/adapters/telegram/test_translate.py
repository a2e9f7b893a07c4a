"""Updates as Telegram sends them, and what the core reads in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from adapters.telegram.places import key_of
from adapters.telegram.speech import Me
from adapters.telegram.translate import Reader
from core.messages import (
    Attachment,
    Command,
    Edited,
    Gone,
    Inbound,
    InboundMessage,
    Kind,
    MessageRef,
    Moved,
    Press,
    Sender,
)

ME = Me(42, "photoreelbot")
READER = Reader(ME, ("start", "video", "forget"))
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SENT = 1_780_000_000

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "zh-hans"}
US = {"id": 42, "is_bot": True, "first_name": "Photoreel", "username": "photoreelbot"}
HER = {"id": 7, "type": "private", "first_name": "Ann"}
CLUB = {"id": -1001, "type": "supergroup", "title": "Club"}
FORUM = {**CLUB, "is_forum": True}
PHOTO = [
    {"file_id": "s", "file_unique_id": "us", "width": 90, "height": 60, "file_size": 900},
    {"file_id": "l", "file_unique_id": "ul", "width": 1280, "height": 853, "file_size": 90_000},
    {"file_id": "m", "file_unique_id": "um", "width": 320, "height": 213},
]
LARGEST = Attachment(Kind.PHOTO, "l", "photo.jpg", "image/jpeg", 90_000)


def wire(chat: dict[str, Any] = HER, sender: dict[str, Any] | None = ANN, **body: Any) -> dict[str, Any]:
    """A message as it is on the wire."""
    told = {"message_id": 5, "date": SENT, "chat": chat, **body}
    return told if sender is None else {**told, "from": sender}


def read(**update: Any) -> Inbound | None:
    """What the core is told of an update."""
    whole = Update.de_json({"update_id": 99, **update}, None)
    return READER.inbound_of(whole, NOW)


def message(**body: Any) -> InboundMessage:
    """What the core is told of a message."""
    inbound = read(message=wire(**body))
    assert isinstance(inbound, InboundMessage)
    return inbound


# --- what is said, and by whom ----------------------------------------------------------------------------------------


def test_a_text_in_private() -> None:
    assert message(text=" make it slower ") == InboundMessage(
        key=key_of(7),
        id="7:5",
        sender=Sender("7", "Ann Lee", locale="zh-hans"),
        sent_at=datetime.fromtimestamp(SENT, UTC),
        text="make it slower",
    )


def test_a_command_with_a_payload() -> None:
    assert message(text="/start abc").command == Command("start", "abc")


def test_a_forwarded_command_is_only_a_text() -> None:
    origin = {"type": "user", "date": 1, "sender_user": ANN}
    forwarded = message(text="/forget", forward_origin=origin)
    assert (forwarded.command, forwarded.text) == (None, "/forget")


@pytest.mark.parametrize(
    ("body", "addressed"),
    [
        ({"text": "nice weather"}, False),
        ({"text": "@photoreelbot go"}, True),
        ({"text": "/video go"}, True),
        ({"text": "/video@photoreelbot go"}, True),
        ({"text": "/video@otherbot go"}, False),
        ({"text": "/weather"}, False),
        ({"photo": PHOTO, "caption": "@photoreelbot go"}, True),
        ({"text": "slower", "reply_to_message": wire(CLUB, US, message_id=3, text="Your video")}, True),
        ({"text": "slower", "reply_to_message": wire(CLUB, message_id=3, text="Hello")}, False),
    ],
)
def test_in_a_group_only_some_things_are_said_to_us(body: dict[str, Any], addressed: bool) -> None:
    inbound = message(chat=CLUB, **body)
    assert (inbound.addressed, inbound.private) == (addressed, False)


def test_another_bots_command_is_none() -> None:
    assert message(chat=CLUB, text="/video@otherbot go").command is None


@pytest.mark.parametrize(
    "body",
    [
        {"sender": {**ANN, "is_bot": True}},
        {"sender": None},
        {"chat": {"id": -1005, "type": "channel", "title": "News"}, "sender": None},
        {"chat": {**CLUB, "is_direct_messages": True}},
        {"chat": CLUB, "sender": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
         "sender_chat": {"id": -1005, "type": "channel", "title": "News"}, "is_automatic_forward": True},
        {"chat": CLUB, "sender": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
         "sender_chat": {"id": -1006, "type": "channel", "title": "Hers"}},
    ],
)  # fmt: skip
def test_bots_and_channels_are_not_listened_to(body: dict[str, Any]) -> None:
    assert read(message=wire(**body, text="/video go")) is None


def test_channel_posts_are_not_listened_to() -> None:
    assert read(channel_post=wire({"id": -1005, "type": "channel", "title": "News"}, None, text="/video go")) is None


def test_an_anonymous_admin_is_a_person_with_that_role() -> None:
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    inbound = message(chat=CLUB, sender=hidden, sender_chat=CLUB, text="/forget")
    assert inbound.sender == Sender("-1001", "Club", frozenset({"admin"}))
    assert inbound.command == Command("forget")


# --- what is handed in ------------------------------------------------------------------------------------------------


def test_of_a_photo_the_largest_size() -> None:
    assert message(photo=PHOTO, caption="go").attachments == (LARGEST,)


FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 1234}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"document": {**FILE, "file_name": "IMG_1.HEIC", "mime_type": "image/heic"}},
         Attachment(Kind.FILE, "f", "IMG_1.HEIC", "image/heic", 1234)),
        ({"video": {**FILE, "width": 4, "height": 3, "duration": 9, "mime_type": "video/mp4"}},
         Attachment(Kind.VIDEO, "f", "video.mp4", "video/mp4", 1234)),
        ({"animation": {**FILE, "width": 4, "height": 3, "duration": 9, "file_name": "cat.gif.mp4"},
          "document": {**FILE, "file_id": "other"}}, Attachment(Kind.VIDEO, "f", "cat.gif.mp4", "", 1234)),
        ({"video_note": {**FILE, "length": 240, "duration": 9}},
         Attachment(Kind.VIDEO, "f", "video.mp4", "video/mp4", 1234)),
        ({"audio": {**FILE, "duration": 9, "file_name": "a.mp3", "mime_type": "audio/mpeg"}},
         Attachment(Kind.AUDIO, "f", "a.mp3", "audio/mpeg", 1234)),
        ({"voice": {**FILE, "duration": 9, "mime_type": "audio/ogg"}},
         Attachment(Kind.VOICE, "f", "voice.ogg", "audio/ogg", 1234)),
    ],
)  # fmt: skip
def test_every_kind_of_file(body: dict[str, Any], expected: Attachment) -> None:
    assert message(**body).attachments == (expected,)


@pytest.mark.parametrize(
    "body",
    [
        {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "Bob"}},
        {"new_chat_members": [ANN]},
        {"new_chat_title": "Club"},
        {"forum_topic_created": {"name": "Lisbon", "icon_color": 1}},
        {},
    ],
)
def test_what_says_nothing_to_us_is_passed_over(body: dict[str, Any]) -> None:
    assert read(message=wire(**body)) is None


def test_hostile_names_and_types_are_only_hints() -> None:
    name = "../../etc/passwd\x00\u202egpj.exe\r\nX: y" + "a" * 5000
    document = {**FILE, "file_name": name, "mime_type": "image/jpeg\r\nX-Evil: 1", "file_size": -5}
    (found,) = message(document=document).attachments
    assert found.name.isprintable()
    assert len(found.name) <= 200
    assert (found.mime, found.size) == ("", None)


def test_a_caption_of_ten_thousand_characters_comes_whole() -> None:
    caption = "🎬" * 10_000
    assert message(photo=PHOTO, caption=caption).text == caption


def test_parts_of_an_album_know_each_other_within_their_chat() -> None:
    one = message(photo=PHOTO, media_group_id="123")
    other = message(photo=PHOTO, media_group_id="123", message_id=6)
    elsewhere = message(photo=PHOTO, media_group_id="123", chat={**HER, "id": 8})
    assert one.album == other.album != ""
    assert one.album != elsewhere.album


# --- replies ----------------------------------------------------------------------------------------------------------


def test_a_reply_to_a_photo_brings_the_photo() -> None:
    inbound = message(chat=CLUB, text="@photoreelbot go", reply_to_message=wire(CLUB, message_id=3, photo=PHOTO))
    assert (inbound.quoted, inbound.reply_to) == ((LARGEST,), "-1001:3")


def test_a_reply_to_a_photo_of_another_chat_brings_it_too() -> None:
    origin = {"type": "user", "date": 1, "sender_user": ANN}
    inbound = message(text="go", external_reply={"origin": origin, "photo": PHOTO})
    assert (inbound.quoted, inbound.reply_to) == ((LARGEST,), "")


def test_a_reply_to_our_video_means_it_and_hands_nothing_in() -> None:
    video = {"video": {**FILE, "width": 4, "height": 3, "duration": 9}}
    inbound = message(chat=CLUB, text="slower", reply_to_message=wire(CLUB, US, message_id=3, **video))
    assert (inbound.quoted, inbound.reply_to, inbound.addressed) == ((), "-1001:3", True)


# --- topics -----------------------------------------------------------------------------------------------------------


def test_a_topic_is_a_conversation_of_its_own() -> None:
    assert message(chat=FORUM, text="go", message_thread_id=17, is_topic_message=True).key == key_of(-1001, 17)


def test_a_thread_of_replies_is_no_topic() -> None:
    assert message(chat=CLUB, text="go", message_thread_id=17).key == key_of(-1001)


def test_what_only_stands_in_a_topic_is_no_reply_to_whoever_opened_it() -> None:
    opening = wire(FORUM, US, message_id=17, forum_topic_created={"name": "Lisbon", "icon_color": 1})
    place = {"chat": FORUM, "message_thread_id": 17, "is_topic_message": True}
    inbound = message(**place, text="nice weather", reply_to_message=opening)
    assert (inbound.addressed, inbound.reply_to) == (False, "")
    elsewhere = {**opening, "message_id": 3}
    assert message(**place, text="nice weather", reply_to_message=elsewhere).addressed is False
    bare = wire(FORUM, US, message_id=17)
    assert message(**place, text="nice weather", reply_to_message=bare).addressed is False


# --- edits, presses, moves, farewells ---------------------------------------------------------------------------------


def test_an_edited_caption() -> None:
    body = wire(photo=PHOTO, caption="slower", edit_date=SENT + 9)
    assert read(edited_message=body) == Edited(key_of(7), "7:5:edit:99", "7:5", "slower")


def test_an_edit_by_nobody_is_none() -> None:
    assert read(edited_message=wire(sender=US, text="x", edit_date=SENT)) is None


def press(**body: Any) -> Inbound | None:
    """A press on a button under a message of ours."""
    under = wire(FORUM, US, text="choose", message_thread_id=17, is_topic_message=True)
    return read(callback_query={"id": "q1", "from": ANN, "chat_instance": "1", "data": "tall", "message": under} | body)


def test_a_press() -> None:
    key = key_of(-1001, 17)
    assert press() == Press(
        key,
        "press:q1",
        Sender("7", "Ann Lee", locale="zh-hans"),
        NOW,
        "tall",
        MessageRef(key, "-1001:5"),
        ref="q1",
        private=False,
    )


def test_a_press_under_a_message_that_is_not_shown_any_more() -> None:
    inbound = press(message={"chat": HER, "message_id": 5, "date": 0})
    assert isinstance(inbound, Press)
    assert (inbound.key, inbound.message.id) == (key_of(7), "7:5")


@pytest.mark.parametrize("body", [{"message": None, "inline_message_id": "i"}, {"data": None, "game_short_name": "g"}])
def test_presses_of_others_are_none(body: dict[str, Any]) -> None:
    assert press(**body) is None


def test_foreign_data_is_handed_on_as_it_is() -> None:
    inbound = press(data='{"a": "\u202e\x00💣"}')
    assert isinstance(inbound, Press)
    assert inbound.token == '{"a": "\u202e\x00💣"}'


def test_a_move_is_the_same_news_from_both_sides() -> None:
    old, new = {"id": -5, "type": "group", "title": "Family"}, {"id": -1009, "type": "supergroup", "title": "Family"}
    expected = Moved(key_of(-5), "moved:-5:-1009", key_of(-1009))
    assert read(message=wire(old, migrate_to_chat_id=-1009)) == expected
    assert read(message=wire(new, migrate_from_chat_id=-5)) == expected


def member(status: str) -> dict[str, Any]:
    """The bot as a member of a chat."""
    return {"status": status, "user": US} | ({"until_date": 0} if status == "kicked" else {})


@pytest.mark.parametrize(("status", "gone"), [("kicked", True), ("left", True), ("member", False)])
@pytest.mark.parametrize("chat", [HER, CLUB])
def test_blocked_kicked_or_let_in(chat: dict[str, Any], status: str, gone: bool) -> None:
    change = {"chat": chat, "from": ANN, "date": SENT, "old_chat_member": member("member")}
    inbound = read(my_chat_member={**change, "new_chat_member": member(status)})
    assert inbound == (Gone(key_of(chat["id"]), f"gone:{chat['id']}:99") if gone else None)


def test_kinds_of_updates_from_the_future_are_none() -> None:
    assert read(telepathy={"from": ANN, "text": "go"}) is None
