"""Bodies that no client of good will sends: each is refused, and the studio stays as small as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio import ledger
from tests.studio.visitor import visit

pytestmark = pytest.mark.anyio

NESTED = b"[" * 200_000


@pytest.mark.parametrize("path", ["/run_sse", "/api/tasks/me/with-session/nemo_agent"])
async def test_json_that_is_nested_too_deep_is_no_json(tmp_path: Path, path: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.post(path, content=NESTED)
    assert (reply.status_code, reply.json()["message"]) == (400, "JSON expected")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/a.jpg", "http://127.0.0.1/a\x01.jpg"])
async def test_an_address_that_cannot_be_dialled_is_refused(tmp_path: Path, url: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        reply = await visitor.post(path, json={"urls": [url], "source_type": "url"})
    assert reply.status_code == 400


async def test_a_part_with_an_endless_header_is_refused(tmp_path: Path) -> None:
    body = b"--b\r\nContent-Disposition: form-data; name=" + b"x" * 100_000 + b"\r\n\r\nabc\r\n--b--\r\n"
    async with visit(tmp_path) as (visitor, _):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
        reply = await visitor.http.post(path, content=body, headers=headers)
    assert (reply.status_code, reply.json()["message"]) == (400, "broken multipart body")


async def test_the_ledger_keeps_the_latest_of_very_many_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST", 5)
    async with visit(tmp_path) as (visitor, running):
        session = await visitor.open()
        for _ in range(30):
            await visitor.state(session)
        assert 5 <= len(running.ledger.calls) <= 10
        assert running.ledger.calls[-1].path.endswith("/latest")
