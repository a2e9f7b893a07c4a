"""Faults to order, and readers who leave: what goes wrong on the line, and what was done all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from studio.faults import Answer, Cut, Delay, Drop, End, Endpoint, Hang, Heartbeats, ModelError, Noise, Trouble
from studio.settings import Waiting
from tests.studio.visitor import Visitor, events, message, recorded, visit, words

pytestmark = pytest.mark.anyio


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
        async with asyncio.timeout(30):
            while (await visitor.credits())["frozen"]:
                await asyncio.sleep(0.01)
        assert await visitor.draft(session) == {}
        assert (await visitor.credits())["available"] == 400  # what was begun is charged
        assert (await visitor.say(session, "how long is it?")).status_code == 200


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
