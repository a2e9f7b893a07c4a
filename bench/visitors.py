"""People in the web chat, as cheap as can be: what the page posts, and what it would show."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4


class Line:
    """One connection to the web chat, opened anew when the server closed it."""

    def __init__(self, address: str) -> None:
        self.netloc = urlsplit(address).netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, Any], cookie: str = "") -> tuple[int, dict[str, str]]:
        """Status and headers of the answer."""
        data = json.dumps(body).encode()
        more = f"content-type: application/json\r\ncontent-length: {len(data)}\r\norigin: http://{self.netloc}\r\n"
        for _ in range(2):
            reader, writer = await self._open()
            writer.write(self.head("POST", path, cookie, more) + data)
            try:
                return await answer(reader)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
        raise ConnectionError(path)

    async def get(self, path: str, cookie: str) -> asyncio.StreamReader:
        """The body of an answer that has no end."""
        reader, writer = await self._open()
        writer.write(self.head("GET", path, cookie))
        await reader.readuntil(b"\r\n\r\n")
        return reader

    def head(self, method: str, path: str, cookie: str, more: str = "") -> bytes:
        """The head of a request."""
        cookies = f"cookie: photoreel_chat={cookie}\r\n" if cookie else ""
        return f"{method} {path} HTTP/1.1\r\nhost: {self.netloc}\r\n{cookies}{more}\r\n".encode()

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            host, _, port = self.netloc.rpartition(":")
            self._streams = await asyncio.open_connection(host, int(port), limit=2**20)
        return self._streams


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers; the body is read and forgotten."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split()[1]), headers


@dataclass
class Visitor:
    """Somebody in a chat of their own. `seen` is when each of the bot's messages first appeared."""

    line: Line
    cookie: str
    items: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    follower: asyncio.Task[None] | None = None
    patience: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def say(self, text: str) -> None:
        """Post a message."""
        body = {"id": uuid4().hex, "text": text, "files": []}
        status, _ = await self.line.post("/api/messages", body, self.cookie)
        assert status == 202, status

    async def first_answer(self, text: str) -> float:
        """Seconds until the bot's next message is there. Who still waits for the one before begins to count all the
        same: otherwise a slow answer would hide the wait behind it."""
        began = time.perf_counter()
        async with self.patience:
            known = len(self.seen)
            await self.say(text)
            async with self.changed:
                await self.changed.wait_for(lambda: len(self.seen) > known)
        return list(self.seen.values())[known] - began

    async def sees(self, words: str, kind: str = "") -> None:
        """Wait until the words stand in the chat, or a message of that kind."""
        async with self.changed:
            await self.changed.wait_for(lambda: any(words in _text(one, kind) for one in self.items.values()))

    async def count(self, kind: str, least: int) -> None:
        """Wait for that many messages of a kind."""
        async with self.changed:
            await self.changed.wait_for(lambda: sum(one.get("kind") == kind for one in self.items.values()) >= least)

    async def follow(self) -> None:
        """See what the page would show, until cancelled."""
        line = Line(f"http://{self.line.netloc}")
        try:
            reader = await line.get("/api/events", self.cookie)
            while data := await reader.readline():
                if data.startswith(b"data: {"):
                    await self._take(json.loads(data[6:]))
        finally:
            line.close()

    async def _take(self, event: dict[str, Any]) -> None:
        now = time.perf_counter()
        async with self.changed:
            for entry in event.get("items", [event]):
                self.items[entry["item"]] = entry["body"] or {}
                if entry["item"].startswith("b-"):
                    self.seen.setdefault(entry["item"], now)
            self.changed.notify_all()


def _text(item: dict[str, Any], kind: str) -> str:
    return item.get("text", "") if kind in ("", item.get("kind")) else ""


@asynccontextmanager
async def visitors(address: str, count: int, *, watching: bool = True) -> AsyncIterator[list[Visitor]]:
    """Several at once; `watching` their chats, or with the page closed."""
    coming = [await enter(address) for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        for visitor in coming if watching else []:
            visitor.follower = group.create_task(visitor.follow())
        yield coming
        for visitor in coming:
            visitor.line.close()
            if visitor.follower:
                visitor.follower.cancel()


async def enter(address: str) -> Visitor:
    """Open the page for the first time."""
    line = Line(address)
    _, headers = await line.post("/api/chat", {})
    return Visitor(line, headers["set-cookie"].split(";")[0].partition("=")[2])
