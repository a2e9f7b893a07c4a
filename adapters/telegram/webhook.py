"""The way in by webhook: a route for the web listener, which answers only when the update is recorded."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Collection
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import TelegramError

from adapters.telegram.arrivals import Arrivals
from adapters.telegram.faults import readable, translated
from adapters.telegram.line import Line
from adapters.telegram.settings import ALLOWED_UPDATES
from core.errors import StoreError
from core.ports import Notes, Receive

log = structlog.get_logger(__name__)

PATH: Final = "/telegram/updates"
HEADER: Final = "x-telegram-bot-api-secret-token"
BODY_BYTES: Final = 1_000_000
ANSWERED_WITHIN: Final = 1.8  # seconds; what takes longer comes again
BODY_WITHIN: Final = 10.0
CONNECTIONS: Final = 40
SET: Final = "webhook"
SET_KEPT: Final = 30 * 24 * 3600.0


class WebhookSecretMissing(ValueError):
    """Without a secret anybody could speak in other people's names."""


class TelegramWebhook:
    """Where Telegram brings updates. `commands` are the names of the command table. Raises `WebhookSecretMissing`."""

    def __init__(
        self, line: Line, notes: Notes, commands: Collection[str], *, answered_within: float = ANSWERED_WITHIN
    ) -> None:
        if not line.settings.webhook_secret:
            raise WebhookSecretMissing("a webhook needs a secret")
        self._line = line
        self._notes = notes
        self._commands = commands
        self._within = answered_within
        self._secret = line.settings.webhook_secret.encode()

    @property
    def url(self) -> str:
        """Where it is found from outside."""
        return f"{self._line.settings.public_url.rstrip('/')}{PATH}"

    def route(self, receive: Receive) -> Route:
        """The route to mount. Other methods are 405 by themselves."""
        arrivals = Arrivals(self._line, self._notes, self._commands, receive)

        async def take(request: Request) -> Response:
            return Response(status_code=await self._take(request, arrivals))

        return Route(PATH, take, methods=["POST"])

    async def register(self) -> None:
        """Tell Telegram where we are, unless it knows; what waits there is not dropped. Raises `OutboundError`."""
        with translated(), readable():
            await self._line.me()  # the first update shall not wait for it
            info = await self._line.bot.get_webhook_info()
            if info.url == self.url and await self._noted() == self._mark():
                return
            await self._line.bot.set_webhook(
                self.url,
                secret_token=self._secret.decode(),
                allowed_updates=ALLOWED_UPDATES,
                max_connections=CONNECTIONS,
                drop_pending_updates=False,
            )
        try:
            await self._notes.put("bot", SET, self._mark(), seconds=SET_KEPT)
        except StoreError as error:
            log.warning("webhook_not_noted", error=type(error).__name__)

    async def _noted(self) -> bytes | None:
        try:
            return await self._notes.get("bot", SET)
        except StoreError:
            return None

    def _mark(self) -> bytes:
        """The secret cannot be asked back: a change of it shows in this."""
        told = json.dumps([self.url, ALLOWED_UPDATES, CONNECTIONS]).encode()
        return hmac.digest(self._secret, told, hashlib.sha256).hex().encode()

    async def _take(self, request: Request, arrivals: Arrivals) -> int:
        """Record one update; returns the status to answer with."""
        given = request.headers.get(HEADER, "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._secret):
            return 403
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await _body(request)
        except (ClientDisconnect, TimeoutError):
            return 400
        if body is None:
            return 413
        try:
            async with asyncio.timeout(self._within):
                await arrivals.take(_parsed(body))
        except (StoreError, TelegramError, TimeoutError) as error:
            log.warning("update_not_recorded", error=type(error).__name__)
            return 503
        return 200


async def _body(request: Request) -> bytes | None:
    """The body; None for one that is too large, read no further."""
    whole = bytearray()
    async for chunk in request.stream():
        whole += chunk
        if len(whole) > BODY_BYTES:
            return None
    return bytes(whole)


def _parsed(body: bytes) -> object:
    """What the body says; None where it says nothing: it is put aside then, since it would come again unchanged."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
