"""Names of things survive the way into the core and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.components import answer_in, custom_id, read_id, rows_of
from adapters.discord.places import (
    Handle,
    asked_by,
    channel_of,
    id_of_interaction,
    id_of_message,
    interaction_of,
    key_of,
    key_of_place,
    made_at,
    message_of,
    place_of,
    ref_of,
    snowflake_at,
    spot_of,
)
from adapters.discord.translate import command_in, key_of_raw
from core.messages import Choice, Command

IDS = st.integers(min_value=1, max_value=2**64 - 1)
THREADS = st.one_of(st.none(), IDS)


@given(IDS, THREADS)
def test_a_place_is_the_same_there_and_back(channel: int, thread: int | None) -> None:
    key = key_of(channel, thread)
    assert channel_of(key) == (thread or channel)
    assert key_of_place(place_of(key)) == key


@given(IDS, IDS)
def test_messages_and_interactions_are_told_apart(message: int, interaction: int) -> None:
    assert message_of(id_of_message(message)) == message
    assert interaction_of(id_of_message(message)) is None
    assert interaction_of(id_of_interaction(interaction)) == interaction
    assert message_of(id_of_interaction(interaction)) is None
    assert asked_by(f"{id_of_interaction(interaction)}:said") == id_of_interaction(interaction)


@given(IDS, THREADS, IDS, IDS)
def test_a_message_is_found_again_wherever_it_is(channel: int, thread: int | None, other: int, message: int) -> None:
    key = key_of(channel, thread)
    for where in (channel_of(key), other):
        assert spot_of(ref_of(key, where, message)) == (where, message)
    assert ref_of(key, channel_of(key), message).id == id_of_message(message)


@given(IDS, THREADS, IDS, IDS)
def test_a_handle_is_the_same_there_and_back(channel: int, thread: int | None, source: int, attachment: int) -> None:
    key = key_of(channel, thread)
    for origin in (id_of_interaction(source), ref_of(key, channel, source).id):
        handle = Handle(place_of(key), origin, attachment)
        assert Handle.read(str(handle)) == handle


@given(st.integers(min_value=1_500_000_000, max_value=4_000_000_000))
def test_ids_tell_when_something_was_made(seconds: int) -> None:
    assert made_at(snowflake_at(seconds)) == seconds


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=32), st.text(max_size=300), IDS)
def test_a_choice_is_read_from_its_own_id(token: str, asks: str, person: int) -> None:
    for owner in ("", str(person)):
        name = custom_id(Choice("x", token, asks, owner))
        assert 1 <= len(name) <= 100
        assert read_id(name).token == token
        assert asks.startswith(read_id(name).asks)
        assert read_id(name).asks_of(person) == read_id(name).asks


@pytest.mark.parametrize(("number", "rows"), [(0, 0), (1, 1), (5, 1), (6, 2), (25, 5), (26, 2), (125, 5), (500, 5)])
def test_choices_are_laid_out_in_at_most_five_rows(number: int, rows: int) -> None:
    laid = rows_of([Choice(f"{one}", f"t{one}") for one in range(number)])
    assert len(laid) == rows
    assert all(len(row["components"]) <= 5 for row in laid)


def test_the_same_token_twice_is_one_button() -> None:
    assert len(rows_of([Choice("a", "t"), Choice("b", "t")])[0]["components"]) == 1


@pytest.mark.parametrize(
    "components",
    [
        [{"type": 1, "components": [{"type": 4, "custom_id": "text", "value": "Lisbon"}]}],
        [{"type": 18, "component": {"type": 4, "custom_id": "text", "value": "Lisbon"}}],
    ],
)
def test_an_answer_is_found_in_either_layout(components: object) -> None:
    assert answer_in(components) == "Lisbon"


@pytest.mark.parametrize("nonsense", [None, [], [{}], "x", [{"value": 5}], {"component": None}])
def test_nonsense_is_no_answer(nonsense: object) -> None:
    assert answer_in(nonsense) == ""


def test_a_thread_stands_in_its_channel() -> None:
    assert key_of_raw({"id": "7", "type": 11, "parent_id": "5", "owner_id": "2"}, 1) == key_of(5, 7)
    assert key_of_raw({"id": "7", "type": 11, "parent_id": "5", "owner_id": "1"}, 1) == key_of(5)
    assert key_of_raw({"id": "7", "type": 0, "parent_id": "5"}, 1) == key_of(7)
    assert key_of_raw({"id": "7", "type": 1}, 1) == key_of(7)


def test_a_command_may_be_written_out() -> None:
    assert command_in("/video a calm one", {"video"}) == Command("video", "a calm one")
    assert command_in("/Help", {"help"}) == Command("help")
    assert command_in("/unknown", {"help"}) is None
    assert command_in("video", {"video"}) is None
