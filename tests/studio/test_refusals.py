"""What the agent refuses, what it freezes meanwhile, and what no mistake may block."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.faults import Endpoint
from tests.studio.visitor import message, visit, words

pytestmark = pytest.mark.anyio


async def test_an_unknown_session_is_told_as_the_agent_server_tells_it(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.say("nope", "hello")
    assert (reply.status_code, reply.json()) == (404, {"detail": "Session not found: nope"})


async def test_a_second_message_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=0.3) as (visitor, running):
        session = await visitor.project()
        first = asyncio.create_task(visitor.say(session, "make a video"))
        async with asyncio.timeout(30):
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
        async with asyncio.timeout(30):
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
