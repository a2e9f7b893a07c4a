"""Each thing the backend can do is one call, made once, as a strict backend wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.errors import (
    BackendAway,
    BackendError,
    ClientIdMissing,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    SessionLost,
    TokenExpired,
)
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.transport import retry_after
from core.nemo.values import AnonymousToken, Credits, Render, RenderStatus, Session
from tests.wire.backend import Ending, answer, backend, html_answer, json_answer, says
from tests.wire.clients import ALICE, BOB, client_of
from tests.wire.world import certified, world

pytestmark = pytest.mark.anyio

SESSION = Session("t", "s", "anon_1")
TOKEN_CALL = "POST /api/auth/anonymous-token"
STATE = "GET /api/state/nemo_agent/me/s/latest"
RENDER = "GET /api/render/proxy/lambda/render_1"
CANCEL = "POST /api/render/proxy/lambda/render_1/cancel"
DRAFT = {"t": [{"tt": 0, "sg": [{"d": 1000}], "m": {"title": "Größe \ud83d"}}]}

Do = Callable[[NemoClient], Awaitable[Any]]
CALLS: dict[str, Do] = {
    TOKEN_CALL: lambda client: client.anonymous_token("c-1"),
    "POST /api/tasks/me/with-session/nemo_agent": lambda client: client.open_session(ALICE, "en"),
    "POST /api/auth/claim-token": lambda client: client.claim_link(ALICE, SESSION),
    "POST /api/upload-video/nemo_agent/me/s": lambda client: client.upload_urls(ALICE, "s", ["https://a/b.mp4"]),
    STATE: lambda client: client.state(ALICE, "s"),
    "GET /api/credits/balance/simple": lambda client: client.credits(ALICE),
    "POST /api/render/proxy/lambda": lambda client: client.start_render(ALICE, "render_1", "s", DRAFT),
    RENDER: lambda client: client.render(ALICE, "render_1"),
    CANCEL: lambda client: client.cancel_render(ALICE, "render_1"),
}


async def failure(do: Do, client: NemoClient) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await do(client)
    assert "canary" not in f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"
    return caught.value


# --- the calls --------------------------------------------------------------------------------------------------------


async def test_a_token_is_asked_for_with_the_client_id_alone() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(TOKEN_CALL, json_answer({"code": 0, "data": {"token": "nmv_usr_1"}}))
        assert await client.anonymous_token("c-1") == AnonymousToken("nmv_usr_1")
    assert wire.heard[0].headers["x-client-id"] == "c-1"


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a b", "a\r\nb", "ü"])
async def test_what_is_no_client_id_is_not_sent(client_id: str) -> None:
    async with backend() as wire, client_of(wire) as client:
        assert type(await failure(lambda c: c.anonymous_token(client_id), client)) is ClientIdMissing
    assert wire.heard == []


async def test_a_session_is_opened_in_a_language_or_none() -> None:
    line = "POST /api/tasks/me/with-session/nemo_agent"
    async with backend() as wire, client_of(wire) as client:
        wire.on(line, json_answer({"code": 0, "data": {"task_id": "t", "session_id": "s", "user_id": "anon_1"}}))
        assert await client.open_session(ALICE, "zh-CN") == SESSION
        assert await client.open_session(ALICE) == SESSION
    told = [heard.json for heard in wire.heard]
    assert told == [{"task_name": "project", "language": "zh-CN"}, {"task_name": "project"}]


async def test_a_project_has_a_link_where_the_backend_makes_one() -> None:
    line = "POST /api/auth/claim-token"
    async with backend() as wire, client_of(wire, web_url="https://web.example/") as client:
        wire.on(line, json_answer({"code": 0, "data": {"claim_token": "clm_1", "expires_in": 604800}}))
        link = await client.claim_link(ALICE, SESSION)
    assert link is not None
    assert (link.url, link.expires_in) == ("https://web.example/workspace/claim?ct=clm_1", 604800)
    assert wire.heard[0].json == {"task_id": "t", "session_id": "s"}


@pytest.mark.parametrize(
    "missing", [json_answer({"detail": "Not Found"}, 404), html_answer(404), answer(405), json_answer({"code": 404})]
)
async def test_a_deployment_without_links_has_none(missing: bytes) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on("POST /api/auth/claim-token", missing, json_answer({"code": 1002}))
        assert await client.claim_link(ALICE, SESSION) is None
        assert type(await failure(lambda c: c.claim_link(ALICE, SESSION), client)) is SessionLost


async def test_urls_are_handed_on() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on("POST /api/upload-video/nemo_agent/me/s", json_answer({"code": 0, "data": {"files": []}}))
        assert await client.upload_urls(ALICE, "s", ["https://a/b.mp4"]) == ()
    assert wire.heard[0].json == {"urls": ["https://a/b.mp4"], "source_type": "url"}


async def test_credits_are_asked_for() -> None:
    async with backend() as wire, client_of(wire) as client:
        told = {"available": 1, "frozen": 2, "total": 3}
        wire.on("GET /api/credits/balance/simple", json_answer({"code": 0, "data": told}))
        assert await client.credits(ALICE) == Credits(1, 2, 3)


async def test_a_draft_goes_to_the_renderer_as_it_came_from_the_state() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(STATE, json_answer({"code": 0, "data": {"state": {"draft": DRAFT}}}))
        wire.on("POST /api/render/proxy/lambda", json_answer({"taskId": "their_id", "status": "pending"}))
        state = await client.state(ALICE, "s")
        render = await client.start_render(ALICE, "render_1", "s", state.draft)
    assert render == Render("render_1", RenderStatus.PENDING)
    assert wire.heard[-1].json == {
        "id": "render_1",
        "sessionId": "s",
        "draft": DRAFT,
        "output": {"format": "mp4", "quality": "high"},
    }


async def test_a_render_that_never_arrived_is_none() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(RENDER, json_answer({"detail": "Not Found"}, 404), json_answer({"success": False, "code": 404}))
        assert await client.render(ALICE, "render_1") is None
        assert await client.render(ALICE, "render_1") is None
        await client.cancel_render(ALICE, "render_1")  # nothing there to cancel


@pytest.mark.parametrize("reply", [answer(200), answer(204), json_answer({"success": True}), json_answer({"code": 0})])
async def test_a_cancelled_render_needs_no_words(reply: bytes) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(CANCEL, reply, json_answer({"code": 1001}))
        await client.cancel_render(ALICE, "render_1")
        assert type(await failure(CALLS[CANCEL], client)) is TokenExpired


async def test_one_client_serves_many_people_and_mixes_nothing() -> None:
    told = {"code": 0, "data": {"available": 1, "frozen": 0, "total": 1}}
    async with backend() as wire, client_of(wire) as client:
        wire.on("GET /api/credits/balance/simple", json_answer(told, set_cookie="session=alice; Path=/"))
        for credential in (ALICE, BOB):
            await client.credits(credential)
    assert [heard.headers["x-skill-source"] for heard in wire.heard] == ["image-video", "image-to-video-online-ai"]
    assert [heard.headers["authorization"] for heard in wire.heard] == ["Bearer nmv_usr_canary", "Bearer nmv_usr_bob"]


@pytest.mark.parametrize("session_id", ["", ".", ".."])
async def test_an_id_that_leads_elsewhere_is_not_followed(session_id: str) -> None:
    async with backend() as wire, client_of(wire) as client:
        assert type(await failure(lambda c: c.state(ALICE, session_id), client)) is ProtocolError
    assert wire.heard == []


async def test_an_id_is_one_segment_of_the_path_whatever_it_holds() -> None:
    async with backend() as wire, client_of(wire) as client:
        line = "GET /api/state/nemo_agent/me/..%2F..%2Fadmin%3Fx%23%C3%BC/latest"
        wire.on(line, json_answer({"code": 0, "data": {"state": {}}}))
        await client.state(ALICE, "../../admin?x#ü")


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [line for line in CALLS if line != CANCEL])
async def test_an_answer_that_is_a_web_page_names_the_call(line: str) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(line, html_answer())
        wrong = await failure(CALLS[line], client)
    assert type(wrong) is ProtocolError
    assert wrong.endpoint.split("{")[0] in line
    assert "text/html" in wrong.detail


@pytest.mark.parametrize("line", CALLS)
@pytest.mark.parametrize(
    ("script", "why"),
    [
        (says(ending=Ending.CLOSE), "closed without an answer"),
        (says(ending=Ending.RESET), "the connection broke"),
        (says(ending=Ending.HANG), "no whole answer in time"),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", ending=Ending.HANG), "no whole answer in time"),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", ending=Ending.CLOSE), "an answer that is cut"),
        (says(answer(200, b"not gzip", "application/json", content_encoding="gzip")), "cannot be read"),
    ],
)
async def test_a_lost_answer_is_told_and_nothing_is_sent_again(line: str, script: Any, why: str) -> None:
    async with backend() as wire, client_of(wire, call_seconds=0.5, upload_seconds=0.5) as client:
        wire.on(line, script)
        away = await failure(CALLS[line], client)
    assert isinstance(away, BackendAway)
    assert away.sent
    assert why in away.detail
    assert wire.count(line) == 1


@pytest.mark.parametrize("line", CALLS)
async def test_no_redirect_is_followed_with_credentials(line: str) -> None:
    async with backend() as wire, backend() as elsewhere, client_of(wire) as client:
        for status in (301, 302, 303, 307, 308):
            wire.on(line, answer(status, location=elsewhere.url + "/api/x"))
            assert type(await failure(CALLS[line], client)) is ProtocolError
    assert elsewhere.heard == []
    assert wire.count(line) == 5


async def test_an_answer_beyond_the_limit_is_not_read_to_its_end() -> None:
    async with backend() as wire, client_of(wire, reply_bytes=1000) as client:
        wire.on(STATE, says(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + b" " * 2000, ending=Ending.HANG))
        assert "more than 1000 bytes" in (await failure(CALLS[STATE], client)).detail


async def test_a_rate_limit_is_told_not_waited_for() -> None:
    async with backend() as wire, client_of(wire, rate_limit_seconds=11) as client:
        wire.on(TOKEN_CALL, json_answer({}, 429), json_answer({"code": 429}, retry_after="90"))
        for seconds in (11, 90):
            limited = await failure(CALLS[TOKEN_CALL], client)
            assert isinstance(limited, RateLimited)
            assert limited.retry_after == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 30),
        ("12.5", 12.5),
        ("-3", 0),
        ("soon", 30),
        ("nan", 30),
        ("inf", 86400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
    ],
)
async def test_the_header_of_a_rate_limit_may_say_anything(header: str, seconds: float) -> None:
    assert retry_after(header, 30) == seconds


async def test_no_credits_name_the_account_to_top_up() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(STATE, json_answer({"code": 2001, "message": "insufficient", "data": {"user_id": "anon_1"}}))
        poor = await failure(CALLS[STATE], client)
    assert isinstance(poor, OutOfCredits)
    assert poor.user_id == "anon_1"


async def test_nobody_there_means_nothing_was_sent() -> None:
    async with backend() as wire:
        pass
    async with client_of(wire) as client:
        away = await failure(CALLS[STATE], client)
    assert isinstance(away, BackendAway)
    assert not away.sent


async def test_a_call_beyond_the_connections_waits_and_was_not_sent() -> None:
    async with backend() as wire, client_of(wire, connections=1, call_seconds=0.6) as client:
        wire.on(STATE, says(ending=Ending.HANG))
        first = asyncio.create_task(failure(CALLS[STATE], client))
        while not wire.heard:
            await asyncio.sleep(0.01)
        second = await failure(CALLS[STATE], client)
        assert wire.count(STATE) == 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert isinstance(second, BackendAway)
    assert not second.sent


async def test_a_backend_is_called_under_its_name_and_must_prove_it() -> None:
    settings = NemoSettings(api_url="https://api.example/")
    async with backend(certified()) as wire:
        wire.on(STATE, json_answer({"code": 0, "data": {"state": {}}}))
        async with open_client(settings, world(api=wire)) as client:
            await client.state(ALICE, "s")
        async with open_client(replace(settings, api_url="https://other.example"), world(api=wire)) as client:
            unknown = await failure(CALLS[STATE], client)
        async with open_client(replace(settings, api_url=wire.url.replace("http", "https"))) as client:
            unproved = await failure(CALLS[STATE], client)
    assert [heard.headers["host"] for heard in wire.heard] == ["api.example"]
    for away, why in ((unknown, "a host that nobody knows"), (unproved, "no secure connection")):
        assert isinstance(away, BackendAway)
        assert (away.detail, away.sent) == (why, False)
