"""discord.py's HTTP client, pointed at `DiscordSettings.api_url`: every route goes there, and so does the gateway."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import aiohttp
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from adapters.discord.settings import DiscordSettings

EPHEMERAL: Final = 1 << 6  # the flag of a message that only one person sees
CHATTY: Final = ("discord.http", "discord.gateway", "discord.client", "discord.webhook.async_", "discord.state")


def quieten() -> None:
    """At DEBUG discord.py logs whatever it sends and gets, tokens of interactions and people's words among it."""
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))


class PointedHTTP(HTTPClient):
    """`HTTPClient` for one address. Nothing of discord.py is changed for others: a route is re-addressed when it is
    requested, and a gateway's address when it is dialled, wherever discord.py took it from. A longer order to wait than
    `patience` (in seconds) is raised as `discord.RateLimited`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: DiscordSettings, patience: float) -> None:
        super().__init__(loop)
        self.max_ratelimit_timeout = patience  # the constructor takes no less than 30 s
        self._base = settings.api_url.rstrip("/")
        self._elsewhere = settings.elsewhere
        self.starts: dict[str, int] = {}
        """How many new sessions Discord still allows, as told with the gateway's address."""
        self.pause_of_all = 0.0
        """The last order to wait that concerned everything we do, as `loop.time()` of its end."""
        self.http_trace = aiohttp.TraceConfig()
        self.http_trace.on_request_end.append(self._look)

    async def request(self, route: Route, **kwargs: Any) -> Any:
        """The same, at our address."""
        route.url = self._base + route.url.removeprefix(Route.BASE)
        return await super().request(route, **kwargs)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Dial the gateway that `/gateway/bot` names now. A session is resumed where Discord said, if it was Discord
        that said so."""
        dialled = yarl.URL(url)
        if self._elsewhere or dialled.host == DiscordWebSocket.DEFAULT_GATEWAY.host:
            _, address, starts = await self.get_bot_gateway()
            self.starts = {name: int(value) for name, value in starts.items() if isinstance(value, int)}
            dialled = yarl.URL(address).update_query(dialled.query)
        return await super().ws_connect(str(dialled), compress=compress)

    async def _look(self, session: object, context: object, params: aiohttp.TraceRequestEndParams) -> None:
        """discord.py tells of an order to wait, but not whether it is for one channel or for all."""
        del session, context
        headers = params.response.headers
        if params.response.status == 429 and "X-RateLimit-Global" in headers:
            seconds = float(headers.get("Retry-After", "1"))
            self.pause_of_all = asyncio.get_running_loop().time() + seconds


def mentions(*users: int, replied: bool = False) -> dict[str, Any]:
    """Who is notified by a message: these people (and whom it replies to) and nobody else, whatever its text says."""
    return {"parse": [], "replied_user": replied, "users": [str(user) for user in users]}
