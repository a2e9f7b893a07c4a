"""The agent over the wire: both dialects, every form of waiting, and what becomes of the timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.settings import Dialect, Waiting
from tests.studio.visitor import events, recorded, visit, words

pytestmark = pytest.mark.anyio


def shape(event: dict[str, Any]) -> dict[str, Any]:
    """What an event consists of: its keys in their order, and those of its parts."""
    parts = event.get("content", {}).get("parts", [])
    inner = [(key, sorted(part[key]) if isinstance(part[key], dict) else None) for part in parts for key in part]
    return {
        "keys": list(event),
        "partial": event.get("partial"),
        "role": event.get("content", {}).get("role"),
        "parts": inner,
    }


async def test_agent_events_have_the_shape_of_a_real_servers(tmp_path: Path) -> None:
    async with visit(tmp_path, thoughts=False) as (visitor, _):
        reply = await visitor.say(await visitor.project(), "make a video")
    assert reply.headers["content-type"].startswith("text/event-stream")
    said = events(reply)
    real = recorded("tools.sse")
    partial, whole_with_call, response, whole = real[0], real[1], real[2], real[-1]
    assert shape(said[0]) == shape(partial)
    call = next(event for event in said if "functionCall" in json.dumps(event))
    assert shape(call) == shape(whole_with_call)
    answer = next(event for event in said if "functionResponse" in json.dumps(event))
    assert shape(answer)["keys"] == shape(response)["keys"]
    assert answer["content"]["role"] == "user"
    assert shape(said[-1])["parts"] == shape(whole)["parts"]
    assert sorted(said[-1]) == sorted(whole)


async def test_the_whole_text_follows_its_pieces_under_the_same_id(tmp_path: Path) -> None:
    async with visit(tmp_path, thoughts=False) as (visitor, _):
        said = events(await visitor.say(await visitor.project(), "what can you do?"))
    *pieces, whole = said
    assert {piece["id"] for piece in pieces} == {whole["id"]}
    assert all(piece["partial"] for piece in pieces)
    assert "".join(piece["content"]["parts"][0]["text"] for piece in pieces) == whole["content"]["parts"][0]["text"]


async def test_a_call_and_its_answer_carry_the_same_id(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        said = events(await visitor.say(await visitor.project(), "make a video"))
    parts = [part for event in said if "content" in event for part in event["content"]["parts"]]
    call = next(part["functionCall"] for part in parts if "functionCall" in part)
    answer = next(part["functionResponse"] for part in parts if "functionResponse" in part)
    assert (call["id"], call["name"]) == (answer["id"], answer["name"])
    assert call["args"]["photos"] == 3


async def test_what_is_said_after_a_tool_call_is_another_message(tmp_path: Path) -> None:
    async with visit(tmp_path, thoughts=False) as (visitor, _):
        said = events(await visitor.say(await visitor.project(), "make a video"))
    before = [event for event in said if "Let me put your video together." in json.dumps(event)]
    after = [event for event in said if "Your video is ready" in json.dumps(event) and not event.get("partial")]
    assert len(before) == len(after) == 1
    assert before[0]["id"] != after[0]["id"]


async def test_thoughts_are_marked(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.say(await visitor.project(), "make a video")
    first = events(reply)[0]
    assert shape(first) == shape(recorded("thought.sse")[0])
    assert "The person wants" not in words(reply)


async def test_whole_texts_can_come_without_pieces(tmp_path: Path) -> None:
    async with visit(tmp_path, deltas=False, thoughts=False) as (visitor, _):
        said = events(await visitor.say(await visitor.project(), "what can you do?"))
    assert [shape(event) for event in said] == [shape(recorded("text-whole.sse")[0])]


async def test_typed_events(tmp_path: Path) -> None:
    async with visit(tmp_path, dialect=Dialect.TYPED) as (visitor, _):
        reply = await visitor.say(await visitor.project(), "make a video")
    said = events(reply)
    assert [event["type"] for event in said if event["type"] != "text"] == ["tool_call", "tool_result"]
    call = next(event for event in said if event["type"] == "tool_call")
    assert set(call) == {"type", "name", "args"}
    assert "Your video is ready" in words(reply)


@pytest.mark.parametrize(
    ("waiting", "form"),
    [(Waiting.COMMENT, b": keep-alive\n\n"), (Waiting.EVENT, b"event: heartbeat\n"), (Waiting.EMPTY, b"\n\ndata:\n\n"),
     (Waiting.TYPED, b'data: {"type":"heartbeat"}\n\n')],
)  # fmt: skip
async def test_waiting_is_heard_in_every_form(tmp_path: Path, waiting: Waiting, form: bytes) -> None:
    async with visit(tmp_path, waiting=waiting, generation_seconds=0.1) as (visitor, _):
        reply = await visitor.say(await visitor.project(), "make a video")
    assert reply.content.count(form) >= 3


async def test_lines_can_end_in_both_ways(tmp_path: Path) -> None:
    async with visit(tmp_path, crlf=True, generation_seconds=0.05) as (visitor, _):
        reply = await visitor.say(await visitor.project(), "make a video")
    assert reply.content.count(b"\n") == reply.content.count(b"\r\n") > 10


@pytest.mark.parametrize("text", ["lower the music to 20%", "the title Lisbon", "remove the title"])
async def test_some_edits_really_end_without_a_word(tmp_path: Path, text: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, 'make a video with music and the title "Old"')
        before = await visitor.draft(session)
        reply = await visitor.say(session, text)
        assert words(reply) == ""
        assert '"text"' not in reply.text
        assert await visitor.draft(session) != before


async def test_silence_can_be_switched_off(tmp_path: Path) -> None:
    async with visit(tmp_path, silent_edits=False) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, "make a video with music")
        assert "20 %" in words(await visitor.say(session, "lower the music to 20%"))


async def test_the_backend_talks_of_buttons_unless_told_not_to(tmp_path: Path) -> None:
    async with visit(tmp_path / "a") as (visitor, _):
        assert "Click the Export button" in words(await visitor.say(await visitor.project(), "make a video"))
    async with visit(tmp_path / "b", gui_talk=False) as (visitor, _):
        assert "Click" not in words(await visitor.say(await visitor.project(), "make a video"))


async def test_a_conversation(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project(photos=3)
        await visitor.say(session, "turn these into a 15-second slideshow with music and the title Lisbon")
        state = (await visitor.state(session))["state"]
        assert state["draft"]["d"] == 15_000
        assert state["canvas_config"] == {"width": 1920, "height": 1080}
        await visitor.say(session, "make it vertical")
        state = (await visitor.state(session))["state"]
        assert state["canvas_config"] == {"width": 1080, "height": 1920}
        await visitor.say(session, "go back")
        assert (await visitor.state(session))["state"]["canvas_config"]["width"] == 1920
        await visitor.say(session, "redo")
        assert (await visitor.state(session))["state"]["canvas_config"]["width"] == 1080
        assert "did not understand" in words(await visitor.say(session, "add a dancing bear"))


async def test_photos_that_came_later_are_added_on_request(tmp_path: Path) -> None:
    from tests.studio.visitor import jpeg, visit

    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project(photos=2)
        await visitor.say(session, "make a video")
        await visitor.upload(session, ("late.jpg", jpeg(colour="red")))
        assert len((await visitor.draft(session))["t"][0]["sg"]) == 2
        await visitor.say(session, "add it")
        assert [segment["m"]["name"] for segment in (await visitor.draft(session))["t"][0]["sg"]][-1] == "late.jpg"


async def test_the_state_can_change_again_after_a_generation(tmp_path: Path) -> None:
    async with visit(tmp_path, afterthought_seconds=1.0) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, "make a video with music and the title Lisbon")
        first = await visitor.draft(session)
        assert [track["tt"] for track in first["t"]] == [0]
        assert [track["tt"] for track in (await visitor.settled(session, first))["t"]] == [0, 1, 7]
