"""The CPU of a call to the backend and of a turn's stream, beside httpx doing the same: `python -m bench.calls`."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import httpx

from bench.figures import Figure, machine, options, report
from core.nemo.attribution import Attribution
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.stream import TurnDecoder
from core.nemo.values import Credential

PIECES = 12
BALANCE = b'{"code": 0, "data": {"available": 100, "frozen": 0, "total": 100}}'
EVENT = b'data: {"content": {"parts": [{"text": "Some words. "}], "role": "model"}, "partial": true}\n\n'
SOMEBODY = Credential("nmv_usr_bench", Attribution("image-video", "1", "bench"))
HEADERS = {"Authorization": "Bearer nmv_usr_bench", "Accept": "application/json"}

Do = Callable[[], Awaitable[object]]


def main() -> int:
    """Measure and print."""
    parser = options("calls", __doc__)
    parser.add_argument("--calls", type=int, default=2000)
    chosen = parser.parse_args()
    print(machine())
    with answering() as address:
        figures = asyncio.run(measure(address, chosen.calls))
    return report(figures, check=chosen.check)


async def measure(address: str, calls: int) -> list[Figure]:
    """Ours and theirs in turns, so that both meet the same neighbours."""
    async with open_client(NemoSettings(api_url=address)) as ours, httpx.AsyncClient(trust_env=False) as theirs:
        whole = await compared(calls, lambda: ours.credits(SOMEBODY), lambda: _get(theirs, address))
        streams = await compared(calls // 10, lambda: _turn(ours), lambda: _stream(address))
    return [*_figures("a call", *whole, 0.5), *_figures(f"a stream of {PIECES} pieces", *streams, 0.75)]


async def compared(times: int, ours: Do, theirs: Do) -> tuple[float, float]:
    """Milliseconds of CPU that each needs."""
    spent = [0.0, 0.0]
    for _ in range(10):
        for who, do in enumerate((ours, theirs)):
            began = time.process_time()
            for _ in range(times // 10):
                await do()
            spent[who] += time.process_time() - began
    return 1000 * spent[0] / times, 1000 * spent[1] / times


def _figures(what: str, ours: float, theirs: float, goal: float) -> Iterator[Figure]:
    yield Figure(f"CPU of {what}", ours, "ms")
    yield Figure("  with httpx", theirs, "ms")
    yield Figure("  ours / httpx", ours / theirs, "", goal)


async def _get(http: httpx.AsyncClient, address: str) -> object:
    return (await http.get(f"{address}/api/credits/balance/simple", headers=HEADERS)).json()


async def _turn(client: NemoClient) -> object:
    async with client.send(SOMEBODY, "s", "slower") as events:
        return [event async for event in events]


async def _stream(address: str) -> object:
    """As we would with httpx: each stream on a connection of its own."""
    transport = httpx.AsyncHTTPTransport(verify=False, trust_env=False)  # plain HTTP: no time for certificates
    async with (
        httpx.AsyncClient(transport=transport, timeout=60) as http,
        http.stream("POST", f"{address}/run_sse", headers=HEADERS, json={"text": "slower"}) as response,
    ):
        decoder = TurnDecoder(event_bytes=1 << 20, stream_bytes=1 << 26)
        return [event async for chunk in response.aiter_bytes() for event in decoder.feed(chunk)]


@contextmanager
def answering() -> Iterator[str]:
    """A backend in a process of its own that knows a balance and one answer."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_main, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.kill()


def _main(told: Connection) -> None:
    asyncio.run(_serve(told))


async def _serve(told: Connection) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: "
    while request := await _request(reader):
        if request.startswith(b"GET"):
            length = str(len(BALANCE)).encode()
            writer.write(head + b"application/json\r\nContent-Length: " + length + b"\r\n\r\n" + BALANCE)
            continue
        writer.write(head + b"text/event-stream\r\n\r\n")
        for _ in range(PIECES):
            writer.write(EVENT)
            await asyncio.sleep(0.001)
        break
    writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    await reader.readexactly(int(length.partition(b":")[2]))
    return head.upper()


if __name__ == "__main__":
    sys.exit(main())
