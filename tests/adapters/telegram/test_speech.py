"""What is said to the bot, what to others, and how long it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity, User

from adapters.telegram.speech import Me, Said, cut, said
from core.messages import Command, units_of

ME = Me(42, "PhotoreelBot")
COMMANDS = ("start", "video", "new", "forget")


def heard(text: str, *entities: MessageEntity) -> Said:
    """The text as the bot understands it."""
    return said(text, entities, ME, COMMANDS)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/new", "new", ""),
        ("/NEW", "new", ""),
        ("/start abc_DEF-1", "start", "abc_DEF-1"),
        ("/video@photoreelbot make it slow", "video", "make it slow"),
        ("/video@PHOTOREELBOT\nline\nline", "video", "line\nline"),
        ("/video @photoreelbot slow", "video", "slow"),
    ],
)
def test_commands_of_ours(text: str, name: str, rest: str) -> None:
    order = heard(text)
    assert order.command == Command(name, rest)
    assert order.to_us
    assert order.text == f"/{name} {rest}".strip()


@pytest.mark.parametrize("text", ["/video@otherbot slow", "/unknown", "/video.mp4 is the file", "/", "//video"])
def test_what_only_looks_like_one_is_a_text_and_not_to_us(text: str) -> None:
    assert heard(text) == Said(text)


def test_an_unknown_command_with_our_name_is_said_to_us() -> None:
    assert heard("/slower@photoreelbot please") == Said("/slower please", to_us=True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@PhotoreelBot make a video", "make a video"),
        ("@photoreelbot, make a video", "make a video"),
        ("make a video @photoreelbot", "make a video"),
        ("make @photoreelbot a video", "make a video"),
        ("@photoreelbot", ""),
        ("(@photoreelbot) go", "() go"),
        ("先@photoreelbot把照片", "先@photoreelbot把照片"),
        ("🎬🎬 @photoreelbot go", "🎬🎬 go"),
    ],
)
def test_our_name_is_taken_out(text: str, left: str) -> None:
    assert heard(text) == Said(left, to_us=left != text)


@pytest.mark.parametrize(
    "text",
    [
        "@photoreelbot2 go",
        "mail me@photoreelbot",
        "https://t.me/@photoreelbot",
        "@otherbot make a video",
        "photoreelbot go",
    ],
)
def test_other_names_are_left_alone(text: str) -> None:
    assert heard(text) == Said(text)


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_mention_by_number_is_cut_out_at_utf16_offsets(before: str, after: str) -> None:
    text = f"{before}Reel 🎬{after}"
    mention = MessageEntity(
        MessageEntity.TEXT_MENTION, units_of(before), units_of("Reel 🎬"), user=User(42, "Reel", is_bot=True)
    )
    if text.startswith("/"):
        return
    heard_ = heard(text, mention)
    assert heard_.to_us
    assert letters(heard_.text) == letters(before + after)


def letters(text: str) -> str:
    """What matters of a text, however it was tidied."""
    return "".join(letter for letter in text if letter.isalnum())


def test_a_mention_of_somebody_else_by_number_stays() -> None:
    mention = MessageEntity(MessageEntity.TEXT_MENTION, 0, 3, user=User(7, "Ann", is_bot=False))
    assert heard("Ann will do it", mention) == Said("Ann will do it")


@pytest.mark.parametrize(("offset", "length"), [(-5, 3), (1000, 5), (0, 10**9), (3, -9)])
def test_offsets_from_nowhere_break_nothing(offset: int, length: int) -> None:
    mention = MessageEntity(MessageEntity.TEXT_MENTION, offset, length, user=User(42, "Reel", is_bot=True))
    heard("Reel, go 🎬", mention)


@given(st.text(max_size=60))
def test_any_text_is_understood_somehow(text: str) -> None:
    heard(text)


@given(st.text(alphabet="ab 🎬", max_size=60), st.integers(2, 40))
def test_cut_texts_fit(text: str, most: int) -> None:
    assert units_of(cut(text, most)) <= most
    assert units_of(text) > most or cut(text, most) == text
