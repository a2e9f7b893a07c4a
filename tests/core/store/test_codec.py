"""What is written is read again: by this version, by an older and by a newer one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.messages import (
    Attachment,
    Command,
    ConversationKey,
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
from core.records import Preferences, Project, Record, StoredFile, Video
from core.store.codec import MOST, pack, read, read_inbound, unpack, write, write_inbound
from core.store.records import FIELDS, written

KEY = ConversationKey("room", "1", "t")
ANNA = Sender("a", "Änna 🎬", frozenset({"admin"}), "zh-CN")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
PHOTO = Attachment(Kind.PHOTO, "ref", "a.jpg", "image/jpeg", 0, "https://x")

INBOUNDS: list[Inbound] = [
    InboundMessage(KEY, "1", ANNA, NOW),
    InboundMessage(
        KEY,
        "1",
        ANNA,
        NOW,
        False,
        False,
        "text\n\u202e",
        Command("video", "x", {"a": "b"}),
        (PHOTO,),
        (PHOTO,),
        "al",
        "r",
        True,
    ),
    Press(KEY, "1", ANNA, NOW, "token", MessageRef(KEY, "m"), "ref", "text", False),
    Edited(KEY, "1", "m", ""),
    Moved(KEY, "1", ConversationKey("room", "2")),
    Gone(KEY, "1"),
]


@pytest.mark.parametrize("inbound", INBOUNDS, ids=lambda one: type(one).__name__)
def test_every_inbound_is_read_as_it_was_written(inbound: Inbound) -> None:
    assert read_inbound(write_inbound(inbound)) == inbound


@given(text=some.text(), chat=some.text(), name=some.text(), size=some.none() | some.integers(0, 2**60))
def test_any_text_survives(text: str, chat: str, name: str, size: int | None) -> None:
    attachment = Attachment(Kind.FILE, text, name, size=size)
    key = ConversationKey("room", chat)
    message = InboundMessage(key, text, Sender(name), NOW, text=text, attachments=(attachment,))
    try:
        data = write_inbound(message)
    except ValueError:  # lone surrogates are no text, and no platform sends them
        assert any("\ud800" <= char <= "\udfff" for char in text + chat + name)
        return
    assert read_inbound(data) == message


def test_what_a_newer_version_adds_is_passed_over() -> None:
    data = json.loads(unpack(write(INBOUNDS[0])))
    data |= {"mood": "good", "sender": data["sender"] | {"shoe_size": 43}}
    assert read(InboundMessage, json.dumps(data)) == INBOUNDS[0]


def test_what_an_older_version_did_not_know_has_its_default() -> None:
    data = {"key": {"platform": "room", "chat": "1"}, "id": "1", "sender": {"id": "a"}, "sent_at": NOW.isoformat()}
    message = read(InboundMessage, json.dumps(data))
    assert message == InboundMessage(ConversationKey("room", "1"), "1", Sender("a"), NOW)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"message", b"message ", b"message {}", b"other {}", b"\xff", b"message []"]
)
def test_what_is_no_inbound_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_inbound(data)


@pytest.mark.parametrize(
    "fields",
    [
        {"project": Project("s", "t", "a", "k", 1.5, "u", "https://link")},
        {"files": (StoredFile(PHOTO, "s", "n", "image"),)},
        {"files": ()},
        {"pending": (PHOTO, PHOTO)},
        {"video": Video("r", "m", "d", 1, 2, 3.5, 4, "h")},
        {"preferences": Preferences("en", "9:16", "skill", False)},
        {"wish": "a wish"},
        {"wish": ""},
        {"revision": 0},
        {"tips": ("a", "b")},
    ],
    ids=str,
)
def test_fields_of_a_record_are_read_as_they_were_written(fields: dict[str, Any]) -> None:
    [(_, number), (name, value)] = written(**fields).items()
    assert number == b"1"
    assert value, "an empty value would remove the field"
    assert read(FIELDS[name], value) == fields[name]


def test_none_removes_a_field() -> None:
    assert written(project=None) == {"v": b"1", "project": b""}


def test_every_field_of_a_record_is_kept() -> None:
    assert set(FIELDS) == set(Record.__dataclass_fields__)


@pytest.mark.parametrize("plain", [b"", b"{}", b"x" * 5000, b"\x02", b"\x02" * 300, bytes(range(256)) * 9])
def test_what_is_packed_is_unpacked(plain: bytes) -> None:
    assert unpack(pack(plain)) == plain


def test_long_values_take_less_room() -> None:
    files = tuple(StoredFile(Attachment(Kind.PHOTO, f"handle{n}", size=300_000), "s" * 32) for n in range(10))
    assert len(write(files, FIELDS["files"])) < 250
    assert read(FIELDS["files"], write(files, FIELDS["files"])) == files


@pytest.mark.parametrize("data", [b"\x02", b"\x02\xff\xff\xff", b"\x02{}"])
def test_what_was_packed_badly_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"packed badly|Invalid JSON"):
        read(Preferences, data)


def test_a_small_value_does_not_become_gigabytes_and_is_not_cut_either() -> None:
    assert unpack(pack(bytes(MOST))) == bytes(MOST)
    with pytest.raises(ValueError, match="too much"):
        unpack(pack(bytes(MOST + 1)))
