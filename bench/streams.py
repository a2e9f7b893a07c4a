"""How much an open turn costs: memory per stream, and the share of a core while heartbeats are all that comes.

``python -m bench.streams [streams] [seconds]``: the backend runs in a process of its own and beats every 10 seconds.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from core.nemo.attribution import Attribution
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential

BEAT_SECONDS = 10.0
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
BEAT = b"d\r\n: keep-alive\n\r\n"
CREDENTIAL = Credential("nmv_usr_bench", Attribution("image-video", "1"))


def serve(report: Connection) -> None:
    """The backend: it answers every request with heartbeats, spread evenly over the time between two."""
    allow_many_files()
    asyncio.run(beat(report))


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


async def measure(port: int, streams: int, seconds: float) -> dict[str, float]:
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
        await asyncio.sleep(seconds)
        share = (time.process_time() - began) / (time.monotonic() - wall)
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
    return {
        "streams": streams,
        "kilobytes_per_stream": round(used / streams / 1000, 1),
        "megabytes_in_all": round(used / 1e6, 1),
        "percent_of_a_core": round(100 * share, 2),
        "opening_cpu_ms_per_stream": round(1000 * opening / streams, 2),
    }


async def open_one(client: NemoClient) -> None:
    """So that what is loaded once does not count."""
    async with client.send(CREDENTIAL, "s", "make a video") as events:
        await anext(events)


def main() -> None:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    allow_many_files()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        print(json.dumps(asyncio.run(measure(here.recv(), streams, seconds))))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
