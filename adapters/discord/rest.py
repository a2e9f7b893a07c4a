"""Discord's REST as the rest of this folder uses it: one call, one JSON answer, and every failure a fact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from json import dumps
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from adapters.discord.faults import AWAY_SECONDS, CircuitBreaker, fact_of, facts, seconds_in
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import PointedHTTP, quieten
from core.errors import OutboundError, OutcomeUnknown, SlowDown
from core.ports import Pace

ALL: Final = "discord"
ALL_RATE: Final = 45.0  # Discord allows 50 a second to a bot
CHANNEL_RATE, CHANNEL_BURST = 2.0, 5.0
NONE_ALONE: Final = 0.001  # no order to wait is sat out by one process alone: the others must hear of it first
SLOWEST_UPLOAD: Final = 100_000.0  # bytes a second
TRIES: Final = 3
AGENT: Final = "DiscordBot (https://github.com, 1)"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send: where its bytes are, what it is called, and the same in words."""

    source: Path | bytes
    name: str
    mime: str
    alt: str = ""

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def opened(self) -> discord.File:
        """The file for one request, read from the disk while it is sent."""
        source = BytesIO(self.source) if isinstance(self.source, bytes) else self.source
        return discord.File(source, self.name)


class Rest:
    """Calls of the API. It logs in with the first call that needs it, so that Discord may be away when we start.

    Every method raises `OutboundError` and its children only. `plain` is a session that knows no token, for links and
    for interactions. Made by `open_rest`.
    """

    def __init__(self, settings: DiscordSettings, pace: Pace, plain: aiohttp.ClientSession) -> None:
        self.plain = plain
        self._settings = settings
        self._pace = pace
        self._breaker = CircuitBreaker()
        self._entering = asyncio.Lock()
        self._http: PointedHTTP | None = None
        self._me = 0

    async def close(self) -> None:
        """Let go of the connections as a bot."""
        if self._http is not None:
            await self._http.close()

    async def me(self) -> int:
        """Who we are."""
        with facts():
            await self._entered()
        return self._me

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        files: Sequence[Upload] = (),
        query: Mapping[str, str] | None = None,
        wants: str = "",
        paced: bool = True,
        holds: bool = True,
        **ids: int,
    ) -> Any:
        """Ask as the bot, within the rate limits of all processes. discord.py asks again after 5xx, so this is only for
        what may be said twice (reading, editing, and posting with a nonce). `wants` is the permission it takes;
        `holds` says that an order to wait concerns the whole channel."""
        what = _named(method, path.format(**ids), json, files)
        left = self._settings.times.patience
        while True:
            self._breaker.check(what)
            try:
                with facts(wants=wants):
                    if paced:
                        await self._wait_turn(ids.get("channel_id"))
                    http = await self._entered()
                    async with asyncio.timeout(self._deadline(files)):
                        return await self._request(http, Route(method, path, metadata=None, **ids), json, files, query)
            except OutboundError as error:
                self._breaker.note(what, _status(error), error)
                if holds and isinstance(error, SlowDown):
                    await self._hold(ids.get("channel_id"), error)
                pause = _ordered(error)
                if not 0 < pause <= left:
                    raise
            left -= pause
            await asyncio.sleep(pause)

    async def once(
        self, method: str, path: str, *, json: object = None, files: Sequence[Upload] = (), harmless: bool = False
    ) -> Any:
        """Ask with an interaction's token in the path. One request of our own: a lost answer is `OutcomeUnknown` unless
        a repeat is `harmless`, which then is tried a few times."""
        for tries in range(1, TRIES + 1):
            try:
                return await self._once(method, path, json, files)
            except OutcomeUnknown:
                if not harmless or tries == TRIES:
                    raise
                await asyncio.sleep(0.3 * tries)
        raise AssertionError("unreachable")

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _entered(self) -> PointedHTTP:
        if self._http is not None:
            return self._http
        async with self._entering:
            if self._http is None:
                self._breaker.check("login")
                self._http = await self._login()
        return self._http

    async def _login(self) -> PointedHTTP:
        http = PointedHTTP(asyncio.get_running_loop(), self._settings, NONE_ALONE)
        try:
            async with asyncio.timeout(self._settings.times.call):
                user = await http.static_login(self._settings.token)
        except BaseException as error:
            await http.close()
            if isinstance(error, discord.LoginFailure):
                self._breaker.note("login", 401, fact_of(401, 0))
            if isinstance(error, discord.RateLimited):
                await self._pace.hold(ALL, error.retry_after)
            raise
        self._me = int(user["id"])
        return http

    async def _request(
        self, http: PointedHTTP, route: Route, json: object, files: Sequence[Upload], query: Mapping[str, str] | None
    ) -> Any:
        options: dict[str, Any] = {"params": query} if query else {}
        if not files:
            return await http.request(route, **options, **({} if json is None else {"json": json}))
        opened = [one.opened() for one in files]
        try:
            timeout = aiohttp.ClientTimeout(total=None, sock_read=self._deadline(files))
            form = list(_fields(json, files, opened))
            return await http.request(route, form=form, files=opened, timeout=timeout, **options)
        finally:
            for one in opened:
                one.close()

    async def _once(self, method: str, path: str, json: object, files: Sequence[Upload]) -> Any:
        opened = [one.opened() for one in files]
        url = self._settings.api_url.rstrip("/") + path
        try:
            with facts():
                async with asyncio.timeout(self._deadline(files)):
                    body: dict[str, Any] = {"data": _form(json, files, opened)} if files else {"json": json}
                    async with self.plain.request(method, url, allow_redirects=False, **body) as answer:
                        return await _read(answer)
        finally:
            for one in opened:
                one.close()

    def _deadline(self, files: Sequence[Upload]) -> float:
        return self._settings.times.call + sum(one.size for one in files) / SLOWEST_UPLOAD

    async def _wait_turn(self, channel: int | None) -> None:
        """Raises `SlowDown` where it would take longer than our patience."""
        budgets = [(ALL, ALL_RATE, ALL_RATE)]
        if channel is not None:
            budgets.insert(0, (f"{ALL}:{channel}", CHANNEL_RATE, CHANNEL_BURST))
        for name, rate, burst in budgets:
            await self._take(name, rate, burst)

    async def _take(self, budget: str, rate: float, burst: float) -> None:
        left = self._settings.times.patience
        while wait := await self._pace.take(budget, rate=rate, burst=burst):
            if wait > left:
                raise SlowDown(wait)
            left -= wait
            await asyncio.sleep(wait)

    async def _hold(self, channel: int | None, order: SlowDown) -> None:
        """Tell all processes of a pause that Discord has ordered, for a channel or for all we do."""
        if not isinstance(order.__cause__, discord.RateLimited | discord.HTTPException):
            return
        for_all = self._http is not None and self._http.pause_of_all > asyncio.get_running_loop().time()
        budget = ALL if for_all else f"{ALL}:{channel}"
        if for_all or channel is not None:
            with facts():
                await self._pace.hold(budget, order.retry_after)


def _named(method: str, path: str, json: object, files: Sequence[Upload]) -> str:
    """What is asked for, as far as another permission would be needed for another thing."""
    reply = " reply" if isinstance(json, dict) and "message_reference" in json else ""
    return f"{method} {path}{' files' if files else ''}{reply}"


def _ordered(error: OutboundError) -> float:
    """The pause that Discord ordered instead of doing anything; 0 where it did not."""
    ordered = isinstance(error, SlowDown) and isinstance(error.__cause__, discord.RateLimited)
    return error.retry_after if isinstance(error, SlowDown) and ordered else 0.0


def _status(error: OutboundError) -> int:
    cause = error.__cause__
    return cause.status if isinstance(cause, discord.HTTPException) else 0


def _fields(json: object, files: Sequence[Upload], opened: Sequence[discord.File]) -> list[dict[str, Any]]:
    """The parts of a request with files, as discord.py takes them."""
    parts: list[dict[str, Any]] = [{"name": "payload_json", "value": dumps(json), "content_type": "application/json"}]
    for number, (file, ready) in enumerate(zip(files, opened, strict=True)):
        parts.append({"name": f"files[{number}]", "value": ready.fp, "filename": file.name, "content_type": file.mime})
    return parts


def _form(json: object, files: Sequence[Upload], opened: Sequence[discord.File]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for part in _fields(json, files, opened):
        form.add_field(**part)
    return form


async def _read(answer: aiohttp.ClientResponse) -> Any:
    """The JSON of an answer, None of an empty one. Raises the fact that a refusal is."""
    text = await answer.text()
    try:
        body = await answer.json(content_type=None) if text else None
    except ValueError:
        body = None
    if answer.status < 300:
        return body
    told = body if isinstance(body, dict) else {}
    wait = float(told.get("retry_after") or seconds_in(answer.headers) or AWAY_SECONDS)
    raise fact_of(answer.status, int(told.get("code") or 0), retry_after=wait, token=True)


@asynccontextmanager
async def open_rest(settings: DiscordSettings, pace: Pace) -> AsyncIterator[Rest]:
    """A `Rest` for as long as the block lasts."""
    quieten()
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=settings.times.call)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # the hundred and first interaction cannot wait for those before it
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": AGENT},
    ) as plain:
        rest = Rest(settings, pace, plain)
        try:
            yield rest
        finally:
            await rest.close()
