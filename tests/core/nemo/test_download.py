"""A finished render is saved whole or not at all, and the token goes to the backend's host only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import TraceConfig, TraceRequestStartParams

from core.errors import BackendAway, BackendError, ExportBlocked, ProtocolError, TokenExpired
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.transport import Network
from core.nemo.values import Render, RenderStatus
from tests.wire.backend import Ending, Script, answer, backend, html_answer, json_answer, says
from tests.wire.clients import ALICE, client_of
from tests.wire.world import World, certified, world

pytestmark = pytest.mark.anyio

PROXY = "GET /api/render/proxy/render_1/download"
OUTPUT = "GET /cdn/out.mp4"
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 9000


def finished(url: str | None) -> Render:
    return Render("render_1", RenderStatus.COMPLETED, 100, url)


async def refused(client: NemoClient, url: str | None, path: Path) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await client.download(ALICE, finished(url), path)
    assert list(path.parent.iterdir()) == []
    assert "canary" not in f"{caught.value!s} {caught.value!r} {caught.value.__context__!r}"
    return caught.value


async def test_a_render_comes_from_its_url_without_any_credential(tmp_path: Path) -> None:
    async with backend() as wire, backend() as cdn, client_of(wire) as client:
        cdn.on(OUTPUT, answer(200, MP4, "video/mp4"))
        assert await client.download(ALICE, finished(cdn.url + "/cdn/out.mp4"), tmp_path / "out") == len(MP4)
    assert (tmp_path / "out").read_bytes() == MP4
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert wire.heard == []
    assert set(cdn.heard[0].headers) == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize(
    "broken",
    [
        answer(403, b"<Error>expired</Error>", "application/xml"),
        answer(500),
        html_answer(),
        answer(200, b"", "video/mp4"),
        answer(200, b"RIFF....WEBP" * 99, "video/mp4"),
        json_answer({"code": 0}),
        says(ending=Ending.RESET),
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + MP4, ending=Ending.CLOSE),
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + MP4, ending=Ending.HANG),
        answer(302, location="/cdn/out.mp4"),
        answer(302, location="ftp://127.0.0.1/out.mp4"),
        answer(302, location="http://203.0.113.1/out.mp4"),
        answer(302, location="http://["),
    ],
)
async def test_what_fails_there_comes_from_the_backend_with_the_token(broken: Any, tmp_path: Path) -> None:
    async with backend() as wire, backend() as cdn, client_of(wire, stall_seconds=0.3) as client:
        cdn.on(OUTPUT, broken)
        wire.on(PROXY, answer(200, MP4, "video/mp4"))
        assert await client.download(ALICE, finished(cdn.url + "/cdn/out.mp4"), tmp_path / "out.mp4") == len(MP4)
    assert (tmp_path / "out.mp4").read_bytes() == MP4
    assert wire.count(PROXY) == 1


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "/cdn/out.mp4",
        "out.mp4",
        "file:///etc/passwd",
        "http://203.0.113.1/out.mp4",
        "http://169.254.169.254/latest/meta-data",
        "https://",
        "https://a..b/out.mp4",
        "http://127.0.0.1:99999/out.mp4",
        "http://[",
    ],
)
async def test_an_address_that_may_not_be_followed_is_not(url: str | None, tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(PROXY, answer(200, MP4, "video/mp4"))
        assert await client.download(ALICE, finished(url), tmp_path / "out.mp4") == len(MP4)
    assert [heard.line for heard in wire.heard] == [PROXY]


@pytest.mark.parametrize(
    ("api_url", "output", "dialled"),
    [
        ("https://api.example", "https://cdn.example/o", "https://cdn.example/o"),
        ("https://api.example", "http://127.0.0.1/o", ""),
        ("http://api.example", "http://cdn.example/o", ""),
        ("http://localhost:1", "http://[::1]/o", "http://[::1]/o"),
        ("http://127.0.0.1:1", "http://cdn.example/o", ""),
    ],
)
async def test_plain_http_is_for_a_backend_on_this_machine(
    api_url: str, output: str, dialled: str, tmp_path: Path
) -> None:
    dials: list[str] = []

    async def on_request_start(_: object, __: object, started: TraceRequestStartParams) -> None:
        dials.append(str(started.url))

    traces = TraceConfig()
    traces.on_request_start.append(on_request_start)
    async with open_client(NemoSettings(api_url=api_url), Network(traces=[traces], resolver=World({}))) as client:
        await refused(client, output, tmp_path / "out.mp4")
    assert dials[0] == (dialled or f"{api_url}/api/render/proxy/render_1/download")


async def test_redirects_are_followed_a_little_and_without_credentials(tmp_path: Path) -> None:
    async with backend() as wire, backend() as cdn, client_of(wire) as client:
        wire.on(PROXY, answer(302, location=cdn.url + "/a"))
        cdn.on("GET /a", answer(307, location="/b"))
        cdn.on("GET /b", answer(200, MP4, "video/mp4"))
        assert await client.download(ALICE, finished(None), tmp_path / "out.mp4") == len(MP4)
    assert "authorization" in wire.heard[0].headers
    assert [heard.line for heard in cdn.heard] == ["GET /a", "GET /b"]


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1/o", "ftp://cdn.example/o", "http://cdn.example/o"])
async def test_no_redirect_leads_to_where_an_output_may_not_lie(elsewhere: str, tmp_path: Path) -> None:
    settings = NemoSettings(api_url="https://api.example")
    async with backend(certified()) as wire, backend(certified()) as cdn:
        for place, line in ((wire, PROXY), (cdn, "GET /o")):
            place.on(line, answer(302, location=elsewhere))
        async with open_client(settings, world(api=wire, cdn=cdn)) as client:
            await refused(client, "https://cdn.example/o", tmp_path / "out.mp4")
    assert [heard.line for heard in (*cdn.heard, *wire.heard)] == ["GET /o", PROXY]


async def test_redirects_end(tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(PROXY, answer(302, location="/cdn/loop"))
        wire.on("GET /cdn/loop", answer(302, location="/cdn/loop"))
        assert "redirects" in (await refused(client, None, tmp_path / "out.mp4")).detail
    assert len(wire.heard) == 4


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_answer({"code": 1001}), TokenExpired),
        (json_answer({"code": 402}, 402), ExportBlocked),
        (answer(502), BackendAway),
        (html_answer(), ProtocolError),
        (json_answer({"code": 0, "data": {}}), ProtocolError),
        (answer(200, MP4[:7], "video/mp4"), ProtocolError),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + MP4, ending=Ending.CLOSE), BackendAway),
    ],
)
async def test_when_both_ways_fail_nothing_lies_there(reply: Any, error: type[BackendError], tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(PROXY, reply)
        assert type(await refused(client, wire.url + "/cdn/gone", tmp_path / "out.mp4")) is error


@pytest.mark.parametrize(
    "reply",
    [
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n", ending=Ending.HANG),
        says(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + MP4, ending=Ending.CLOSE),
    ],
)
async def test_a_file_beyond_the_limit_is_not_kept(reply: Script, tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire, download_bytes=1_500_000) as client:
        wire.on(PROXY, reply)
        assert "1500000" in (await refused(client, None, tmp_path / "out.mp4")).detail


async def test_a_drip_that_never_ends_is_given_up(tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire, download_seconds=0.3) as client:
        wire.on(PROXY, says(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n" + MP4, ending=Ending.HANG))
        assert type(await refused(client, None, tmp_path / "out.mp4")) is BackendAway


async def test_a_disk_that_takes_nothing_is_no_fault_of_the_backend(tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(PROXY, answer(200, MP4, "video/mp4"))
        with pytest.raises(OSError, match="No such file"):
            await client.download(ALICE, finished(None), tmp_path / "nowhere" / "out.mp4")


async def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    async with backend() as wire, client_of(wire) as client:
        wire.on(PROXY, answer(502), answer(200, MP4, "video/mp4"))
        with pytest.raises(BackendAway):
            await client.download(ALICE, finished(None), path)
        assert path.read_bytes() == b"old"
        await client.download(ALICE, finished(None), path)
    assert path.read_bytes() == MP4
