"""The line to the Bot API: the SDK's client with waiting times of our own, and no secret in what it prints or logs."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import httpx
import structlog
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from adapters.telegram.faults import EntityTooLarge, Flooded, ServerFailed, readable
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.speech import Me

log = structlog.get_logger(__name__)

SLACK: Final = 10.0  # seconds beyond a long poll before its silence is a broken line
ANSWER: Final = 20.0  # seconds for an answer to a short call
CONNECT: Final = 10.0
UPLOAD_STALL: Final = 120.0  # seconds without progress, up or down, until an upload is given up
CONNECTIONS: Final = 128
DOWNLOADS: Final = 64
MOVE_FILES: Final = ("/sendVideo", "/sendAnimation", "/sendDocument", "/sendPhoto", "/editMessageMedia")
DEFAULT_PAUSE: Final = 5.0  # for a 429 that does not say how long


class Wire(HTTPXRequest):
    """HTTP as the SDK wants it, plus the facts that it would lose: a 413, a 5xx, a 429 whatever its shape."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request. Raises `EntityTooLarge`, `ServerFailed`, `Flooded`, and the SDK's own errors.

        A server that has got a file, or fetches one, takes its time before it answers: an answer that is given up too
        soon makes a second copy of a video."""
        if read_timeout is BaseRequest.DEFAULT_NONE and url.endswith(MOVE_FILES):
            read_timeout = UPLOAD_STALL
        code, payload = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        if code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise EntityTooLarge(f"HTTP {code}")
        if code == httpx.codes.TOO_MANY_REQUESTS:
            raise Flooded(_pause_in(payload))
        if code >= httpx.codes.INTERNAL_SERVER_ERROR or code in range(300, 400):
            raise ServerFailed(f"HTTP {code}")
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the SDK's own, but what cannot be read is not put into the log, and what is no object is an error."""
        try:
            whole = json.loads(payload)
        except ValueError:
            whole = None
        if not isinstance(whole, dict) or ("result" not in whole and whole.get("ok") is not False):
            raise TelegramError("Invalid server response")
        return whole


def _pause_in(payload: bytes) -> float:
    try:
        return max(float(json.loads(payload)["parameters"]["retry_after"]), 1.0)
    except (ValueError, KeyError, TypeError):
        return DEFAULT_PAUSE


class ApiBot(Bot):
    """The SDK's bot, with raw updates and files, and without its token in what it prints."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}[…]"

    async def raw_updates(self, offset: int, seconds: int, allowed: tuple[str, ...]) -> list[object]:
        """Updates from `offset` on (which confirms those before it), as they came: one that the SDK cannot parse must
        not stand in the way of the others. Waits up to `seconds` for one."""
        wishes = {"offset": offset, "timeout": seconds, "limit": 100, "allowed_updates": list(allowed)}
        async with asyncio.timeout(seconds + 2 * SLACK):
            answer = await self._post("getUpdates", wishes, read_timeout=seconds + SLACK)
        if not isinstance(answer, list):
            raise TelegramError("Invalid server response")
        return answer

    async def file_path(self, file_id: str) -> tuple[str, int | None]:
        """Where a file lies on the server (never a URL), and its size where that is told."""
        answer = await self._post("getFile", {"file_id": file_id})
        path = answer.get("file_path") if isinstance(answer, dict) else None
        if not isinstance(path, str) or not path:
            raise TelegramError("Invalid server response")
        size = answer.get("file_size")
        return path, size if isinstance(size, int) else None


class Line:
    """What listener, sender, profile and doctor of one process share. `bot` speaks, `files` fetches."""

    def __init__(self, settings: TelegramSettings, bot: ApiBot, files: httpx.AsyncClient) -> None:
        self.settings = settings
        self.bot = bot
        self.files = files
        self._me: Me | None = None
        self._asking = asyncio.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings!r})"

    async def me(self) -> Me:
        """Who the bot is, asked once. Raises `TelegramError`."""
        async with self._asking:
            if self._me is None:
                with readable():
                    user = await self.bot.get_me()
                self._me = Me(user.id, user.username or "")
            return self._me

    def file_url(self, path: str) -> str:
        """Where a file is fetched. It holds the token: for `files` only, never for a log or an error."""
        return f"{self.settings.root}/file/bot{self.settings.token}/{path.lstrip('/')}"


@asynccontextmanager
async def open_line(settings: TelegramSettings, trusted: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """The line, closed at the end. Nothing is sent before it is used, so nothing can go wrong here. `trusted` tells
    whose certificates are believed, by default those that httpx brings."""
    logging.getLogger("telegram").setLevel(logging.WARNING)  # at DEBUG the SDK logs its address, token included
    trusted = trusted or httpx.create_ssl_context()  # takes a while to make: one for all
    calls = Wire(
        connection_pool_size=CONNECTIONS,
        read_timeout=ANSWER,
        write_timeout=ANSWER,
        connect_timeout=CONNECT,
        pool_timeout=CONNECT,
        media_write_timeout=UPLOAD_STALL,
        httpx_kwargs={"verify": trusted},
    )
    polls = Wire(connection_pool_size=4, connect_timeout=CONNECT, httpx_kwargs={"verify": trusted})
    bot = ApiBot(
        settings.token,
        base_url=f"{settings.root}/bot",
        base_file_url=f"{settings.root}/file/bot",
        request=calls,
        get_updates_request=polls,
        local_mode=settings.local_mode,
    )
    files = httpx.AsyncClient(verify=trusted, timeout=ANSWER, limits=httpx.Limits(max_connections=DOWNLOADS))
    try:
        yield Line(settings, bot, files)
    finally:
        await cast(Wire, bot.request).shutdown()
        await polls.shutdown()
        await files.aclose()
