"""Tokens, credits and sessions over real HTTP, as strict as the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.settings import WEEK
from tests.studio.visitor import Visitor, visit

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_comes_with_its_account(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=100, clock=Clock()) as (visitor, _):
        reply = (await visitor.register("c-2")).json()
    assert reply["code"] == 0
    assert reply["data"]["token"].startswith("nmv_usr_")
    assert reply["data"]["user_id"].startswith("anon_")
    assert reply["data"]["credits"] == 100
    week = datetime.fromtimestamp(1_800_000_000, UTC) + timedelta(days=7)
    assert datetime.fromisoformat(reply["data"]["expires_at"]) == week


@pytest.mark.parametrize("headers", [{}, {"X-Client-Id": ""}, {"X-Client-Id": "x" * 65}])
async def test_no_token_without_a_client_id(tmp_path: Path, headers: dict[str, str]) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.http.post("/api/auth/anonymous-token", headers=headers)
    assert reply.status_code == 400


async def test_a_client_id_gets_one_token_a_week(tmp_path: Path) -> None:
    clock = Clock()
    async with visit(tmp_path, clock=clock) as (visitor, _):
        assert (await visitor.register("c-1")).status_code == 429
        clock.now += WEEK - 1
        assert (await visitor.register("c-1")).status_code == 429
        clock.now += 2
        assert (await visitor.register("c-1")).status_code == 200


async def test_an_address_gets_ten_tokens_a_week(tmp_path: Path) -> None:
    clock = Clock()
    async with visit(tmp_path, clock=clock) as (visitor, _):
        statuses = [(await visitor.register(f"other-{at}")).status_code for at in range(11)]
        clock.now += WEEK + 1
        later = await visitor.register("other-99")
    assert statuses == [200] * 9 + [429] * 2  # the visitor's own was the first
    assert later.status_code == 200


async def test_the_same_client_is_the_same_account_after_a_week(tmp_path: Path) -> None:
    clock = Clock()
    async with visit(tmp_path, clock=clock) as (visitor, _):
        session = await visitor.open()
        clock.now += WEEK + 1
        await visitor.register("c-1")
        assert (await visitor.state(session))["session_id"] == session


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nmv_usr_made_up", "Basic abc", "nmv_usr_x"])
async def test_a_bad_token_is_code_1001_everywhere(tmp_path: Path, authorization: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, "make a video")
        calls = [
            ("POST", "/api/tasks/me/with-session/nemo_agent"),
            ("POST", "/api/auth/claim-token"),
            ("POST", f"/api/upload-video/nemo_agent/me/{session}"),
            ("POST", "/run_sse"),
            ("GET", f"/api/state/nemo_agent/me/{session}/latest"),
            ("GET", "/api/credits/balance/simple"),
            ("POST", "/api/render/proxy/lambda"),
            ("GET", "/api/render/proxy/lambda/render_1"),
            ("POST", "/api/render/proxy/lambda/render_1/cancel"),
            ("GET", "/api/render/proxy/render_1/download"),
        ]
        headers = {"Authorization": authorization} if authorization else {}
        for method, path in calls:
            reply = await visitor.http.request(method, path, headers=headers)
            assert (path, reply.json()["code"]) == (path, 1001)


async def test_a_token_expires_after_seven_days(tmp_path: Path) -> None:
    clock = Clock()
    async with visit(tmp_path, clock=clock) as (visitor, _):
        clock.now += WEEK - 1
        assert (await visitor.get("/api/credits/balance/simple")).json()["code"] == 0
        clock.now += 1
        assert (await visitor.get("/api/credits/balance/simple")).json()["code"] == 1001


async def test_a_registered_account_keeps_its_token(tmp_path: Path) -> None:
    clock = Clock()
    async with visit(tmp_path, clock=clock, tokens=("nmv_usr_mine",), credits=300) as (visitor, _):
        visitor.token = "nmv_usr_mine"
        clock.now += 10 * WEEK
        assert (await visitor.credits())["available"] == 300
        reply = await visitor.post("/api/tasks/me/with-session/nemo_agent", json={"task_name": "project"})
        assert not reply.json()["data"]["user_id"].startswith("anon_")


async def test_codes_can_come_with_the_status_that_fits(tmp_path: Path) -> None:
    async with visit(tmp_path, statuses=True) as (visitor, _):
        visitor.token = "nmv_usr_none"
        reply = await visitor.get("/api/credits/balance/simple")
        assert (reply.status_code, reply.json()["code"]) == (401, 1001)


async def test_sessions_of_others_do_not_exist(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.project()
        stranger = Visitor(visitor.http)
        await stranger.register("c-2")
        assert (await stranger.get(f"/api/state/nemo_agent/me/{session}/latest")).json()["code"] == 1002
        assert (await stranger.upload(session, ("a.jpg", b"x"))).json()["code"] == 1002
        reply = await stranger.say(session, "make a video")
        assert (reply.status_code, reply.json()) == (404, {"detail": f"Session not found: {session}"})


async def test_a_session_is_opened_with_a_name_and_needs_one(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        path = "/api/tasks/me/with-session/nemo_agent"
        reply = (await visitor.post(path, json={"task_name": "project"})).json()
        assert set(reply["data"]) == {"task_id", "session_id", "user_id"}
        assert (await visitor.post(path, json={})).status_code == 400
        assert (await visitor.post(path, content=b"{")).status_code == 400
        assert (await visitor.post(path, json=[1])).status_code == 400


async def test_a_claim_token_opens_the_project_in_a_browser(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        path = "/api/tasks/me/with-session/nemo_agent"
        data = (await visitor.post(path, json={"task_name": "project"})).json()["data"]
        wanted = {"task_id": data["task_id"], "session_id": data["session_id"]}
        reply = (await visitor.post("/api/auth/claim-token", json=wanted)).json()
        assert reply["data"]["claim_token"].startswith("clm_")
        assert reply["data"]["expires_in"] == 604800
        wrong = await visitor.post("/api/auth/claim-token", json={**wanted, "task_id": "other"})
        assert wrong.json()["code"] == 1002


async def test_not_every_deployment_gives_claim_tokens(tmp_path: Path) -> None:
    async with visit(tmp_path, claim=False) as (visitor, _):
        assert (await visitor.post("/api/auth/claim-token", json={})).status_code == 404


async def test_a_generation_and_an_edit_cost_what_they_cost_and_an_answer_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=200) as (visitor, _):
        session = await visitor.project()
        await visitor.say(session, "make a video")
        assert await visitor.credits() == {"available": 100, "frozen": 0, "total": 100}
        await visitor.say(session, "how long is it?")
        await visitor.say(session, "make it vertical")
        assert await visitor.credits() == {"available": 50, "frozen": 0, "total": 50}


async def test_without_credits_nothing_starts(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=99) as (visitor, _):
        session = await visitor.project()
        reply = await visitor.say(session, "make a video")
        assert reply.json()["code"] == 2001
        assert reply.json()["data"]["user_id"].startswith("anon_")
        assert await visitor.draft(session) == {}
        assert (await visitor.credits())["available"] == 99


async def test_tests_can_let_a_week_go_by_and_credits_run_out(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.project()
        running.backend.accounts.expire()
        assert (await visitor.say(session, "make a video")).json()["code"] == 1001
        assert (await visitor.register()).status_code == 200
        running.backend.accounts.spend(left=0)
        assert (await visitor.say(session, "make a video")).json()["code"] == 2001
