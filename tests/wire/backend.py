"""A backend on a loopback socket: answers byte for byte as scripted, and takes down what a strict one refuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

LAST_CHUNK = b"0\r\n\r\n"
_KEPT = 1024 * 1024
_ATTRIBUTION = ("x-skill-source", "x-skill-version", "x-skill-platform")


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came. `body` is kept up to a mebibyte; `size` and `digest` (SHA-256) are of all of it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    size: int
    digest: str

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Ending(Enum):
    """What becomes of the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(slots=True)
class Wire:
    """The backend's end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def end(self, ending: Ending) -> None:
        if ending is Ending.HANG:
            await self.reader.read()  # until the client leaves
        if ending is Ending.RESET:
            no_lingering = struct.pack("ii", 1, 0)
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
            self.writer.transport.abort()


Script = Callable[[Heard, Wire], Awaitable[Ending]]


def says(*pieces: bytes, ending: Ending = Ending.KEEP) -> Script:
    """Sends these bytes."""

    async def script(_: Heard, wire: Wire) -> Ending:
        await wire.send(*pieces)
        return ending

    return script


def answer(status: int, body: bytes = b"", mime: str = "", **headers: str) -> bytes:
    """A whole answer. Underscores in the names of `headers` become hyphens."""
    typed = {"content-type": mime} if mime else {}
    named = typed | {name.replace("_", "-"): value for name, value in headers.items()} | {"content-length": len(body)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode() + body


def json_answer(value: Any, status: int = 200, **headers: str) -> bytes:
    return answer(status, json.dumps(value).encode(), "application/json", **headers)


def html_answer(status: int = 200) -> bytes:
    return answer(status, b"<!doctype html><title>Gateway</title><p>Have a nice day", "text/html; charset=utf-8")


def stream_head(*, chunked: bool = True, mime: str = "text/event-stream") -> bytes:
    framing = "transfer-encoding: chunked" if chunked else "connection: close"
    return f"HTTP/1.1 200 OK\r\ncontent-type: {mime}\r\n{framing}\r\n\r\n".encode()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(value: Any) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def streams(*pieces: bytes, ending: Ending = Ending.KEEP) -> Script:
    """A whole event stream, each piece in a chunk of its own."""
    last = [LAST_CHUNK] if ending is Ending.KEEP else []
    return says(stream_head(), *map(chunk, pieces), *last, ending=ending)


@dataclass(slots=True)
class Backend:
    """`on("POST /run_sse", script, …)`: the scripts are used in turn, the last one for all that follow."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    _scripts: dict[str, list[Script]] = field(default_factory=lambda: defaultdict(list))

    def on(self, line: str, *scripts: Script | bytes) -> None:
        self._scripts[line] = [says(script) if isinstance(script, bytes) else script for script in scripts]

    def count(self, line: str) -> int:
        return sum(heard.line == line for heard in self.heard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer)
        try:
            while (heard := await _request(reader)) is not None:
                self._note(heard)
                ending = await self._script(heard)(heard, wire)
                await wire.end(ending)
                if ending is not Ending.KEEP:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.left.set()
            writer.close()

    def _script(self, heard: Heard) -> Script:
        scripts = self._scripts.get(heard.line)
        if not scripts:
            return says(json_answer({"detail": "Not Found"}, 404))
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    def _note(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.wrong += [f"{heard.line}: {fault}" for fault in _faults(heard)]


@asynccontextmanager
async def backend(certificate: ssl.SSLContext | None = None) -> AsyncIterator[Backend]:
    """A backend for the time of the block; with a certificate it speaks TLS. Leaving it fails if any request was one
    that a strict backend refuses."""
    scripted = Backend()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await scripted.serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the block is left while somebody still waits
        finally:
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
        for connection in list(connections):
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
    assert scripted.wrong == []


async def _request(reader: asyncio.StreamReader) -> Heard | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.decode("ascii").split("\r\n")[:-2]
    method, target, version = request_line.split(" ")
    assert version == "HTTP/1.1"
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs), "a header came twice"
    kept, size, digest = bytearray(), 0, hashlib.sha256()
    async for piece in _body(reader, headers):
        kept += piece if size < _KEPT else b""
        size += len(piece)
        digest.update(piece)
    return Heard(method, target, headers, bytes(kept), size, digest.hexdigest())


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield await reader.readexactly(size)
            assert await reader.readexactly(2) == b"\r\n"
        assert await reader.readexactly(2) == b"\r\n"
        return
    left = int(headers.get("content-length", 0))
    while left:
        piece = await reader.read(min(left, 65536))
        if not piece:
            raise ConnectionResetError
        left -= len(piece)
        yield piece


def _faults(heard: Heard) -> Iterable[str]:
    """What a strict backend, or a careful person, would not let pass."""
    headers = heard.headers
    bearer = headers.get("authorization", "")
    if "nmv_" in heard.target or "clm_" in heard.target:
        yield "a secret in the URL"
    if "cookie" in headers:
        yield "a cookie"
    if not heard.target.startswith(("/api/", "/run_sse")):
        yield from (f"{name} sent to a host that is not the backend" for name in _private(headers))
        return
    if heard.target == "/api/auth/anonymous-token":
        if bearer or "x-client-id" not in headers:
            yield "the token call needs a client id and no token"
        return
    if "x-client-id" in headers:
        yield "the client id belongs to the token call only"
    if not bearer.startswith("Bearer nmv_"):
        yield "no bearer token"
    yield from (f"no {name}" for name in _ATTRIBUTION if not headers.get(name))
    yield from _body_faults(heard)


def _private(headers: dict[str, str]) -> Iterable[str]:
    return [name for name in ("authorization", "x-client-id", *_ATTRIBUTION) if name in headers]


def _body_faults(heard: Heard) -> Iterable[str]:
    mime = heard.headers.get("content-type", "")
    if heard.method == "GET" and (heard.size or mime):
        yield "a GET with a body"
    if heard.size and not (mime == "application/json" or mime.startswith("multipart/form-data; boundary=")):
        yield f"a body of type {mime!r}"
    if heard.target == "/run_sse":
        if heard.headers.get("accept") != "text/event-stream":
            yield "no wish for an event stream"
        if set(heard.json) != {"app_name", "user_id", "session_id", "new_message"}:
            yield "not the body of a message"
