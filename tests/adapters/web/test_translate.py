"""Between the web chat and the core's values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.items import OwnItem, StoredFile, TextItem, decode, encode
from adapters.web.translate import (
    Visitor,
    chat_of,
    chat_of_cookie,
    command_in,
    id_of_item,
    item_of_delivery,
    item_of_id,
    item_of_own,
    key_of,
    kind_of,
    locale_in,
    message_of,
)
from core.messages import Command, Kind
from core.ports import CommandRow

ROWS = (CommandRow("new", "start anew"), CommandRow("video", "make a video", takes_text=True))
PHOTO = StoredFile("blob1", "IMG_1.HEIC", "image/heic", 10)


@pytest.mark.parametrize("chat", ["abc", chat_of_cookie("secret")])
def test_a_chat_is_read_back_from_its_key(chat: str) -> None:
    assert chat_of(key_of(chat)) == chat


@given(st.from_regex(r"[A-Za-z0-9-]{8,64}", fullmatch=True))
def test_a_message_id_leads_to_its_item_and_back(client_id: str) -> None:
    item = item_of_own(client_id)
    assert item_of_id(id_of_item("chat", item)) == item


@given(st.text())
def test_a_delivery_key_is_one_item_whatever_it_looks_like(key: str) -> None:
    item = item_of_delivery(key)
    assert item == item_of_delivery(key) == item_of_id(item) == id_of_item("chat", item)


def test_the_cookie_cannot_be_read_from_the_chat() -> None:
    assert "secret" not in chat_of_cookie("secret")
    assert chat_of_cookie("secret") != chat_of_cookie("secret2")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", Command("new")),
        ("/NEW", Command("new")),
        ("/video  make it slow ", Command("video", "make it slow")),
        ("/unknown", None),
        ("/", None),
        ("new", None),
        ("see /new", None),
    ],
)
def test_commands_of_the_table_are_recognised(text: str, command: Command | None) -> None:
    assert command_in(text, ROWS) == command


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", ""),
        ("de", "de"),
        ("en;q=0.5, zh-CN, fr;q=0.9", "zh-CN"),
        ("*", ""),
        ("en;q=x, de;q=0.1", "de"),
        ("de;q=0", ""),
        (";;;,,,q=", ""),
        ("<script>, en;q=0.2", "en"),
    ],
)
def test_the_language_a_browser_likes_best(header: str, locale: str) -> None:
    assert locale_in(header) == locale


def test_a_message_comes_whole_with_files_and_what_it_replies_to() -> None:
    item = OwnItem("/video slower", 1_700_000_000_000, (PHOTO,), reply_to="m-22222222")
    message = message_of(Visitor("chat", "de"), "11111111", item, ROWS, quoted=(PHOTO,))
    assert (message.key.platform, message.key.chat, message.id) == ("web", "chat", "chat:11111111")
    assert (message.private, message.addressed, message.whole) == (True, True, True)
    assert (message.sender.id, message.sender.locale) == ("chat", "de")
    assert (message.text, message.command) == ("/video slower", Command("video", "slower"))
    assert [(file.kind, file.ref, file.name, file.size) for file in message.attachments] == [
        (Kind.PHOTO, "blob1", "IMG_1.HEIC", 10)
    ]
    assert message.quoted == message.attachments
    assert message.reply_to == "chat:22222222"
    assert message.sent_at.timestamp() == 1_700_000_000


@pytest.mark.parametrize(
    ("mime", "kind"),
    [("image/heic", Kind.PHOTO), ("video/mp4", Kind.VIDEO), ("audio/mpeg", Kind.AUDIO), ("text/plain", Kind.FILE)],
)
def test_kinds_by_type(mime: str, kind: Kind) -> None:
    assert kind_of(mime) == kind


def test_an_item_of_another_version_is_left_alone() -> None:
    assert decode(b'{"kind":"hologram"}') is None
    assert decode(b"not json") is None
    assert decode(encode(TextItem("x", 1))) == TextItem("x", 1)
