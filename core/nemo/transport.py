"""The HTTP shell of the client: connections, headers, whole answers within limits, httpx's errors as ours."""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from core.errors import BackendAway, ProtocolError, TokenExpired
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import Reply
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential

Transports = Callable[[httpx.Limits], httpx.AsyncBaseTransport]
"""Makes a transport of its own for each client: the seam where tests and embedded backends come in."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_LONGEST_WAIT = 24 * 3600.0

AT_ONCE = 32  # calls on their way; each is answered in a moment

# All that happens before a connection stands. After that, any failure may have come after the request was read.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


def network() -> Transports:
    """Transports over real sockets, all with one set of certificates (loading it takes longer than a connection)."""
    certificates = httpx.create_ssl_context(trust_env=False)
    return lambda limits: httpx.AsyncHTTPTransport(
        verify=certificates, trust_env=False, limits=limits, socket_options=_keepalive()
    )


def _keepalive() -> list[tuple[int, int, int]]:
    """Probes on quiet connections: a vanished peer is noticed in two minutes, no router forgets a waiting stream."""
    wanted = (("TCP_KEEPIDLE", 45), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 5))
    probes = [(socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in wanted if hasattr(socket, name)]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *probes]


def new_http(transport: httpx.AsyncBaseTransport, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client that follows no redirect and keeps no cookie: many people's calls go through it."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    http = httpx.AsyncClient(
        transport=transport, timeout=timeout, cookies=no_cookies, follow_redirects=False, trust_env=False
    )
    # No compression: an event must not wait for a block to fill, and a small answer must not unfold to a huge one.
    http.headers.update({"User-Agent": "photoreel", "Accept-Encoding": "identity"})
    return http


@contextmanager
def translated(endpoint: Endpoint) -> Iterator[None]:
    """httpx's errors and timeouts as `BackendAway`. Its messages stay behind: they may quote what was sent."""
    try:
        yield
    except _NEVER_SENT as error:
        raise BackendAway(endpoint, _name(error), sent=False) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise BackendAway(endpoint, _name(error)) from error
    except TimeoutError as error:
        raise BackendAway(endpoint, "no whole answer in time") from error


def _name(error: Exception) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()


def headers_of(endpoint: Endpoint, credential: Credential) -> dict[str, str]:
    """The headers of every call after authentication. Raises `TokenExpired` for what cannot be a token: it is not
    sent, and no library gets to quote it in an error."""
    if not _TOKEN.fullmatch(credential.token):
        raise TokenExpired(endpoint, "not a token")
    return {"Authorization": f"Bearer {credential.token}", **credential.attribution.headers()}


def encoded(body: object) -> bytes:
    """JSON in ASCII: any text that was read can be written again, half a surrogate pair included."""
    return json.dumps(body, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the backend's own host."""

    endpoint: Endpoint
    headers: Mapping[str, str]
    id: str = ""
    content: bytes | AsyncIterator[bytes] | None = None
    token: str = ""


class Caller:
    """Makes calls that have a whole answer. Each once: what to repeat, and when, only whoever calls can know."""

    def __init__(self, http: httpx.AsyncClient, settings: NemoSettings) -> None:
        self._http = http
        self._settings = settings
        self._places = asyncio.Semaphore(min(AT_ONCE, settings.connections))

    async def ask(self, call: Call, *, seconds: float) -> Reply:
        """The answer, whatever it says. Raises `BackendAway`, and `ProtocolError` for one that is too long."""
        if isinstance(call.content, AsyncIterator):  # an upload, which may last: nothing small waits behind it
            return await self._ask(call, seconds)
        await self._stand_in_line(call.endpoint, seconds / 2)
        try:
            return await self._ask(call, seconds)
        finally:
            self._places.release()

    async def _stand_in_line(self, endpoint: Endpoint, seconds: float) -> None:
        """Wait here, not in httpcore's pool: for everybody who waits there it looks at every connection, each time that
        anybody comes or goes (1.0.9; with 1,000 turns at once it did nothing else)."""
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise BackendAway(endpoint, "no connection is free", sent=False) from error

    async def _ask(self, call: Call, seconds: float) -> Reply:
        with translated(call.endpoint):
            async with asyncio.timeout(seconds), self._http.stream(**request_of(call, self._settings)) as response:
                body = await read(response, self._settings.reply_bytes, call.endpoint)
        return reply_of(call, response, body, self._settings)


def address(url: str | httpx.URL) -> httpx.URL:
    """A URL that can be dialled. Raises `httpx.InvalidURL`, also where httpx would let the resolver trip over it."""
    parsed = httpx.URL(url)
    if not 0 < (parsed.port or 443) < 65536:
        raise httpx.InvalidURL("port out of range")
    try:
        parsed.host.encode("idna")
    except UnicodeError as error:
        raise httpx.InvalidURL("not a host name") from error
    return parsed


def request_of(call: Call, settings: NemoSettings) -> dict[str, Any]:
    """The keyword arguments of httpx for a call."""
    url = address(settings.api_url.rstrip("/") + call.endpoint.path(call.id))
    return {"method": call.endpoint.method, "url": url, "headers": call.headers, "content": call.content}


def reply_of(call: Call, response: httpx.Response, body: bytes, settings: NemoSettings) -> Reply:
    """The answer as a value for the decoders."""
    return Reply(
        endpoint=call.endpoint,
        status=response.status_code,
        body=body,
        mime=mime_of(response),
        retry_after=retry_after(response.headers.get("retry-after", ""), settings.rate_limit_seconds),
        token=call.token,
    )


def mime_of(response: httpx.Response) -> str:
    """The type that the answer claims, without parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def read(response: httpx.Response, limit: int, endpoint: Endpoint) -> bytes:
    """The whole body. Raises `ProtocolError` beyond `limit` bytes."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise ProtocolError(endpoint, f"an answer of more than {limit} bytes")
    return bytes(body)


def retry_after(header: str, default: float) -> float:
    """Seconds to wait: a number or a date; `default` where the header says neither, or nothing usable."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return default
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (zoned - datetime.now(UTC)).total_seconds()
    return default if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)


@asynccontextmanager
async def one_use_http(transports: Transports, connect_seconds: float) -> AsyncGenerator[httpx.AsyncClient, None]:
    """A client with one connection that nobody used before and nobody will after. Reading has no limit of its own.

    A kept-alive connection may be closed by the server in the moment it is used again; then nobody knows whether the
    request arrived. And no pool is shared by thousands of streams: httpx looks at all its connections for each one.
    """
    transport = transports(httpx.Limits(max_connections=1, max_keepalive_connections=0))
    async with new_http(transport, httpx.Timeout(None, connect=connect_seconds)) as http:
        yield http
