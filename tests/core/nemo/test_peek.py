"""The beginning of a finished render is read without a credential, and no more than that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import BackendError
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from tests.wire.backend import Ending, answer, backend, says
from tests.wire.world import certified, world

pytestmark = pytest.mark.anyio

OUTPUT = "GET /o.mp4"
DATA = bytes(range(256)) * 400
PART = answer(206, DATA[:1000], "video/mp4", content_range=f"bytes 0-999/{len(DATA)}")


@pytest.mark.parametrize("given", [PART, answer(200, DATA, "video/mp4")])
async def test_the_beginning_and_the_size_of_the_whole(given: bytes, tmp_path: Path) -> None:
    async with backend(certified()) as cdn, open_client(NemoSettings(), world(cdn=cdn)) as client:
        cdn.on(OUTPUT, given)
        assert await client.peek("https://cdn.example/o.mp4", tmp_path / "part", 1000) == len(DATA)
    assert (tmp_path / "part").read_bytes() == DATA[:1000]
    assert cdn.heard[0].headers["range"] == "bytes=0-999"
    assert "authorization" not in cdn.heard[0].headers


@pytest.mark.parametrize(
    "given",
    [
        answer(403),
        answer(302, location="https://cdn.example/p.mp4"),
        answer(206, DATA[:1000], "video/mp4", content_range="bytes 0-999/*"),
        says(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + DATA, ending=Ending.CLOSE),
        says(ending=Ending.RESET),
    ],
)
async def test_what_is_not_whole_or_lies_elsewhere_is_refused(given: Any, tmp_path: Path) -> None:
    async with backend(certified()) as cdn, open_client(NemoSettings(), world(cdn=cdn)) as client:
        cdn.on(OUTPUT, given)
        with pytest.raises(BackendError):
            await client.peek("https://cdn.example/o.mp4", tmp_path / "part", 1000)
    assert [heard.line for heard in cdn.heard] == [OUTPUT]
    assert list(tmp_path.iterdir()) == []


async def test_only_where_a_render_may_lie(tmp_path: Path) -> None:
    async with backend() as wire, open_client(NemoSettings(api_url="https://api.example")) as client:
        with pytest.raises(BackendError):
            await client.peek(f"{wire.url}/o.mp4", tmp_path / "part", 1000)
    assert wire.heard == []
