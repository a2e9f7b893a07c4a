"""A relay on a unix socket, which can be cut, frozen, or made to lose replies while the server behind it stays well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

from tests.wire.valkey import Valkey


class Relay:
    """What stands between one client and the store. `url` is the address of this side."""

    def __init__(self, server: Valkey, path: Path) -> None:
        self._server = server
        self._path = path
        self._open: set[asyncio.StreamWriter] = set()
        self._cut = False
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._losses = 0
        self.url = f"unix://{path}"

    def cut(self) -> None:
        """Every connection is closed, every new one too."""
        self._cut = True
        for writer in self._open:
            writer.close()

    def mend(self) -> None:
        self._cut = False

    def freeze(self) -> None:
        """Connections stay open and nothing comes through."""
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def lose_reply(self, count: int = 1) -> None:
        """The next command is carried out, but instead of its reply the connection is closed."""
        self._losses += count

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            if not self._cut:
                theirs, ours = await asyncio.open_unix_connection(self._server.socket)
                self._open.add(ours)
                await asyncio.wait(
                    [
                        asyncio.create_task(self._requests(reader, ours)),
                        asyncio.create_task(self._replies(theirs, writer)),
                    ],
                    return_when=asyncio.FIRST_COMPLETED,
                )
                ours.close()
        writer.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._thawed.wait()
                writer.write(data)
                await writer.drain()

    async def _replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._thawed.wait()
                if self._losses:
                    self._losses -= 1
                    return
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def relay(server: Valkey) -> AsyncIterator[Relay]:
    """A relay in front of `server`, in the server's folder."""
    between = Relay(server, server.folder / f"relay-{uuid4().hex[:8]}.sock")
    listening = await asyncio.start_unix_server(between.serve, between._path)
    try:
        yield between
    finally:
        listening.close()
        between.thaw()
        between.cut()
