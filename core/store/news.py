"""News: one connection per process that hears what is published, for as many listeners as there are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from redis.asyncio.connection import AbstractConnection

from core.errors import StoreAway
from core.store.connection import Connection, translated

HEARTBEAT: Final = 10.0  # seconds of silence after which the connection is tried
RECONNECT: Final = 0.2  # seconds
_WAITING: Final = 64  # messages for one listener


class Listener:
    """Hears one channel. News may get lost on the way; whoever is told nothing (`None`) looks for himself."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | None] = deque()
        self._something = asyncio.Event()

    def tell(self, message: bytes | None) -> None:
        """Hand over a message, or None: something may have been missed. One who is slow misses what is too much."""
        if len(self._waiting) >= _WAITING:
            self._waiting.clear()
            message = None
        self._waiting.append(message)
        self._something.set()

    async def next(self, seconds: float) -> bytes | None:
        """The next message; None where something may have been missed, or when nothing was heard for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._something.wait()
        except TimeoutError:
            return None
        message = self._waiting.popleft()
        if not self._waiting:
            self._something.clear()
        return message


class News:
    """Who listens to what. The connection is made when the first one listens, and again whenever it breaks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._listeners: dict[str, set[Listener]] = {}
        self._heard: set[str] = set()  # channels that the server has confirmed
        self._changed = asyncio.Event()

    @contextmanager
    def listening(self, channel: str) -> Iterator[Listener]:
        """A listener to `channel`. It is told None as soon as nothing that is published from then on gets lost."""
        listener = Listener()
        self._listeners.setdefault(channel, set()).add(listener)
        if channel in self._heard:
            listener.tell(None)
        self._changed.set()
        try:
            yield listener
        finally:
            self._listeners[channel].remove(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._changed.set()

    async def run(self) -> None:
        """Keep the connection, until cancelled."""
        while True:
            await self._changed.wait()
            try:
                async with self._line() as line, asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._hear(line))
                    tasks.create_task(self._tune(line))
            except* StoreAway:
                self._heard.clear()
            await asyncio.sleep(RECONNECT)
            self._changed.set()

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[AbstractConnection]:
        # Not redis-py's PubSub: while the server is away it reconnects and resubscribes within itself without end
        # (8.1, recursion in `on_connect`).
        pool = (await self._connection.hearing(HEARTBEAT)).connection_pool
        with translated():
            line: AbstractConnection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            yield line
        finally:
            await line.disconnect(nowait=True)
            await pool.release(line)

    async def _tune(self, line: AbstractConnection) -> None:
        tuned: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._listeners)
            with translated():
                if new := wanted - tuned:
                    await line.send_command("SUBSCRIBE", *new)
                if old := tuned - wanted:
                    self._heard -= old
                    await line.send_command("UNSUBSCRIBE", *old)
            tuned = wanted
            await self._changed.wait()

    async def _hear(self, line: AbstractConnection) -> None:
        silent = False
        while True:
            with translated():
                message = await line.read_response(timeout=HEARTBEAT)
                if message is None:
                    if silent:
                        raise StoreAway("the news connection is dead")
                    await line.send_command("PING")
            silent = message is None
            if isinstance(message, list):
                self._tell(*message)

    def _tell(self, kind: bytes, channel: bytes, data: bytes | int = b"") -> None:
        """`kind` is also the answer to a ping, or to a farewell."""
        name = channel.decode()
        if kind == b"subscribe":
            self._heard.add(name)
        if kind in (b"subscribe", b"message"):
            for listener in self._listeners.get(name, ()):
                listener.tell(data if isinstance(data, bytes) else None)


@asynccontextmanager
async def open_news(connection: Connection) -> AsyncIterator[News]:
    """News, as long as the block lasts."""
    news = News(connection)
    running = asyncio.create_task(news.run())
    try:
        yield news
    finally:
        running.cancel()
        await asyncio.wait([running])
