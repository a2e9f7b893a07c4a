"""A backend in a process of its own that costs next to nothing: the contract's answers, written down beforehand.

What the agent does is the first word of the message: ``talk`` answers in words, ``edit`` changes the timeline too (so
that a video is made of it), ``wait`` sends heartbeats and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import re
import resource
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

BEAT_SECONDS: Final = 10.0
WORDS: Final = ("I have looked at your photos. ", "The second one is the brightest, ", "so it comes first now. ") * 4
ANSWER_SECONDS: Final = 1.5
FINISHED: Final = "Finished"
_PHOTOS: Final = 5
_STREAM: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Agent:
    """Everything that the backend knows."""

    film: bytes
    edits: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    numbers: Iterator[int] = field(default_factory=itertools.count)
    streams: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
                if target == "/run_sse":
                    await self._stream(json.loads(body), writer)
                    return
                writer.write(self._answer(method, target, body, head))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _stream(self, message: Any, writer: asyncio.StreamWriter) -> None:
        self.streams += 1
        writer.write(_STREAM)
        try:
            async for data in self._events(message["session_id"], message["new_message"]["parts"][0]["text"]):
                if writer.is_closing():
                    return
                writer.write(data)
        finally:
            self.streams -= 1

    async def _events(self, session: str, text: str) -> AsyncIterator[bytes]:
        what, _, number = text.partition(" ")
        while what == "wait":
            yield b": keep-alive\n\n"
            await asyncio.sleep(BEAT_SECONDS)
        yield _event(type="tool_call", name="read_timeline", args={})
        yield _event(type="tool_result", name="read_timeline", result={"tracks": 3})
        for words in WORDS:
            yield _event(type="text", content=words)
            await asyncio.sleep(ANSWER_SECONDS / len(WORDS))
        self.edits[session] += int(what == "edit")
        yield _event(type="text", content=f"{FINISHED} {number}.")

    def _answer(self, method: str, target: str, body: bytes, head: bytes) -> bytes:
        place = target.removeprefix("/api/").split("/")
        match method, place:
            case "GET", ["", "streams"]:
                return _json({"streams": self.streams})
            case "GET", ["", "film.mp4"]:
                return _whole(self.film, "video/mp4")
            case "POST", ["auth", "anonymous-token"]:
                return _data({"token": "nmv_usr_bench", "user_id": "anon_bench", "credits": 1000})
            case "POST", ["auth", "claim-token"]:
                return _data({"claim_token": f"clm_{next(self.numbers)}", "expires_in": 604800})
            case "POST", ["tasks", *_]:
                number = next(self.numbers)
                return _data({"task_id": f"t{number}", "session_id": f"s{number}", "user_id": "anon_bench"})
            case "GET", ["state", _, _, session, _]:
                return _data({"session_id": session, "state": self._state(session)})
            case "GET", ["credits", *_]:
                return _data({"available": 1_000_000, "frozen": 0, "total": 1_000_000})
            case "POST", ["render", "proxy", "lambda"]:
                return _json({"taskId": json.loads(body)["id"], "status": "processing", "progress": 90})
            case "GET", ["render", "proxy", "lambda", render]:
                host = re.search(rb"\r\nhost: *([^\r]+)", head, re.IGNORECASE)
                url = f"http://{host[1].decode() if host else ''}/api//film.mp4"
                return _json({"taskId": render, "status": "completed", "progress": 100, "output": {"url": url}})
            case _:
                return _json({"detail": "Not Found"}, 404)

    def _state(self, session: str) -> dict[str, Any]:
        """A slideshow with music and a title, which says how often it was edited."""
        clips = [
            {"id": f"clip{number}", "d": 3000, "m": {"name": f"photo{number}.jpg", "url": "https://cdn.example/p.jpg"}}
            for number in range(_PHOTOS)
        ]
        tracks = [
            {"tt": 0, "sg": clips},
            {"tt": 1, "sg": [{"id": "music", "d": 15000, "m": {"name": "Lo-fi", "volume": 0.35}}]},
            {"tt": 7, "sg": [{"id": "title", "d": 3000, "m": {"text": f"Lisbon {self.edits[session]}"}}]},
        ]
        return {"draft": {"t": tracks, "d": 15000}, "canvas_config": {"width": 1920, "height": 1080}}


def _event(**data: Any) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _data(value: Any) -> bytes:
    return _json({"code": 0, "data": value})


def _json(value: Any, status: int = 200) -> bytes:
    return _whole(json.dumps(value).encode(), "application/json", status)


def _whole(body: bytes, mime: str, status: int = 200) -> bytes:
    return f"HTTP/1.1 {status} OK\r\ncontent-type: {mime}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def _run(film: bytes, told: Connection) -> None:
    server = await asyncio.start_server(Agent(film).serve, "127.0.0.1", 0, backlog=4096)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _main(film: bytes, told: Connection) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_run(film, told))


@contextmanager
def backend(film: Path | None = None) -> Iterator[str]:
    """The backend's address. Every render of its is that `film`."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_main, args=(film.read_bytes() if film else b"", there), daemon=True)
    process.start()
    there.close()  # so that a process that dies is noticed
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.kill()


def open_streams(address: str) -> int:
    """How many answers the agent is giving now."""
    with urlopen(f"{address}/api//streams") as reply:
        return int(json.load(reply)["streams"])
