"""The embedded server: one for all programs that have a folder open, however they come and go."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from core.errors import StoreAway
from core.store import embedded as embedded_module
from core.store.connection import Connection, StoreSettings, open_store

pytestmark = pytest.mark.anyio

PROGRAM = """
import asyncio, sys
from pathlib import Path
from core.errors import StoreAway
from core.store.connection import StoreSettings, open_store

async def main():
    try:
        async with open_store(StoreSettings(None, Path(sys.argv[1]))) as store:
            pid = (await store.commands.info("server"))["process_id"]
            await store.commands.rpush("programs", "one more")
            print(pid, flush=True)
            await asyncio.to_thread(sys.stdin.readline)
    except StoreAway as error:
        print("away:", error, flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def program(data: Path, *, file_bytes: int | None = None) -> AsyncIterator[tuple[Process, str]]:
    """A program that has the folder open, and the first line it said: the server's pid, or why there is none."""

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(data), stdin=PIPE, stdout=PIPE, preexec_fn=limit
    )
    assert running.stdout is not None
    try:
        async with asyncio.timeout(30):
            line = await running.stdout.readline()
        yield running, line.decode().strip()
    finally:
        if running.returncode is None:
            await leave(running)


async def leave(running: Process) -> None:
    assert running.stdin is not None
    running.stdin.close()
    async with asyncio.timeout(30):
        await running.wait()


async def pid_of(store: Connection) -> int:
    return int((await store.commands.info("server"))["process_id"])


async def until_gone(data: Path) -> None:
    deadline = monotonic() + 30
    while (data / "store" / "store.sock").exists():
        assert monotonic() < deadline, "the server is still there"
        await asyncio.sleep(0.01)


async def test_what_was_stored_is_there_the_next_time(tmp_path: Path) -> None:
    for count in (1, 2, 3):
        async with open_store(StoreSettings(None, tmp_path)) as store:
            assert await store.commands.incr("starts") == count


async def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(mode=0o755)
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "store" / "store.sock").stat().st_mode & 0o777 == 0o700
        assert (await store.commands.config_get("port"))["port"] == "0"


async def test_nothing_is_evicted_and_everything_is_logged(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as store:
        facts = await store.durability()
    assert facts.append_only
    assert facts.eviction_policy == "noeviction"


async def test_an_interrupt_at_the_terminal_does_not_reach_the_server(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert os.getsid(await pid_of(store)) != os.getsid(0)


async def test_the_last_program_that_leaves_stops_the_server(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as first:
        async with program(tmp_path) as (_, pid):
            assert pid == str(await pid_of(first))
        await first.probe()
    await until_gone(tmp_path)


async def test_a_server_that_was_started_a_moment_ago_is_stopped_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = embedded_module._Server(tmp_path)
    await server.ensure()
    told: list[bytes] = []
    say = server._say

    async def deaf_at_first(command: bytes) -> bytes:
        told.append(command)
        return b"" if len(told) == 1 else await say(command)

    monkeypatch.setattr(server, "_say", deaf_at_first)
    await server._stop()
    assert not server._holds_lock()


async def test_the_starter_may_leave_first(tmp_path: Path) -> None:
    async with program(tmp_path) as (starter, pid):
        async with open_store(StoreSettings(None, tmp_path)) as store:
            await leave(starter)
            await store.probe()
            assert str(await pid_of(store)) == pid
        await until_gone(tmp_path)


async def test_programs_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    starters = [program(tmp_path) for _ in range(4)]
    pids = {pid for _, pid in await asyncio.gather(*(starter.__aenter__() for starter in starters))}
    await asyncio.gather(*(starter.__aexit__(None, None, None) for starter in starters))
    assert len(pids) == 1
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert await store.commands.llen("programs") == 4


async def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over(tmp_path: Path) -> None:
    async with program(tmp_path) as (running, pid):
        running.send_signal(signal.SIGKILL)
        await running.wait()
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert str(await pid_of(store)) == pid
        assert await store.commands.llen("programs") == 1
    await until_gone(tmp_path)


async def test_a_server_that_died_meanwhile_is_started_anew(tmp_path: Path) -> None:
    async with program(tmp_path) as (running, pid):
        running.send_signal(signal.SIGKILL)
        await running.wait()
        os.kill(int(pid), signal.SIGKILL)
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert str(await pid_of(store)) != pid
        assert await store.commands.llen("programs") == 1


async def test_a_server_that_dies_under_us_comes_back_with_everything_acknowledged(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as store:
        acknowledged = await store.commands.incr("count", 41)
        os.kill(await pid_of(store), signal.SIGKILL)
        deadline = monotonic() + 30
        while True:
            try:
                await store.probe()
                break
            except StoreAway:
                assert monotonic() < deadline, "the server did not come back"
                await asyncio.sleep(0.05)
        assert await store.commands.incr("count") == acknowledged + 1


async def test_a_log_that_was_cut_in_the_middle_of_a_record_is_read_up_to_there(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as store:
        await store.commands.set("whole", "1")
    (log,) = (tmp_path / "store" / "appendonlydir").glob("*.incr.aof")
    with log.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nha")
    async with open_store(StoreSettings(None, tmp_path)) as store:
        assert await store.commands.get("whole") == b"1"


@pytest.mark.parametrize(
    "name", ["two words", "фото 照片", 'quo"te', "back\\slash", "percent%20", "new\nline", "x" * 120]
)
async def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    async with open_store(StoreSettings(None, tmp_path / name)) as store:
        await store.commands.set("kept", "1")
        async with open_store(StoreSettings(None, tmp_path / name)) as second:
            assert await second.commands.get("kept") == b"1"


async def test_the_socket_of_a_folder_with_a_long_name_is_private_and_goes_with_the_server(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 120)
    async with open_store(StoreSettings(None, data)):
        socket = Path((data / "store" / "socket").read_text())
        assert socket.is_socket()
        assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert not socket.parent.exists()
    socket.parent.mkdir(mode=0o777)  # somebody else waits for us in the folder that we used to use
    socket.parent.chmod(0o777)
    (data / "store" / "socket").write_text(str(socket))
    async with open_store(StoreSettings(None, data)):
        assert (data / "store" / "socket").read_text() != str(socket)
    socket.parent.rmdir()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreAway, match=r"file.*: Not a directory"):
        async with open_store(StoreSettings(None, tmp_path / "file" / "data")):
            pass


async def test_a_disk_that_takes_nothing_is_told_in_the_servers_own_words(tmp_path: Path) -> None:
    async with program(tmp_path, file_bytes=0) as (_, said):
        assert said.startswith("away:")
        assert str(tmp_path / "store") in said
    async with open_store(StoreSettings(None, tmp_path)) as store:
        await store.probe()


async def test_a_log_that_cannot_be_read_is_told_in_the_servers_own_words(tmp_path: Path) -> None:
    async with open_store(StoreSettings(None, tmp_path)) as store:
        await store.commands.set("kept", "1")
    (log,) = (tmp_path / "store" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"nonsense\n" * 20)
    with pytest.raises(StoreAway, match="Bad file format"):
        async with open_store(StoreSettings(None, tmp_path)):
            pass


async def test_a_machine_without_a_server_of_its_own_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    with pytest.raises(StoreAway, match="pdp11"):
        async with open_store(StoreSettings(None, tmp_path)):
            pass


async def test_windows_is_told_to_name_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(StoreAway, match="REDIS_URL"):
        async with open_store(StoreSettings(None, tmp_path)):
            pass


async def test_a_starter_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_module, "LOCK_SECONDS", 0.2)
    async with open_store(StoreSettings(None, tmp_path)):
        pass
    hanging = embedded_module._Lock(tmp_path / "store" / "starting.lock")
    assert hanging.take()
    with pytest.raises(StoreAway, match="another program"):
        async with open_store(StoreSettings(None, tmp_path)):
            pass
    hanging.release()


async def test_a_server_that_does_not_go_to_the_background_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o700)
    monkeypatch.setattr(embedded_module, "_binary", lambda: str(stuck))
    monkeypatch.setattr(embedded_module, "START_SECONDS", 0.2)
    with pytest.raises(StoreAway, match="does not go to the background"):
        async with open_store(StoreSettings(None, tmp_path / "data")):
            pass
