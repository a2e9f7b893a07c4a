"""The agent over the wire: both dialects, every form of waiting, readers who leave, and all that can go wrong."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.faults import Answer, Cut, Delay, Drop, End, Endpoint, Hang, Heartbeats, ModelError, Noise, Trouble
from studio.settings import Dialect, Waiting
from tests.studio.visitor import Visitor, events, message, visit, words

pytestmark = pytest.mark.anyio

RECORDINGS = Path(__file__).parents[1] / "data" / "agent-events"


def recorded(name: str) -> list[dict[str, Any]]:
    lines = (RECORDINGS / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


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
    from tests.studio.visitor import jpeg

    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project(photos=2)
        await visitor.say(session, "make a video")
        await visitor.upload(session, ("late.jpg", jpeg(colour="red")))
        assert len((await visitor.draft(session))["t"][0]["sg"]) == 2
        await visitor.say(session, "add it")
        assert [segment["m"]["name"] for segment in (await visitor.draft(session))["t"][0]["sg"]][-1] == "late.jpg"


async def test_the_state_can_change_again_after_a_generation(tmp_path: Path) -> None:
    async with visit(tmp_path, afterthought_seconds=0.05) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, "make a video with music and the title Lisbon")
        first = await visitor.draft(session)
        assert [track["tt"] for track in first["t"]] == [0]
        assert [track["tt"] for track in (await visitor.settled(session, first))["t"]] == [0, 1, 7]


# --- refusals ---------------------------------------------------------------------------------------------------------


async def test_an_unknown_session_is_told_as_the_agent_server_tells_it(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.say("nope", "hello")
    assert (reply.status_code, reply.json()) == (404, {"detail": "Session not found: nope"})


async def test_a_second_message_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=0.3) as (visitor, running):
        session = await visitor.project()
        first = asyncio.create_task(visitor.say(session, "make a video"))
        async with asyncio.timeout(5):
            while running.ledger.count(Endpoint.RUN) < 1 or (await visitor.credits())["frozen"] == 0:
                await asyncio.sleep(0.01)
        second = await visitor.say(session, "slower")
        other = await visitor.say(await visitor.project(), "make a video")
        assert second.status_code == 409
        assert other.status_code == 200
        assert (await first).status_code == 200
        assert (await visitor.say(session, "slower")).status_code == 200


async def test_credits_are_frozen_while_the_agent_works(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=300, generation_seconds=0.2) as (visitor, _):
        session = await visitor.project()
        turn = asyncio.create_task(visitor.say(session, "make a video"))
        async with asyncio.timeout(5):
            while (now := await visitor.credits())["frozen"] == 0:
                await asyncio.sleep(0.01)
        assert now == {"available": 200, "frozen": 100, "total": 300}
        await turn
        assert await visitor.credits() == {"available": 200, "frozen": 0, "total": 200}


@pytest.mark.parametrize(
    "change",
    [{"app_name": "other"}, {"user_id": "you"}, {"session_id": 7}, {"new_message": {}}, {"new_message": {"parts": []}},
     {"new_message": {"parts": [{"text": " "}]}}, {"new_message": "hello"}],
)  # fmt: skip
async def test_a_malformed_message_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    async with visit(tmp_path) as (visitor, _):
        body = {**message(await visitor.open(), "hello"), **change}
        reply = await visitor.post("/run_sse", json=body)
    assert reply.status_code == 422
    assert "detail" in reply.json()


async def test_a_mistake_of_the_studio_does_not_block_a_session_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visit(tmp_path, credits=500) as (visitor, _):
        session = await visitor.project()

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr("studio.turns.draft_of", fail)
            await visitor.say(session, "make a video")
        assert await visitor.credits() == {"available": 500, "frozen": 0, "total": 500}
        assert "Your video is ready" in words(await visitor.say(session, "make a video"))


async def test_a_draft_of_another_make_is_as_good_as_none(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        kept = running.backend.sessions
        kept.put(replace(kept.current(session), draft={"t": [{"tt": 0, "sg": [{"odd": 1, "m": {}}]}]}))
        assert "Your video is ready" in words(await visitor.say(session, "make it vertical"))


# --- readers who leave ------------------------------------------------------------------------------------------------


async def read_into(got: bytearray, visitor: Visitor, session: str) -> None:
    async with visitor.saying(session, "make a video") as reply:
        async for piece in reply.aiter_bytes():
            got += piece


async def leave_early(visitor: Visitor, session: str) -> None:
    async with visitor.saying(session, "make a video") as reply:
        async for _ in reply.aiter_bytes():
            return


async def test_the_work_goes_on_when_the_reader_leaves(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=0.2) as (visitor, _):
        session = await visitor.project()
        await leave_early(visitor, session)
        assert (await visitor.settled(session, {}))["d"] > 0


async def test_the_work_stops_with_its_reader_where_that_is_set(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=5, keeps_working=False, credits=500) as (visitor, _):
        session = await visitor.project()
        await leave_early(visitor, session)
        async with asyncio.timeout(5):
            while (await visitor.credits())["frozen"]:
                await asyncio.sleep(0.01)
        assert await visitor.draft(session) == {}
        assert (await visitor.credits())["available"] == 400  # what was begun is charged
        assert (await visitor.say(session, "how long is it?")).status_code == 200


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_gateway_can_break_before_and_after_the_effect(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Answer(502))
        reply = await visitor.say(session, "make a video")
        assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html")
        assert await visitor.draft(session) == {}
        running.faults.order(Endpoint.RUN, Answer(502, after=True))
        assert (await visitor.say(session, "make a video")).status_code == 502
        assert (await visitor.draft(session))["d"] > 0
        assert running.ledger.texts() == {"make a video": 2}


async def test_json_can_come_in_place_of_a_stream(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        running.faults.order(Endpoint.RUN, Answer(200, json={"code": 2001, "message": "Insufficient credits"}))
        reply = await visitor.say(await visitor.project(), "make a video")
        assert (reply.status_code, reply.json()["code"]) == (200, 2001)


async def test_a_page_can_come_in_place_of_json(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.STATE, Answer(200, html="<html>sorry</html>"), times=2)
        for expected in ("<html>", "<html>", '{"code"'):
            assert (await visitor.get(f"/api/state/nemo_agent/me/{session}/latest")).text.startswith(expected)


async def test_a_connection_can_drop_without_an_answer(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        for after, made in ((False, False), (True, True)):
            running.faults.order(Endpoint.RUN, Drop(after))
            with pytest.raises(httpx.TransportError):
                await visitor.say(session, "make a video")
            assert bool(await visitor.draft(session)) is made


@pytest.mark.parametrize("at", [0, 1, 100, 700])
async def test_a_stream_can_be_cut_at_a_byte_while_the_work_goes_on(tmp_path: Path, at: int) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Cut(at))
        got = bytearray()
        with pytest.raises(httpx.TransportError):
            await read_into(got, visitor, session)
        assert len(got) <= at
        assert (await visitor.settled(session, {}))["d"] > 0


async def test_a_stream_can_end_early_as_if_it_were_whole(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Cut(300, End.CLEAN))
        reply = await visitor.say(session, "make a video")
        assert len(reply.content) == 300
        assert (await visitor.settled(session, {}))["d"] > 0


@pytest.mark.parametrize("fault", [Hang(), Cut(300, End.SILENCE), Hang(after=True)])
async def test_a_stream_can_fall_silent(tmp_path: Path, fault: Hang | Cut) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, fault)
        with pytest.raises(httpx.ReadTimeout):
            await visitor.post("/run_sse", json=message(session, "make a video"), timeout=0.3)
        assert (await visitor.credits())["total"] > 0


@pytest.mark.parametrize("after", [False, True])
async def test_heartbeats_can_go_on_for_ever(tmp_path: Path, after: bool) -> None:
    async with visit(tmp_path, waiting=Waiting.COMMENT) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Heartbeats(after))
        beats = 0
        async with visitor.saying(session, "make a video") as reply:
            async for line in reply.aiter_lines():
                beats += line.startswith(":")
                if beats > 20:
                    break
        assert bool(await visitor.draft(session)) is after


async def test_a_model_error_comes_as_an_event_and_is_not_charged(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=500, thoughts=False) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, ModelError())
        said = events(await visitor.say(session, "make a video"))
        real = recorded("error.sse")
        assert list(said[-2]) == list(real[-2])
        assert list(said[-1]) == list(real[-1])
        assert said[-2]["errorMessage"] in said[-1]["error"]
        assert await visitor.draft(session) == {}
        assert (await visitor.credits())["available"] == 500


async def test_a_model_error_need_not_be_said_twice(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        running.faults.order(
            Endpoint.RUN, ModelError("RESOURCE_EXHAUSTED", "Quota exceeded", echoed=False, before=True)
        )
        said = events(await visitor.say(await visitor.project(), "make a video"))
        assert [event["errorCode"] for event in said] == ["RESOURCE_EXHAUSTED"]


async def test_a_good_turn_can_end_with_an_apology(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Trouble())
        assert words(await visitor.say(session, "make a video")).endswith("Please try again later.")
        assert (await visitor.draft(session))["d"] > 0


async def test_noise_can_come_in_the_middle(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Noise())
        assert b"{not json" in (await visitor.say(session, "make a video")).content


async def test_an_answer_can_be_late(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        running.faults.order(Endpoint.CREDITS, Delay(0.5))
        with pytest.raises(httpx.ReadTimeout):
            await visitor.get("/api/credits/balance/simple", timeout=0.1)
        assert (await visitor.get("/api/credits/balance/simple")).status_code == 200


async def test_faults_can_wait_for_their_turn(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        running.faults.order(Endpoint.CREDITS, Answer(503), skip=1)
        statuses = [(await visitor.get("/api/credits/balance/simple")).status_code for _ in range(3)]
        assert statuses == [200, 503, 200]


async def test_the_ledger_counts_what_arrived_whatever_became_of_it(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.faults.order(Endpoint.RUN, Drop())
        with pytest.raises(httpx.TransportError):
            await visitor.say(session, "make a video")
        await visitor.say(session, "make a video")
        await visitor.say(session, "slower")
        assert running.ledger.turns() == {(session, "make a video"): 2, (session, "slower"): 1}
        assert running.ledger.count(Endpoint.TOKEN) == 1
        assert running.ledger.calls[-1].headers["x-skill-source"] == "image-video"
