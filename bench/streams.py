"""What open streams of the agent cost: memory, CPU, and how long the event loop keeps others waiting:
`python -m bench.streams`.

The backend runs in a process of its own and beats every 10 seconds. This one is what a worker is to it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from bench.figures import Figure, machine, options, percentile, report
from bench.lag import lags_for
from bench.product import run
from core.nemo.attribution import Attribution
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential

MEMORY, LAG = 120.0, 50.0  # kB, ms
BEAT_SECONDS = 10.0
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
BEAT = b"d\r\n: keep-alive\n\r\n"
CREDENTIAL = Credential("nmv_usr_bench", Attribution("image-video", "1"))


def serve(report: Connection) -> None:
    """The backend: it answers every request with heartbeats, spread evenly over the time between two."""
    allow_many_files()
    run(beat(report))


async def beat(report: Connection) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        while not writer.is_closing():
            writer.write(BEAT)
            await asyncio.sleep(BEAT_SECONDS)

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    report.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def resident() -> int:
    """Bytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def listen(client: NemoClient, opened: asyncio.Semaphore) -> None:
    async with client.send(CREDENTIAL, "s", "make a video") as events:
        await anext(events)
        opened.release()
        async for _ in events:
            pass


async def measure(port: int, streams: int, seconds: float) -> list[Figure]:
    """All figures."""
    settings = NemoSettings(api_url=f"http://127.0.0.1:{port}")
    opened = asyncio.Semaphore(0)
    async with open_client(settings) as client:
        await open_one(client)
        idle = resident()
        began = time.process_time()
        turns = [asyncio.create_task(listen(client, opened)) for _ in range(streams)]
        for _ in turns:
            await opened.acquire()
        opening = time.process_time() - began
        used, began, wall = resident() - idle, time.process_time(), time.monotonic()
        lags = await lags_for(seconds)
        share = (time.process_time() - began) / (time.monotonic() - wall)
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
    return [
        Figure(f"memory of each of {streams} open streams", used / streams / 1000, "kB", MEMORY),
        Figure("CPU while heartbeats are all that comes", 100 * share, "% of a core"),
        Figure("CPU to open one", 1000 * opening / streams, "ms"),
        Figure("lag of the event loop, 99 % within", 1000 * percentile([lag.wall for lag in lags], 0.99), "ms", LAG),
        Figure("  … by the process's own work", 1000 * percentile([lag.own for lag in lags], 0.99), "ms", LAG),
        Figure("  … the longest by its own work", 1000 * max(lag.own for lag in lags), "ms"),
    ]


async def open_one(client: NemoClient) -> None:
    """So that what is loaded once does not count."""
    async with client.send(CREDENTIAL, "s", "make a video") as events:
        await anext(events)


def main() -> int:
    """Measure and print."""
    parser = options("streams", __doc__)
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=30.0)
    chosen = parser.parse_args()
    print(machine())
    allow_many_files()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        figures = run(measure(here.recv(), chosen.streams, chosen.seconds))
    finally:
        server.kill()
    return report(figures, check=chosen.check)


if __name__ == "__main__":
    sys.exit(main())
