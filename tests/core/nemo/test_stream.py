"""The agent's stream, decoded: what each event means in every dialect, and nothing else is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import StreamLost
from core.nemo.events import AgentError, Text, ToolFinished, ToolStarted, Unknown, Waiting
from core.nemo.stream import TurnDecoder
from tests.core.nemo.decoding import agent, decode, meaning, said, stream

# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_last_event_without_a_blank_line_counts() -> None:
    assert said(decode(b'data: {"type":"text","content":"Done"}')) == "Done"
    assert said(decode(b'data: {"type":"text","content":"Done"}\n')) == "Done"


def test_a_stream_may_end_in_a_heartbeat() -> None:
    assert decode(b": beat") == [Waiting()]
    assert decode(b"event: heartbeat\n") == [Waiting()]
    assert decode(b"") == []


# --- waiting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beat", [b": keep-alive\n", b"event: heartbeat\n\n", b"event: heartbeat\ndata: {}\n\n", b"data:\n\n"]
)
def test_all_forms_of_waiting_are_heartbeats(beat: bytes) -> None:
    decoder = TurnDecoder()
    assert decoder.feed(beat) == [Waiting()]
    assert decoder.feed(stream({"type": "heartbeat"})) == [Waiting()]
    assert decoder.heard == 0


def test_a_hidden_thought_is_more_than_a_heartbeat() -> None:
    decoder = TurnDecoder()
    thought = {"content": {"parts": [{"text": "hm", "thought": True}]}, "partial": True, "id": "a"}
    assert decoder.feed(stream(thought)) == []
    assert decoder.heard == 1


# --- text -------------------------------------------------------------------------------------------------------------


def test_a_whole_text_that_goes_beyond_its_deltas_adds_the_rest() -> None:
    events = decode(stream(agent("Hello ", mid="a", partial=True), agent("Hello world!", mid="a", partial=False)))
    assert meaning(events) == ["Hello world!"]


def test_a_whole_text_that_differs_from_its_deltas_replaces_them() -> None:
    first = agent("First.", mid="a")
    events = decode(stream(first, agent("Helo wrold", mid="b", partial=True), agent("Hello world", mid="b")))
    assert meaning(events) == ["First.\n\nHelo wrold", Text("First.\n\nHello world", whole=True)]


def test_messages_of_one_turn_are_a_blank_line_apart() -> None:
    events = decode(
        stream(
            agent("One", mid="a", partial=True),
            agent("One", mid="a"),
            agent("Two", mid="b"),
            agent("Three", mid="c", partial=True),
            agent("Three", mid="c"),
        )
    )
    assert meaning(events) == ["One\n\nTwo\n\nThree"]


def test_messages_without_ids_are_told_apart_by_what_is_between_them() -> None:
    tool = {"type": "tool_call", "name": "cut", "args": {}}
    events = decode(
        stream({"type": "text", "content": "One "}, {"type": "text", "content": "more"}, tool)
        + stream({"type": "text", "content": "Two"})
    )
    assert meaning(events) == ["One more", ToolStarted("cut", {}), "\n\nTwo"]


def test_a_repeated_whole_text_is_said_once() -> None:
    assert said(decode(stream(agent("Once.", mid="a"), agent("Once.", mid="a")))) == "Once."


def test_two_messages_that_grow_at_once_are_put_right() -> None:
    deltas = [agent(text, mid=mid, partial=True) for mid, text in [("a", "A1"), ("b", "B1"), ("a", "A2"), ("b", "B2")]]
    assert said(decode(stream(*deltas))) == "A1A2\n\nB1B2"
    assert said(decode(stream(*deltas, agent("A1A2", mid="a"), agent("B1B2", mid="b")))) == "A1A2\n\nB1B2"


def test_deltas_with_an_id_each_become_what_the_whole_text_says() -> None:
    pieces = ["Your ", "video ", "is ", "ready."]
    deltas = [agent(piece, mid=f"d{number}", partial=True) for number, piece in enumerate(pieces)]
    assert said(decode(stream(*deltas, agent("Your video is ready.", mid="w")))) == "Your video is ready."


def test_endless_corrections_do_not_repeat_the_turn_endlessly() -> None:
    pairs = [(agent("x", mid=f"m{n}", partial=True), agent(f"{n}", mid=f"m{n}")) for n in range(300)]
    events = decode(stream(*(event for pair in pairs for event in pair)))
    assert said(events) == "\n\n".join(str(number) for number in range(300))
    assert sum(isinstance(event, Text) and event.whole for event in events) < 25


def test_what_the_person_said_is_not_the_agents_text() -> None:
    echo = {"content": {"parts": [{"text": "slower"}], "role": "user"}, "author": "user", "id": "u"}
    assert decode(stream(echo)) == []


def test_half_an_emoji_finds_its_other_half() -> None:
    events = decode(stream(agent("Hi \ud83d", mid="a", partial=True), agent("\ude00!", mid="a", partial=True)))
    assert said(events) == "Hi 😀!"
    assert said(decode(stream(agent("Hi \ud83d!", mid="a")))) == "Hi \ufffd!"


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_an_apology_after_a_normal_answer_is_dropped(cut: int) -> None:
    answer, apology = "Your title is in place.", " I encountered a temporary issue. Please try again."
    text = answer + apology
    deltas = stream(agent(text[:cut], mid="a", partial=True), agent(text[cut:], mid="a", partial=True))
    assert said(decode(deltas + stream(agent(text, mid="a")))) == answer
    assert said(decode(stream(agent(text, mid="a")))) == answer
    assert said(decode(stream(agent(answer, mid="a"), agent(apology.strip(), mid="b")))) == answer


def test_an_apology_alone_is_the_answer() -> None:
    assert said(decode(stream(agent("I encountered a temporary issue.")))) == "I encountered a temporary issue."


def test_an_apology_that_more_follows_is_part_of_the_answer() -> None:
    text = "Cut. I encountered a temporary issue, but"
    events = decode(stream(agent(text, mid="a"), agent("it is done.", mid="b")))
    assert said(events) == text + "\n\nit is done."
    call = {"type": "tool_call", "name": "cut", "args": {}}
    assert said(decode(stream({"type": "text", "content": text}, call))) == text
    long = "Cut. I encountered a temporary issue" + " and more" * 60
    assert said(decode(stream({"type": "text", "content": long}))) == long


@pytest.mark.parametrize(
    "text",
    [
        'Title added: "I encountered a temporary issue"',
        "He says: I encountered a temporary issue",
        "The end card says that I encountered a temporary issue",
        "You and I",
    ],
)
def test_words_that_only_look_like_the_apology_stay(text: str) -> None:
    assert said(decode(stream(agent(text)))) == text


# --- tools ------------------------------------------------------------------------------------------------------------


def test_calls_and_responses_come_in_snake_case_too() -> None:
    call = {"content": {"parts": [{"function_call": {"id": "1", "name": "cut", "args": None}}]}}
    response = {"content": {"parts": [{"function_response": {"id": "1", "name": "cut", "response": [1]}}]}}
    assert decode(stream(call, response)) == [ToolStarted("cut", {}), ToolFinished("cut", [1])]


def test_a_call_that_is_told_twice_started_once() -> None:
    call = {"content": {"parts": [{"functionCall": {"id": "1", "name": "cut", "args": {}}}]}, "id": "a"}
    begun = {"content": {"parts": [{"functionCall": {"name": "cut"}}]}, "id": "a", "partial": True}
    assert decode(stream(begun, call, call)) == [ToolStarted("cut", {})]


# --- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_is_told_once_in_whatever_forms_it_comes() -> None:
    first = {"errorCode": "E", "errorMessage": "overloaded", "author": "a"}
    again = {"error": "E: overloaded", "error_details": {"error_type": "E"}}
    assert decode(stream(first) + b": beat\n\n" + stream(again)) == [AgentError("E", "overloaded"), Waiting()]
    assert decode(stream(again)) == [AgentError("E", "E: overloaded")]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"error_code": "E", "error_message": "m"}, AgentError("E", "m")),
        ({"code": 2001, "message": "no credits"}, AgentError("2001", "no credits")),
        ({"type": "error", "message": "m"}, AgentError("", "m")),
        ({"error": {"reason": "odd"}}, AgentError("", '{"reason": "odd"}')),
    ],
)
def test_errors_are_known_in_every_form(event: dict[str, Any], error: AgentError) -> None:
    assert decode(stream(event)) == [error]


def test_an_error_after_a_new_start_is_another_one() -> None:
    events = decode(stream({"error": "one"}, {"type": "tool_call", "name": "cut", "args": {}}, {"error": "two"}))
    assert events == [AgentError("", "one"), ToolStarted("cut", {}), AgentError("", "two")]


# --- what no dialect knows, and too much of it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"[DONE]", b"plain words", b"[" * 100_000, b"1", b"null", b"\xff\xfe", b'{"type":"confetti"}', b"{}"],
)
def test_the_unknown_is_named_and_harms_nothing(data: bytes) -> None:
    before, after = stream(agent("A", mid="a")), stream(agent("B", mid="b"))
    events = decode(before + b"data: " + data + b"\n\n" + after)
    assert [type(event) for event in events] == [Text, Unknown, Text]
    assert said(events) == "A\n\nB"


@pytest.mark.parametrize(
    "event",
    [
        {"content": None, "author": "a"},
        {"content": {"parts": None}},
        {"content": {"parts": [None, 1, {"text": None}, {"text": 5}, {"functionCall": {}}, {"functionCall": 3}]}},
        {"actions": {"stateDelta": {"a": 1}}, "author": "a"},
    ],
)
def test_an_event_with_nothing_for_anybody_is_silent(event: dict[str, Any]) -> None:
    assert decode(stream(event)) == []


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize(
    "huge",
    [b"data: " + b"x" * 5000, b"data: " + b"x" * 5000 + b"\n\n", b"data: 12345\n" * 500, b":" * 5000, b"x" * 5000],
)
def test_an_event_beyond_the_limit_ends_the_stream(huge: bytes, size: int) -> None:
    decoder = TurnDecoder(event_bytes=2000)
    pieces = [huge[start : start + size] for start in range(0, len(huge), size)]
    with pytest.raises(StreamLost, match="2000 bytes"):
        list(map(decoder.feed, pieces))


def test_a_stream_beyond_the_limit_ends() -> None:
    decoder = TurnDecoder(stream_bytes=1000)
    beats = b": beat\n" * 142
    decoder.feed(beats)
    with pytest.raises(StreamLost, match="exceeds"):
        decoder.feed(b": beat\n")


def test_many_small_events_are_no_large_one() -> None:
    decoder = TurnDecoder(event_bytes=100)
    for _ in range(1000):
        assert decoder.feed(stream({"type": "heartbeat"})) == [Waiting()]
