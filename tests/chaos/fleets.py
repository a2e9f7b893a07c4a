"""The processes of an installation, each with a line of its own to the store, and everything that befalls them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.processes import Parts, open_house
from bot.settings import Settings
from tests.chaos.machines import HERE, Machine
from tests.wire.relay import Relay, relay
from tests.wire.valkey import Valkey, die_with_the_tests

KEY = "canary0" * 5 + "0123456789"
ROOT = Path(__file__).parents[2]
LEASE = 1.0  # seconds
READY = {"web": b"Listening: ", "listen": b"Listening: ", "work": b"Working."}
START = "from bot.cli import main; main()"
WITHOUT = "from tests.chaos.guards import switch_off; switch_off({!r})\n"


@dataclass(frozen=True, slots=True)
class Terms:
    """How an installation is set up. Times in seconds. `without`: the guard that is switched off in its processes."""

    backend: str
    lease: float = LEASE
    looks: tuple[float, ...] = (0.3, 0.3, 0.3)
    drain: float = 1.5
    platforms: Mapping[str, str] = field(default_factory=dict)
    without: str = ""

    def settings(self, store: str, data: Path, kind: str, number: int) -> dict[str, str]:
        """The environment of a process. Of several listeners each holds the shard of its number, where there are
        any."""
        sharded = kind == "listen" and "DISCORD_SHARD_COUNT" in self.platforms
        shard = {"DISCORD_SHARD_IDS": str(number)} if sharded else {}
        return {
            "REDIS_URL": store,
            "PHOTOREEL_KEY": KEY,
            "PHOTOREEL_DATA": str(data),
            "NEMO_API_URL": self.backend,
            "LEASE_SECONDS": str(self.lease),
            "LOOK_SECONDS": ",".join(map(str, self.looks)),
            "DRAIN_SECONDS": str(self.drain),
            "GATHER_SECONDS": "0.05",
            "LOG_LEVEL": "DEBUG",
            "HOST": "127.0.0.1",
            **self.platforms,
            **shard,
        }


class Member(Protocol):
    """One process. `line` is its way to the store."""

    kind: str
    line: Relay

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def address(self) -> str:
        """Where its page is."""
        ...

    @property
    def owner(self) -> str:
        """Under what name it holds conversations; empty where others of the fleet have the same."""
        ...

    @property
    def place(self) -> Machine:
        """Where it runs."""
        ...

    @property
    def is_up(self) -> bool:
        """Whether it has said, since it began, that it is there."""
        ...

    @property
    def has_fallen(self) -> bool:
        """Whether it has ended by itself."""
        ...

    async def start(self) -> None:
        """Begin, or begin again."""
        ...

    async def kill(self) -> None:
        """End without a farewell."""
        ...

    async def stop(self) -> float:
        """Ask to end; returns the seconds that it took."""
        ...

    async def freeze(self, seconds: float) -> None:
        """Do nothing for so long, then go on as if nothing had been."""
        ...


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Process:
    """A real process."""

    kind: str
    number: int
    line: Relay
    folder: Path
    terms: Terms
    machine: Machine = HERE
    port: int = field(default_factory=free_port)
    popen: subprocess.Popen[bytes] | None = None
    printed: int = 0  # bytes, before it began anew

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.kind}{self.number}"

    @property
    def owner(self) -> str:
        """Under what name it holds conversations."""
        return f"{socket.gethostname()}-{self.popen.pid}" if self.popen and self.kind == "work" else ""

    @property
    def place(self) -> Machine:
        """Where it runs."""
        return self.machine

    @property
    def is_up(self) -> bool:
        """Whether it has said, since it began, that it is there."""
        return READY[self.kind] in self.log.read_bytes()[self.printed :]

    @property
    def has_fallen(self) -> bool:
        """Whether it has ended by itself: at the end of a campaign, all that were killed have begun anew."""
        return self.popen is not None and self.popen.poll() is not None

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything that it ever printed."""
        return self.folder / f"{self.name}.log"

    async def start(self) -> None:
        """Begin, or begin again, in the same folder."""
        base = {"PATH": os.defpath, "HOME": str(self.folder), "LANG": "C.UTF-8", "PORT": str(self.port)}
        store = self.machine.store or self.line.url
        with self.log.open("ab") as output:
            self.printed = output.tell()
            self.popen = subprocess.Popen(
                [
                    *self.machine.command,
                    sys.executable,
                    "-c",
                    WITHOUT.format(self.terms.without) * bool(self.terms.without) + START,
                    self.kind,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**base, **self.terms.settings(store, self.folder / self.name, self.kind, self.number)},
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=die_with_the_tests,
            )

    async def kill(self) -> None:
        """SIGKILL, to it and all that it has started."""
        if self.popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            await asyncio.to_thread(self.popen.wait)

    async def stop(self) -> float:
        """SIGTERM."""
        assert self.popen is not None
        began = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.popen.wait, 30)
        return time.monotonic() - began

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.popen.send_signal(signal.SIGCONT)


@dataclass(slots=True)
class Part:
    """The same as a task of this process. A kill cuts its line for good: nothing that it still does counts."""

    kind: str
    number: int
    line: Relay
    folder: Path
    terms: Terms
    lines: Callable[[], Awaitable[Relay]]
    port: int = field(default_factory=free_port)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.kind}{self.number}"

    @property
    def owner(self) -> str:
        """All parts share one."""
        return ""

    @property
    def place(self) -> Machine:
        """Here."""
        return HERE

    @property
    def is_up(self) -> bool:
        """They say nothing."""
        return True

    @property
    def has_fallen(self) -> bool:
        """Whether it has ended by itself: at the end of a campaign, all that were killed have begun anew."""
        return self.task is not None and self.task.done()

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin, or begin again."""
        if self.task is not None:
            self.line = await self.lines()
        self.stopping = asyncio.Event()
        self.task = asyncio.create_task(self._live())

    async def _live(self) -> None:
        environment = self.terms.settings(self.line.url, self.folder, self.kind, self.number)
        given = {name.lower(): value for name, value in environment.items()}
        settings = Settings(_env_file=None, port=self.port, **given)  # type: ignore[arg-type, call-arg]
        async with open_house(settings, Parts(**{self.kind: True})) as house:
            await house.run(self.stopping)

    async def kill(self) -> None:
        """Cut off, then ended."""
        self.line.cut()
        while self.task is not None and not self.task.done():  # a library may swallow a cancellation
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=1.0)

    async def stop(self) -> float:
        """Asked to end."""
        began = time.monotonic()
        self.stopping.set()
        if self.task is not None:
            with suppress(Exception):
                await self.task
        return time.monotonic() - began

    async def freeze(self, seconds: float) -> None:
        """Without the store for so long, which is the worst that a freeze can be."""
        self.line.freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.line.thaw()


@dataclass(frozen=True, slots=True)
class Fleet:
    """All members, in order, and the machines that can be cut off."""

    members: Sequence[Member]
    machines: Sequence[Machine] = ()

    def of(self, kind: str) -> list[Member]:
        """Those of a kind."""
        return [one for one in self.members if one.kind == kind]

    def addresses(self) -> list[str]:
        """The web servers."""
        return [one.address for one in self.of("web")]


@asynccontextmanager
async def fleet(
    server: Valkey, folder: Path, terms: Terms, crew: Mapping[str, int], machines: Sequence[Machine], *, real: bool
) -> AsyncIterator[Fleet]:
    """A fleet at sea: so many of each kind, real processes or tasks of this one, shared out among the machines; the
    page is served from here, where the people are."""
    async with AsyncExitStack() as stack:

        async def lines() -> Relay:
            return await stack.enter_async_context(relay(server))

        async def member(kind: str, number: int) -> Member:
            if not real:
                return Part(kind, number, await lines(), folder, terms, lines)
            machine = HERE if kind == "web" else machines[number % len(machines)]
            return Process(kind, number, await lines(), folder, terms, machine)

        members = [await member(kind, number) for kind, many in crew.items() for number in range(many)]
        for one in members:
            await one.start()
        try:
            yield Fleet(members, [one for one in machines if one is not HERE])
        finally:
            await asyncio.gather(*(one.kill() for one in members))
