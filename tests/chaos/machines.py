"""Machines: where processes run. Here; or in network namespaces with addresses of their own, which can be cut off."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.wire.valkey import die_with_the_tests

NETWORK = "10.77.0"
PORT = 6390  # of the store, in namespaces where nobody else is
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
LOOPBACK = "127.0.0.1"
ALONE = ("unshare", "--user", "--map-root-user", "--net")
"""What stands before a command that shall have a network of its own, and may make further ones."""
GONE = "CHAOS_ALONE"


def go_alone() -> None:
    """Begin anew in a network of our own, where there can be one, and we are not in it yet."""
    if are_alone():
        _ip("link", "set", "lo", "up")
    elif not why_not():
        os.execvpe(ALONE[0], [*ALONE, *sys.orig_argv], {**os.environ, GONE: "yes"})  # noqa: S606


def are_alone() -> bool:
    """Whether this network is our own, so that there can be further machines."""
    return bool(os.environ.get(GONE))


def missing() -> Sequence[str]:
    """The tools for further machines that are not installed."""
    return [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]


def why_not() -> str:
    """Why there can be no further machines here; empty if there can be."""
    if tools := missing():
        return f"not installed: {', '.join(tools)} (the packages `util-linux` and `iproute2`)"
    cable = ("ip", "link", "add", "name", "one", "type", "veth", "peer", "name", "two")
    tried = subprocess.run([*ALONE, *cable], capture_output=True, text=True, check=False)
    return f"network namespaces are not allowed here: {tried.stderr.strip()}" if tried.returncode else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine. `holder` is a process that does nothing but keep its network, 0 for this one's; `link` is the end of
    its cable that we hold."""

    name: str = "here"
    holder: int = 0
    link: str = ""

    @property
    def command(self) -> Sequence[str]:
        """What stands before a command that shall run there."""
        return ["nsenter", f"--net=/proc/{self.holder}/ns/net", "--"] if self.holder else []

    @property
    def store(self) -> str:
        """Where the store is, seen from there; empty where each process has a line of its own to it."""
        return f"redis://{NETWORK}.1:{PORT}" if self.holder else ""

    @property
    def store_options(self) -> Mapping[str, str]:
        """What the store needs to be reached from there."""
        return {"port": f"{PORT}", "bind": f"{NETWORK}.1", "protected_mode": "no"} if self.holder else {}

    async def cut_off(self) -> None:
        """From now on nothing comes through, to the store or back, and nobody is told."""
        await asyncio.to_thread(_ip, "link", "set", self.link, "down")

    async def heal(self) -> None:
        """It is as it was."""
        await asyncio.to_thread(_ip, "link", "set", self.link, "up")

    @asynccontextmanager
    async def reaching(self, *urls: str) -> AsyncIterator[None]:
        """What answers on our loopback answers on that machine's, too, cut off or not: who has lost the store can still
        spend money and speak."""
        ports = {urlsplit(url).port or 0 for url in urls} if self.holder else set()
        sockets = [await asyncio.to_thread(_listening, self.holder, port) for port in ports]
        servers = [
            await asyncio.start_server(_carrier(port), sock=one) for port, one in zip(ports, sockets, strict=True)
        ]
        try:
            yield
        finally:
            for server in servers:
                server.close()


HERE = Machine()


@contextmanager
def two_machines() -> Iterator[Sequence[Machine]]:
    """Two, each with a cable to the bridge at which the store is. Only in a network of our own: see `go_alone`."""
    with ExitStack() as stack:
        _ip("link", "add", "name", "bridge", "type", "bridge")
        stack.callback(_ip, "link", "del", "bridge")
        _ip("addr", "add", f"{NETWORK}.1/24", "dev", "bridge")
        _ip("link", "set", "bridge", "up")
        yield [_machine(stack, number) for number in (1, 2)]


def _machine(stack: ExitStack, number: int) -> Machine:
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_the_tests,
    )
    stack.callback(holder.wait)
    stack.callback(holder.kill)
    assert holder.stdout is not None
    holder.stdout.readline()  # now the network is there
    made = Machine(f"machine {number}", holder.pid, f"cable{holder.pid}")
    _ip("link", "add", "name", made.link, "type", "veth", "peer", "name", "plug")
    _ip("link", "set", made.link, "master", "bridge", "up")
    _ip("link", "set", "plug", "netns", str(holder.pid))
    for words in ("addr add {0}.{1}/24 dev plug", "link set plug up", "link set lo up"):
        subprocess.run([*made.command, "ip", *words.format(NETWORK, 1 + number).split()], check=True)
    return made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _listening(holder: int, port: int) -> socket.socket:
    """A socket on another machine's loopback. A socket stays where it was made; only this thread goes there."""
    libc = ctypes.CDLL(None, use_errno=True)
    networks = Path(f"/proc/{holder}/ns/net"), Path("/proc/thread-self/ns/net")
    with networks[0].open("rb") as there, networks[1].open("rb") as here:
        _enter(libc, there.fileno())
        try:
            return socket.create_server((LOOPBACK, port), backlog=1024)
        finally:
            _enter(libc, here.fileno())


def _enter(libc: ctypes.CDLL, network: int) -> None:
    if libc.setns(network, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _carrier(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            theirs, ours = await asyncio.open_connection(LOOPBACK, port)
            ways = [asyncio.create_task(_pipe(reader, ours)), asyncio.create_task(_pipe(theirs, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            ours.close()
        writer.close()

    return carry


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
