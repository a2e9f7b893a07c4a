"""Ids make the round trip, whatever the numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.places import (
    chat_of,
    is_group,
    key_of,
    message_id,
    message_of,
    place_of,
    press_id,
    thread_of,
)

CHATS = st.integers(-(2**53), 2**53).filter(bool)
THREADS = st.integers(2, 2**31)
MESSAGES = st.integers(1, 2**31)


@given(CHATS, THREADS)
def test_a_topic_is_read_back_from_its_key(chat: int, thread: int) -> None:
    key = key_of(chat, thread)
    assert (chat_of(key), thread_of(key)) == (chat, thread)


@given(CHATS)
def test_the_general_topic_is_the_chat_itself(chat: int) -> None:
    assert key_of(chat, 1) == key_of(chat) == key_of(chat, 0)
    assert thread_of(key_of(chat, 1)) is None


@given(CHATS, MESSAGES)
def test_a_message_is_read_back_from_its_id(chat: int, message: int) -> None:
    assert message_of(message_id(chat, message)) == (chat, message)


@given(CHATS, MESSAGES, st.sampled_from(["noted", "full", "edit:17"]))
def test_what_the_core_adds_to_an_id_does_not_hide_the_message(chat: int, message: int, what: str) -> None:
    assert message_of(f"{message_id(chat, message)}:{what}") == (chat, message)


@given(st.text(max_size=40).map(press_id))
def test_a_press_is_no_message(id_: str) -> None:
    assert message_of(id_) is None


@given(st.text(max_size=40))
def test_any_text_is_read_as_an_id_or_not_at_all(text: str) -> None:
    found = message_of(text)
    assert found is None or all(isinstance(number, int) for number in found)


@given(st.lists(st.tuples(CHATS, st.one_of(st.just(0), THREADS)), unique=True, max_size=5))
def test_no_two_places_share_their_notes(places: list[tuple[int, int]]) -> None:
    assert len({place_of(key_of(chat, thread)) for chat, thread in places}) == len(places)


def test_groups_are_told_by_their_sign() -> None:
    assert is_group(-4_000_001)
    assert is_group(-1_001_000_000_001)
    assert not is_group(500_000_001)
