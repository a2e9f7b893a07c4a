"""The HTTP shell of the client: connections, headers, whole answers within limits, aiohttp's errors as ours.

aiohttp, not httpx: it parses in C, and a call costs a third of the CPU (`python -m bench.calls`).
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp
import certifi
from yarl import URL

from core.errors import BackendAway, ProtocolError, TokenExpired
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import Reply
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_LONGEST_WAIT = 24 * 3600.0
_IDLE = 5.0  # seconds that a connection is kept for the next call: less than servers keep theirs
_ESCAPED = "!$%&'()*+,/:;=?@~"  # what stays as it stands in an address: signatures are made over it

# No compression: an event must not wait for a block to fill, and a small answer must not unfold to a huge one.
_HEADERS: Final = {"User-Agent": "photoreel", "Accept-Encoding": "identity"}

# All that happens before a connection stands. After that, any failure may have come after the request was read.
_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)

_REASONS: Final[Sequence[tuple[type[Exception], str]]] = (
    (aiohttp.ClientSSLError, "no secure connection"),
    (aiohttp.ClientConnectorDNSError, "a host that nobody knows"),
    (aiohttp.ClientConnectorError, "no connection"),
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (aiohttp.ServerTimeoutError, "nothing came for too long"),
    (aiohttp.InvalidURL, "an address that is none"),
    (aiohttp.NonHttpUrlClientError, "an address that is none"),
    (aiohttp.ServerDisconnectedError, "closed without an answer"),
    (aiohttp.ClientPayloadError, "an answer that is cut or cannot be read"),
    (aiohttp.ClientResponseError, "an answer that is not HTTP"),
)
"""What went wrong, the first that fits. aiohttp's own messages stay behind: they quote addresses."""


class Network:
    """Makes the sessions of a client. The seam for tests: `certificates` are those that are believed, `resolver` knows
    the hosts, `traces` see every request."""

    def __init__(
        self,
        certificates: ssl.SSLContext | None = None,
        resolver: aiohttp.abc.AbstractResolver | None = None,
        traces: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self._certificates = certificates or _believed()
        self._resolver = resolver
        self._traces = list(traces)

    def calls(self, settings: NemoSettings) -> aiohttp.ClientSession:
        """For whole answers: connections are kept and used again. Whoever waits for one has sent nothing yet."""
        timeout = aiohttp.ClientTimeout(
            connect=settings.call_seconds / 2, sock_connect=settings.connect_seconds, sock_read=settings.stall_seconds
        )
        return self._session(timeout, self.connector(limit=settings.connections, keepalive_timeout=_IDLE))

    def turns(self, settings: NemoSettings) -> aiohttp.ClientSession:
        """For streams: each has a connection that nobody used before and nobody will after. One that was kept may be
        closed by the server in the moment it is used again; then nobody knows whether the request arrived. What a
        request has as its `trace_request_ctx` is called once its connection stands, before a byte of it leaves."""
        timeout = aiohttp.ClientTimeout(sock_connect=settings.connect_seconds)
        return self._session(timeout, self.connector(limit=0, force_close=True), _asking())

    def connector(self, **options: Any) -> aiohttp.BaseConnector:
        """What connects, with these options of aiohttp's."""
        return aiohttp.TCPConnector(
            **{"ssl": self._certificates, "resolver": self._resolver, "socket_factory": _with_probes} | options
        )

    def _session(
        self, timeout: aiohttp.ClientTimeout, connector: aiohttp.BaseConnector, *traces: aiohttp.TraceConfig
    ) -> aiohttp.ClientSession:
        """A session that keeps no cookie: many people's calls go through it."""
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[*self._traces, *traces],
        )
        session._retry_connection = False  # no option says that a call is made once (3.14)
        return session


def _asking() -> aiohttp.TraceConfig:
    """Asks whether a request may still leave, at the last moment at which that can be asked."""

    async def ask(_session: aiohttp.ClientSession, context: SimpleNamespace, _about: object) -> None:
        await context.trace_request_ctx()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(ask)
    return trace


@cache
def _believed() -> ssl.SSLContext:
    """Loaded once: it takes longer than a connection."""
    return ssl.create_default_context(cafile=certifi.where())


def _with_probes(info: aiohttp.AddrInfoType) -> socket.socket:
    """A socket with probes on quiet connections: a vanished peer is noticed in two minutes, no router forgets a waiting
    stream."""
    family, kind, protocol, _, _ = info
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 45), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 5)):
        if hasattr(socket, name):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return opened


@contextmanager
def translated(endpoint: Endpoint) -> Iterator[None]:
    """aiohttp's errors and timeouts as `BackendAway`."""
    try:
        yield
    except aiohttp.ClientError as error:
        raise BackendAway(endpoint, _reason(error), sent=not isinstance(error, _NEVER_SENT)) from error
    except TimeoutError as error:
        raise BackendAway(endpoint, "no whole answer in time") from error


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "the connection broke")


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
    content: bytes | Body | None = None
    token: str = ""


class Body:
    """The content of an upload. aiohttp reads it in a task that it does not wait for when the answer comes early, and
    reports what goes wrong there as a broken connection: so the end waits for the last piece, and `failure` is kept."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        self._pieces = pieces
        self._reading = asyncio.Lock()
        self.on_piece: Callable[[], None] = lambda: None
        self.failure: Exception | None = None

    def __aiter__(self) -> Body:
        return self

    async def __anext__(self) -> bytes:
        """The next piece."""
        self.on_piece()
        async with self._reading:
            try:
                return await anext(self._pieces)
            except StopAsyncIteration:
                raise
            except Exception as error:
                self.failure = error
                raise

    async def aclose(self) -> None:
        """Let go of what is read, wherever it was."""
        async with self._reading:
            await self._pieces.aclose()


class Caller:
    """Makes calls that have a whole answer. Each once: what to repeat, and when, only whoever calls can know."""

    def __init__(self, session: aiohttp.ClientSession, settings: NemoSettings) -> None:
        self._session = session
        self._settings = settings

    async def ask(self, call: Call, *, seconds: float) -> Reply:
        """The answer, whatever it says. Raises `BackendAway`, and `ProtocolError` for one that is too long."""
        with translated(call.endpoint):
            async with asyncio.timeout(seconds), self._session.request(**request_of(call, self._settings)) as response:
                body = await read(response, self._settings.reply_bytes, call.endpoint)
        return reply_of(call, response, body, self._settings)

    async def upload(self, call: Call, pieces: AsyncGenerator[bytes, None], *, seconds: float) -> Reply:
        """The same for a call whose content is made while it is sent; raises what making it raises, too. It may last,
        but not without progress."""
        async with aclosing(Body(pieces)) as body:
            try:
                async with _progressing(body, self._settings.stall_seconds, call.endpoint):
                    return await self.ask(replace(call, content=body), seconds=seconds)
            except BackendAway:
                if body.failure is not None:
                    raise body.failure from None
                raise


@asynccontextmanager
async def _progressing(body: Body, seconds: float, endpoint: Endpoint) -> AsyncGenerator[None, None]:
    """Raises `BackendAway` when nothing is taken of the body for so long; aiohttp looks at answers only."""
    now = asyncio.get_running_loop().time
    with translated(endpoint):
        async with asyncio.timeout(seconds) as patience:
            body.on_piece = lambda: patience.reschedule(now() + seconds)
            yield


def address(url: str) -> URL:
    """A URL that can be dialled. Raises `aiohttp.InvalidURL`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:
        raise aiohttp.InvalidURL(url) from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise aiohttp.InvalidURL(url)
    return URL.build(
        scheme=parts.scheme,
        authority=(f"[{host}]" if ":" in host else host) + (f":{port}" if port else ""),
        path=quote(parts.path or "/", safe=_ESCAPED),
        query_string=quote(parts.query, safe=_ESCAPED),
        encoded=True,
    )


def request_of(call: Call, settings: NemoSettings) -> dict[str, Any]:
    """The keyword arguments of aiohttp for a call. No redirect is followed with credentials."""
    url = address(settings.api_url.rstrip("/") + call.endpoint.path(call.id))
    method, headers = call.endpoint.method, call.headers
    return {"method": method, "url": url, "headers": headers, "data": call.content, "allow_redirects": False}


def reply_of(call: Call, response: aiohttp.ClientResponse, body: bytes, settings: NemoSettings) -> Reply:
    """The answer as a value for the decoders."""
    return Reply(
        endpoint=call.endpoint,
        status=response.status,
        body=body,
        mime=mime_of(response),
        retry_after=retry_after(response.headers.get("retry-after", ""), settings.rate_limit_seconds),
        token=call.token,
    )


def mime_of(response: aiohttp.ClientResponse) -> str:
    """The type that the answer claims, without parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def read(response: aiohttp.ClientResponse, limit: int, endpoint: Endpoint) -> bytes:
    """The whole body. Raises `ProtocolError` beyond `limit` bytes."""
    body = bytearray()
    async for chunk in response.content.iter_any():
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
