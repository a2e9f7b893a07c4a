"""A server with one person and a bot on the real SDK, for the tests of the server itself."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import telegram
from telegram.request import HTTPXRequest

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
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without certificates, which take longer to load than most tests
    async with (
        bot_api(**told) as server,
        httpx.AsyncClient(base_url=server.url, timeout=20, verify=plain) as http,
        sdk(server, plain) as bot,
    ):
        yield Scene(server, bot, server.person("Alice"), http)


def sdk(server: BotApi, plain: ssl.SSLContext) -> telegram.Bot:
    """The real SDK's bot."""
    lines = [HTTPXRequest(size, httpx_kwargs={"verify": plain}) for size in (1, 8)]
    base, files = f"{server.url}/bot", f"{server.url}/file/bot"
    return telegram.Bot(server.token, base, files, request=lines[1], get_updates_request=lines[0])
