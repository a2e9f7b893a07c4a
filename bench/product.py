"""The product as processes, what the system says that they cost, and the event loop that it runs on."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import redis
import uvloop

PROGRAM = Path(sys.executable).with_name("photoreel")
ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
T = TypeVar("T")


def run(work: Coroutine[None, None, T]) -> T:
    """Do it on the loop that the product runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@dataclass(frozen=True, slots=True)
class Process:
    """A process, and all that it has started."""

    pid: int

    def cpu(self) -> float:
        """Seconds of CPU so far, those of ended and of living children included."""
        return _seconds(self.pid, 11, 15) + sum(child.cpu() for child in self.children())

    def alone(self) -> float:
        """Seconds of CPU so far, without any child's."""
        return _seconds(self.pid, 11, 13)

    def memory(self) -> float:
        """Megabytes in use now; what is shared counts in shares."""
        with suppress(OSError):
            rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text("ascii")
            found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
            return int(found[1]) * 1024 / 1e6 if found else 0.0
        return 0.0

    def children(self) -> list[Process]:
        """Those that live."""
        listed = [Path(f"/proc/{self.pid}/task/{self.pid}/children")]
        return [Process(int(pid)) for path in listed for pid in path.read_text("ascii").split()]


def _seconds(pid: int, first: int, last: int) -> float:
    """The sum of times in `/proc/<pid>/stat`, whose fields are counted after the name, which may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return sum(map(int, fields[first:last])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with a store of its own, for programs that work together."""

    folder: Path
    backend: str

    @contextmanager
    def started(self, *arguments: str, lags: Path | None = None, **settings: str) -> Iterator[Started]:
        """A running `photoreel`. Where its event loop is to be watched, it writes to `lags` how late that was."""
        log = self.folder / f"{arguments[0]}.log"
        program = [str(PROGRAM)] if lags is None else [sys.executable, "-m", "bench.watched", str(lags)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(settings),
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            yield Started(process, log)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        """Nothing of this machine's but the path."""
        base = {"PATH": os.defpath, "HOME": str(self.folder), "LANG": "C.UTF-8", "HOST": "127.0.0.1", "PORT": "0"}
        ours = {"PHOTOREEL_DATA": str(self.folder / "data"), "NEMO_API_URL": self.backend, "LOG_LEVEL": "WARNING"}
        base["PYTHONPATH"] = str(ROOT)
        return {**base, **ours, **settings}

    def store(self) -> Process:
        """The process of the embedded store."""
        path = self.folder / "data" / "store" / "store.sock"
        with redis.Redis(unix_socket_path=str(path)) as client:
            return Process(int(client.info("server")["process_id"]))


@dataclass(frozen=True, slots=True)
class Started:
    """A `photoreel` that was started."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def process(self) -> Process:
        """What the system knows of it."""
        return Process(self.popen.pid)

    def said(self) -> str:
        """Everything that it printed."""
        return self.log.read_text("utf-8", "replace")

    def address(self) -> str:
        """Where its page is, as soon as it says so."""
        return self._until(lambda: (re.search(r"http://[\d.]+:\d+", self.said()) or [""])[0])

    def ready(self) -> None:
        """Wait until it has said anything at all."""
        self._until(lambda: "\n" in self.said() and "yes")

    def _until(self, look: Callable[[], str | bool]) -> str:
        end = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() > end or self.popen.poll() is not None:
                raise TimeoutError(f"it does not start: {self.said()}")
            time.sleep(0.005)
        return str(found)


@contextmanager
def stage(backend: str) -> Iterator[Stage]:
    """A stage that is cleared away at the end."""
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-", ignore_cleanup_errors=True) as folder:
        yield Stage(Path(folder), backend)
