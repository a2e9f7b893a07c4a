"""A message goes out once; its answer is a stream, a refusal, or nobody knows what: then the stream is lost."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from core.errors import (
    BackendAway,
    BackendError,
    BackendRefused,
    ExportBlocked,
    FileTooLarge,
    OutOfCredits,
    RateLimited,
    SessionLost,
    StreamLost,
    TokenExpired,
)
from core.nemo.client import NemoClient, open_client
from core.nemo.events import Text, TurnEvent, Waiting
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential
from tests.wire.backend import (
    LAST_CHUNK,
    Backend,
    Ending,
    Heard,
    Script,
    Wire,
    answer,
    backend,
    chunk,
    event,
    html_answer,
    json_answer,
    says,
    stream_head,
    streams,
)
from tests.wire.clients import ALICE, client_of

pytestmark = pytest.mark.anyio

SEND = "POST /run_sse"
HELLO = event({"type": "text", "content": "Hello"})
BEAT = b": beat\n\n"


async def turn(client: NemoClient, text: str = "slower") -> list[TurnEvent]:
    async with client.send(ALICE, "s 1/ü", text) as events:
        return [item async for item in events]


async def failure(wire: Backend, script: Script | bytes, **changed: Any) -> BackendError:
    """What one message fails with; it was sent exactly once."""
    wire.on(SEND, script)
    async with client_of(wire, **changed) as client:
        with pytest.raises(BackendError) as caught:
            await turn(client)
    assert wire.count(SEND) == 1
    assert "canary" not in f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"
    return caught.value


# --- a stream ---------------------------------------------------------------------------------------------------------


async def test_a_turn_sends_the_message_and_gives_events_until_the_connection_closes() -> None:
    async with backend() as wire:
        wire.on(SEND, streams(BEAT, HELLO[:9], HELLO[9:]))
        async with client_of(wire) as client:
            assert await turn(client, "mach’s langsamer \ud83d!") == [Waiting(), Text("Hello")]
    assert wire.heard[0].json == {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": "s 1/ü",
        "new_message": {"parts": [{"text": "mach’s langsamer \ufffd!"}]},
    }
    sent = wire.heard[0].headers
    assert sent["authorization"] == "Bearer nmv_usr_canary"
    assert [sent[f"x-skill-{name}"] for name in ("source", "version", "platform")] == [
        "image-video",
        "1.0.1",
        "clawhub",
    ]
    assert sent["accept-encoding"] == "identity"


async def test_a_stream_without_chunks_ends_with_the_connection() -> None:
    async with backend() as wire:
        wire.on(SEND, says(stream_head(chunked=False), HELLO.rstrip(), ending=Ending.CLOSE))
        async with client_of(wire) as client:
            assert await turn(client) == [Text("Hello")]


async def test_events_come_when_they_are_sent_not_at_the_end() -> None:
    more = asyncio.Event()

    async def script(_: Heard, wire: Wire) -> Ending:
        await wire.send(stream_head(), chunk(HELLO))
        await more.wait()
        await wire.send(chunk(event({"type": "text", "content": " you"})), LAST_CHUNK)
        return Ending.KEEP

    async with backend() as wire, client_of(wire) as client:
        wire.on(SEND, script)
        async with client.send(ALICE, "s", "hi") as events, asyncio.timeout(30):
            assert await anext(events) == Text("Hello")
            more.set()
            assert [item async for item in events] == [Text(" you")]


@pytest.mark.parametrize("mime", ["", "text/plain", "application/octet-stream"])
async def test_a_stream_is_known_by_its_bytes_where_its_type_says_nothing(mime: str) -> None:
    async with backend() as wire:
        head = stream_head(mime=mime) if mime else b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        wire.on(SEND, says(head, chunk(HELLO), LAST_CHUNK))
        async with client_of(wire) as client:
            assert await turn(client) == [Text("Hello")]


async def test_recordings_survive_the_wire_in_small_chunks() -> None:
    recording = Path("tests/data/agent-events/tools.sse").read_bytes()
    pieces = [recording[start : start + 7] for start in range(0, len(recording), 7)]
    async with backend() as wire:
        wire.on(SEND, streams(recording), streams(*pieces))
        async with client_of(wire) as client:
            assert await turn(client) == await turn(client)


async def test_leaving_early_closes_the_connection() -> None:
    async with backend() as wire:
        wire.on(SEND, streams(HELLO, ending=Ending.HANG))
        async with client_of(wire) as client:
            async with client.send(ALICE, "s", "hi") as events:
                assert await anext(events) == Text("Hello")
            await asyncio.wait_for(wire.left.wait(), 5)


async def test_a_cancelled_turn_closes_the_connection() -> None:
    async with backend() as wire:
        wire.on(SEND, streams(HELLO, ending=Ending.HANG))
        async with client_of(wire) as client:
            reading = asyncio.create_task(turn(client))
            while not wire.heard:
                await asyncio.sleep(0.01)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await asyncio.wait_for(wire.left.wait(), 5)


async def test_more_streams_than_a_pool_holds_are_open_at_once() -> None:
    arrived = asyncio.Semaphore(0)
    finish = asyncio.Event()

    async def script(_: Heard, wire: Wire) -> Ending:
        await wire.send(stream_head(), chunk(HELLO))
        arrived.release()
        await finish.wait()
        await wire.send(LAST_CHUNK)
        return Ending.CLOSE

    async with backend() as wire, client_of(wire) as client:
        wire.on(SEND, script)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            turns = [group.create_task(turn(client)) for _ in range(150)]
            for _ in turns:
                await arrived.acquire()
            finish.set()
    assert [done.result() for done in turns] == [[Text("Hello")]] * 150


# --- a refusal --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (json_answer({"message": "bad token"}, 401), TokenExpired, 401),
        (json_answer({"message": "upgrade"}, 402), ExportBlocked, 402),
        (json_answer({"detail": "Session not found: s"}, 404), SessionLost, 404),
        (json_answer({}, 413), FileTooLarge, 413),
        (json_answer({"detail": [{"msg": "field required"}]}, 422), BackendRefused, 422),
        (html_answer(403), BackendRefused, 403),
        (json_answer({"code": 1001, "message": "expired"}), TokenExpired, 1001),
        (json_answer({"code": 1002, "message": "gone"}), SessionLost, 1002),
        (json_answer({"code": 2001, "message": "no credits"}), OutOfCredits, 2001),
        (json_answer({"code": 7777, "message": "?"}), BackendRefused, 7777),
        (json_answer({"success": False, "message": "?"}), BackendRefused, 0),
        (answer(200, b' {"code": 1002}', "text/plain"), SessionLost, 1002),
    ],
)
async def test_a_definite_refusal_is_a_typed_error(reply: bytes, error: type[BackendError], code: int) -> None:
    async with backend() as wire:
        refused = await failure(wire, reply)
    assert type(refused) is error
    assert refused.code == code
    assert refused.endpoint == "POST /run_sse"


async def test_a_rate_limit_tells_how_long() -> None:
    async with backend() as wire:
        refused = await failure(wire, json_answer({}, 429, retry_after="7"))
    assert isinstance(refused, RateLimited)
    assert refused.retry_after == 7


async def test_a_refusal_counts_although_its_body_is_cut() -> None:
    cut = b"HTTP/1.1 402 No\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"
    async with backend() as wire:
        assert type(await failure(wire, says(cut, ending=Ending.CLOSE))) is ExportBlocked


async def test_a_refusal_that_quotes_the_token_does_not_pass_it_on() -> None:
    async with backend() as wire:
        refused = await failure(wire, json_answer({"code": 1001, "message": "nmv_usr_canary is\r\nexpired"}))
    assert refused.detail == "[secret] is expired"


# --- nobody knows -----------------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: "
SCALED = {"silence_seconds": 0.3, "heartbeat_seconds": 0.3, "deadline_seconds": 0.6}


async def beats_for_ever(_: Heard, wire: Wire) -> Ending:
    await wire.send(stream_head())
    while True:
        await wire.send(chunk(BEAT))
        await asyncio.sleep(0.02)


async def talks_for_ever(_: Heard, wire: Wire) -> Ending:
    await wire.send(stream_head())
    while True:
        await wire.send(chunk(HELLO))
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (says(ending=Ending.CLOSE), "closed without an answer"),
        (says(ending=Ending.RESET), "the connection broke"),
        (says(ending=Ending.HANG), "no whole answer in time"),
        (says(b"HTTP/1.1 200", ending=Ending.CLOSE), "closed without an answer"),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", ending=Ending.CLOSE), "not HTTP"),
        (streams(HELLO, ending=Ending.RESET), "the connection broke"),
        (streams(HELLO, ending=Ending.CLOSE), "the connection broke"),
        (says(stream_head(), b"ff\r\n" + HELLO, ending=Ending.CLOSE), "the connection broke"),
        (says(stream_head(chunked=False), HELLO, b"data: {", ending=Ending.CLOSE), "ends inside an event"),
        (streams(HELLO, ending=Ending.HANG), "silent for 0.3 s"),
        (beats_for_ever, "nothing but heartbeats for 0.3 s"),
        (talks_for_ever, "not finished after 0.6 s"),
        (streams(HELLO, b"data: " + b"x" * 3000), "an event of more than 2000 bytes"),
        (streams(*[BEAT * 10] * 100), "the stream exceeds its limit"),
        (html_answer(), "no stream but text/html"),
        (json_answer({"code": 0, "data": {}}), "no stream but application/json"),
        (says(HEAD + b"application/json\r\ncontent-length: 99\r\n\r\n{", ending=Ending.CLOSE), "no stream but"),
        (answer(204), "no stream but nothing known"),
        (answer(200), "no stream but nothing known"),
        (answer(302, location="/elsewhere"), "a redirect, which is not followed"),
        (answer(307, location="http://127.0.0.1:1/run_sse"), "a redirect, which is not followed"),
        (answer(200, b"\x1f\x8bnot gzip", "text/event-stream", content_encoding="gzip"), "the connection broke"),
    ],
)
async def test_whatever_is_neither_stream_nor_refusal_is_lost_and_sent_once(script: Script | bytes, why: str) -> None:
    async with asyncio.timeout(30), backend() as wire:
        lost = await failure(wire, script, **SCALED, event_bytes=2000, stream_bytes=6000)
    assert type(lost) is StreamLost
    assert why in lost.detail


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_gateways_error_may_hide_that_the_message_was_taken(status: int) -> None:
    async with backend() as wire:
        away = await failure(wire, html_answer(status))
    assert type(away) is BackendAway
    assert away.code == status
    assert away.sent


async def test_what_was_said_before_the_break_is_not_lost() -> None:
    heard: list[TurnEvent] = []
    async with backend() as wire, client_of(wire) as client:
        wire.on(SEND, streams(HELLO, ending=Ending.RESET))

        async def listen() -> None:
            async with client.send(ALICE, "s", "hi") as events:
                async for item in events:
                    heard.append(item)

        with pytest.raises(StreamLost):
            await listen()
    assert heard == [Text("Hello")]


async def test_heartbeats_between_words_are_no_silence() -> None:
    async def script(_: Heard, wire: Wire) -> Ending:
        await wire.send(stream_head())
        for _beat in range(5):
            await wire.send(chunk(BEAT))
            await asyncio.sleep(0.1)
        await wire.send(chunk(HELLO), LAST_CHUNK)
        return Ending.KEEP

    async with backend() as wire:
        wire.on(SEND, script)
        async with client_of(wire, silence_seconds=0.4) as client:
            assert await turn(client) == [Waiting()] * 5 + [Text("Hello")]


async def test_a_readers_own_errors_are_not_translated() -> None:
    async def listen(client: NemoClient) -> None:
        async with client.send(ALICE, "s", "hi"):
            raise TimeoutError("mine")

    async with backend() as wire, client_of(wire) as client:
        wire.on(SEND, streams(HELLO))
        with pytest.raises(TimeoutError, match="mine"):
            await listen(client)


# --- not sent ---------------------------------------------------------------------------------------------------------


async def test_a_backend_that_nobody_listens_at_was_sent_nothing() -> None:
    async with backend() as wire:
        url = wire.url
    async with open_client(NemoSettings(api_url=url)) as client:
        with pytest.raises(BackendAway) as caught:
            await turn(client)
    assert not caught.value.sent


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:99999", "http://a..b"]
)
async def test_an_address_that_is_none_was_sent_nothing(url: str) -> None:
    async with open_client(NemoSettings(api_url=url)) as client:
        with pytest.raises(BackendAway) as caught:
            await turn(client)
    assert not caught.value.sent


@pytest.mark.parametrize("token", ["", "nmv_usr_a b", "nmv_usr_a\r\nX-Evil: 1", "nmv_usr_ü"])
async def test_what_cannot_be_a_token_is_refused_unsent_and_unquoted(token: str) -> None:
    async with backend() as wire, client_of(wire) as client:
        with pytest.raises(TokenExpired) as caught:
            async with client.send(Credential(token, ALICE.attribution), "s", "hi"):
                pass
    assert wire.heard == []
    assert "nmv_usr_" not in str(caught.value)


async def test_nothing_secret_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "aiohttp", "asyncio"):  # wherever they have been silenced before
        caplog.set_level(logging.DEBUG, logger=name)
    asyncio.get_running_loop().set_debug(True)
    async with backend() as wire:
        await failure(wire, streams(HELLO, ending=Ending.RESET))
    assert caplog.text
    assert "canary" not in caplog.text
    assert "canary" not in repr(ALICE)
