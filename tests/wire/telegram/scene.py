"""A server with one person, a bot on the real SDK and files to send, for the tests of the server itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import telegram

from tests.core.media.album import quadrants, saved
from tests.core.media.reel import clip
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi, bot_api


@dataclass(frozen=True, slots=True)
class Scene:
    """`bot` speaks through the SDK, `http` says whatever one likes."""

    server: BotApi
    bot: telegram.Bot
    alice: Person
    http: httpx.AsyncClient

    async def form(self, method: str, files: dict[str, Any] | None = None, **values: Any) -> httpx.Response:
        """A call as a form."""
        return await self.http.post(f"/bot{self.server.token}/{method}", data=values, files=files)

    async def json(self, method: str, **values: Any) -> httpx.Response:
        """A call as JSON."""
        return await self.http.post(f"/bot{self.server.token}/{method}", json=values)

    async def next(self) -> list[telegram.Update]:
        """The updates that wait, confirmed."""
        waiting = list(await self.bot.get_updates())
        if waiting:
            await self.bot.get_updates(offset=waiting[-1].update_id + 1)
        return waiting


@asynccontextmanager
async def scene(**told: Any) -> AsyncIterator[Scene]:
    """A scene for the time of the block."""
    async with bot_api(**told) as server, httpx.AsyncClient(base_url=server.url, timeout=20) as http:
        bot = telegram.Bot(server.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")
        async with bot:
            yield Scene(server, bot, server.person("Alice"), http)


def jpeg(width: int = 400, height: int = 300) -> bytes:
    """A picture."""
    return saved(quadrants(width, height), "JPEG")


@cache
def film(*, seconds: float = 2.0, fast: bool = True, codec: str = "libx264") -> bytes:
    """A video, 320×180."""
    with TemporaryDirectory() as folder:
        return clip(Path(folder) / "film.mp4", seconds=seconds, fast=fast, codec=codec).read_bytes()
