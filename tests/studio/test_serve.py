"""The studio as a server: quiet, one a folder, no signals taken, secrets kept."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from studio.folder import FolderTaken
from studio.serve import StudioAway, join_or_serve, serve
from studio.settings import StudioSettings
from tests.studio.visitor import DEADLINE, NO_CERTIFICATES, Visitor, visit
from tests.wire.studio import studio_in_thread

pytestmark = pytest.mark.anyio


async def test_a_busy_port_is_told_as_such(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            async with serve(StudioSettings(folder=tmp_path), port=other.getsockname()[1]):
                pass


async def test_a_second_studio_in_the_same_folder_is_refused_and_told_where_the_first_one_is(tmp_path: Path) -> None:
    async with visit(tmp_path) as (_, running):
        with pytest.raises(FolderTaken) as taken:
            async with serve(StudioSettings(folder=tmp_path)):
                pass
        assert taken.value.url == running.url
        async with join_or_serve(StudioSettings(folder=tmp_path)) as url:
            assert url == running.url
    async with (
        join_or_serve(StudioSettings(folder=tmp_path)) as url,
        httpx.AsyncClient(timeout=DEADLINE, verify=NO_CERTIFICATES) as http,
    ):
        assert (await http.get(f"{url}/nope")).status_code == 404


async def test_signals_stay_with_whoever_has_them(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with serve(StudioSettings(folder=tmp_path)):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_a_folder_that_cannot_be_read_is_no_endless_wait(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text('{"accounts": 7}')
    with pytest.raises(StudioAway, match="cannot be read"):
        async with serve(StudioSettings(folder=tmp_path)):
            pass


def test_an_end_at_once_leaves_no_traceback(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def live() -> None:
        async with serve(StudioSettings(folder=tmp_path)):
            for task in asyncio.all_tasks():  # what a second Ctrl-C does
                task.cancel()
            await asyncio.sleep(60)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(live())
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with visit(tmp_path) as (visitor, _):
        await visitor.say(await visitor.project(), "make a video")
    assert capfd.readouterr() == ("", "")


async def test_tokens_are_not_kept_on_disk(tmp_path: Path) -> None:
    async with visit(tmp_path, tokens=("nmv_usr_canary",)) as (visitor, _):
        await visitor.say(await visitor.project(), "make a video")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert visitor.token.encode() not in data
            assert b"nmv_usr_canary" not in data


async def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=60) as (visitor, _):
        session = await visitor.project()
        reading = asyncio.create_task(visitor.say(session, "make a video"))
        async with asyncio.timeout(30):
            while (await visitor.credits())["frozen"] == 0:
                await asyncio.sleep(0.01)
    with pytest.raises(httpx.TransportError):
        await reading


def test_a_studio_can_live_in_a_thread(tmp_path: Path) -> None:
    with studio_in_thread(tmp_path) as running:
        reply = httpx.post(f"{running.url}/api/auth/anonymous-token", headers={"X-Client-Id": "c"})
    assert reply.json()["code"] == 0


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.wire.studio import studio

async def main():
    async with studio(Path(sys.argv[1]), generation_seconds=60, credits=500) as running:
        print(running.url, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_killed_studio_goes_on_where_it_was(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert child.stdout is not None
    url = (await asyncio.to_thread(child.stdout.readline)).decode().strip()
    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as http:
        visitor = Visitor(http)
        await visitor.register()
        session = await visitor.project()
        async with visitor.saying(session, "make a video") as reply:
            async for _ in reply.aiter_bytes():
                break
        child.kill()
        child.wait()
        child.stdout.close()
    async with visit(tmp_path, credits=500) as (again, _):
        again.token = visitor.token
        assert (await again.settled(session, {}))["d"] > 0
