"""The files of a draft are fetched by the rules of all downloads, and never with a credential."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import BackendError
from core.nemo.client import NemoClient, open_client
from core.nemo.downloads import Wanted
from core.nemo.patience import NemoSettings
from tests.wire.backend import Ending, answer, backend, chunk, html_answer, json_answer, says
from tests.wire.clients import client_of
from tests.wire.world import certified, world

pytestmark = pytest.mark.anyio

PATH = "GET /cdn/a.jpg?sig=1"
JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 20
WANTED = Wanted("picture", 10_000, lambda head: head.startswith(b"\xff\xd8\xff"))


async def refused(client: NemoClient, url: str, folder: Path) -> str:
    with pytest.raises(BackendError) as caught:
        await client.save_source(url, folder / "a", WANTED)
    assert list(folder.iterdir()) == []
    assert "sig=1" not in f"{caught.value!s} {caught.value!r}"
    return str(caught.value)


async def test_a_source_is_fetched_as_the_draft_names_it_and_without_any_credential(tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(PATH, answer(200, JPEG, "image/jpeg"))
        assert await client.save_source(f"{wire.url}/cdn/a.jpg?sig=1", tmp_path / "a", WANTED) == len(JPEG)
        assert set(wire.heard[0].headers) == {"host", "accept", "accept-encoding", "user-agent"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == JPEG


@pytest.mark.parametrize(
    "broken",
    [
        answer(403, b"<Error>expired</Error>", "application/xml"),
        answer(404),
        html_answer(),
        json_answer({"code": 0}),
        answer(200, b"", "image/jpeg"),
        answer(200, b"GIF89a" * 99, "image/jpeg"),
        answer(200, JPEG * 2, "image/jpeg"),
        says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunk(JPEG * 2) + chunk(b"")),
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + JPEG, ending=Ending.CLOSE),
        answer(302, location="ftp://127.0.0.1/a.jpg"),
        answer(302, location="http://203.0.113.1/a.jpg"),
        answer(302, location="/cdn/a.jpg?sig=1"),
    ],
)
async def test_what_is_no_such_file_is_not_kept_and_not_asked_for_elsewhere(broken: Any, tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire, stall_seconds=0.3) as client:
        wire.on(PATH, broken)
        await refused(client, f"{wire.url}/cdn/a.jpg?sig=1", tmp_path)
        assert {heard.line for heard in wire.heard} == {PATH}


@pytest.mark.parametrize(
    "url",
    ["", "a.jpg?sig=1", "file:///etc/passwd?sig=1", "http://203.0.113.1/a.jpg?sig=1", "https://", "http://[?sig=1"],
)
async def test_an_address_that_may_not_be_followed_is_not(url: str, tmp_path: Path) -> None:
    async with backend() as wire, client_of(wire) as client:
        assert "GET source URL" in await refused(client, url, tmp_path)
        assert wire.heard == []


async def test_plain_http_is_not_for_a_backend_elsewhere(tmp_path: Path) -> None:
    settings = NemoSettings(api_url="https://api.example")
    async with backend() as here, backend(certified()) as wire, open_client(settings, world(api=wire)) as client:
        here.on(PATH, answer(200, JPEG, "image/jpeg"))
        wire.on(PATH, answer(200, JPEG, "image/jpeg"))
        await refused(client, f"{here.url}/cdn/a.jpg?sig=1", tmp_path)
        await client.save_source("https://api.example/cdn/a.jpg?sig=1", tmp_path / "a", WANTED)
        assert here.heard == []
        assert "authorization" not in wire.heard[0].headers


async def test_what_is_escaped_in_an_address_stays_as_it_is_and_the_rest_is_escaped(tmp_path: Path) -> None:
    signed = "/cdn/%E9%87%8C%2Fa%20b+c~.jpg?sig=a%2Fb+c%3D&name="
    async with backend() as wire, client_of(wire) as client:
        wire.on(f"GET {signed}%E9%87%8C%20x", answer(200, JPEG, "image/jpeg"))
        await client.save_source(f"{wire.url}{signed}里 x", tmp_path / "a", WANTED)
