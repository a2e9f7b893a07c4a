"""Who may talk to the web chat: addresses, hosts and origins, the access token, and the cookie that is a chat."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.translate import chat_of_cookie
from core.errors import PhotoreelError

CHAT_COOKIE = "photoreel_chat"
ACCESS_COOKIE = "photoreel_access"
CHAT_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie
ACCESS_SECONDS = 30 * 24 * 3600
MIB = 1024 * 1024
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
SAFE_METHODS = frozenset({"GET", "HEAD"})
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-cache",
}


class AccessTokenMissing(PhotoreelError):
    """The web chat was to be reached from other machines without an access token. `host` is the address."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} can be reached by others and no access token is set")
        self.host = host


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the web chat is served. `access_token` and `public_url` are empty where there is none; sizes in bytes.
    `trusted_proxies` are addresses and networks whose word counts on where a request came from.

    `stall_seconds` is how long an upload may bring nothing; `stop_seconds` how long running requests get at the end;
    `keep_seconds` how long what was handed in can be fetched.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    access_token: str = field(default="", repr=False)
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    upload_bytes: int = 200 * MIB
    json_bytes: int = MIB // 4
    keep_seconds: float = 24 * 3600.0
    beat_seconds: float = 15.0
    stall_seconds: float = 60.0
    stop_seconds: int = 3

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.access_token:
            raise AccessTokenMissing(self.host)

    @property
    def secure(self) -> bool:
        """Whether browsers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# --- the cookies ------------------------------------------------------------------------------------------------------


def chat_of(request: HTTPConnection) -> str:
    """The chat whose cookie came along. Raises 401 where there is none: the page then asks for one."""
    cookie = request.cookies.get(CHAT_COOKIE, "")
    if not _is_chat_cookie(cookie):
        raise HTTPException(401, "no_chat")
    return chat_of_cookie(cookie)


def give_chat(request: Request, response: Response, settings: WebSettings) -> None:
    """Keep the chat's cookie, or make one. Only for requests of our own page: a visit that comes by a link from
    elsewhere brings no `SameSite=Strict` cookie and would lose its chat."""
    cookie = request.cookies.get(CHAT_COOKIE, "")
    value = cookie if _is_chat_cookie(cookie) else secrets.token_urlsafe(32)
    _set_cookie(response, settings, CHAT_COOKIE, value, CHAT_SECONDS)


def _is_chat_cookie(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{43}", value) is not None


def _set_cookie(response: Response, settings: WebSettings, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=settings.secure)


class Door:
    """The access token's door: a token is exchanged for a cookie that says until when it is good, signed with the
    token, so that every process can check it and a changed token ends all visits."""

    def __init__(
        self,
        settings: WebSettings,
        *,
        attempts: int = 8,
        pause: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._attempts = Attempts(attempts, pause, clock)
        self._today = today

    def lets_in(self, request: HTTPConnection) -> bool:
        """Whether the request may go on: no token is set, or its cookie is good."""
        if not self._settings.access_token:
            return True
        until, _, _signature = (cookie := request.cookies.get(ACCESS_COOKIE, "")).partition(".")
        genuine = hmac.compare_digest(cookie.encode(), self._cookie(until).encode())
        return genuine and int(until) > self._today()

    def login(self, request: Request, token: str) -> Response:
        """Exchange the token for a cookie."""
        visitor = request.client.host if request.client else ""
        if wait := self._attempts.wait(visitor):
            return JSONResponse({"error": "too_many_attempts"}, 429, {"retry-after": str(int(wait) + 1)})
        if not hmac.compare_digest(_digest(token), _digest(self._settings.access_token)):
            self._attempts.failed(visitor)
            return JSONResponse({"error": "wrong_token"}, 403)
        response = Response(status_code=204)
        until = str(int(self._today()) + ACCESS_SECONDS)
        _set_cookie(response, self._settings, ACCESS_COOKIE, self._cookie(until), ACCESS_SECONDS)
        return response

    def _cookie(self, until: str) -> str:
        secret = b"photoreel access " + self._settings.access_token.encode()
        return until + "." + hmac.new(secret, until.encode(), sha256).hexdigest()


class Attempts:
    """Failed attempts by visitor: `allowed` at once, then one each `pause` seconds."""

    KEPT = 10_000

    def __init__(self, allowed: int, pause: float, clock: Callable[[], float]) -> None:
        self._reach = allowed * pause
        self._pause = pause
        self._clock = clock
        self._spent_until: OrderedDict[str, float] = OrderedDict()

    def wait(self, visitor: str) -> float:
        """Seconds until the visitor may try again; 0.0 for now."""
        ahead = self._spent_until.get(visitor, 0.0) - self._clock()
        return max(0.0, ahead + self._pause - self._reach)

    def failed(self, visitor: str) -> None:
        """Count a failure. The oldest visitors are forgotten, so that many addresses cannot fill the memory."""
        until = max(self._spent_until.pop(visitor, 0.0), self._clock()) + self._pause
        self._spent_until[visitor] = until
        while len(self._spent_until) > self.KEPT:
            self._spent_until.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


# --- what is let through ----------------------------------------------------------------------------------------------


class Guard:
    """The ASGI layer in front of the chat: refuses foreign hosts and origins, lets only those with access to the API
    and the files, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, settings: WebSettings, door: Door) -> None:
        self._app = app
        self._settings = settings
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a refusal, or hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        app = self._refusal(request) or self._app
        await app(scope, receive, _with_headers(send))

    def _refusal(self, request: HTTPConnection) -> Response | None:
        if not self._host_is_ours(request):
            return JSONResponse({"error": "foreign_host"}, 421)
        if not self._settings.access_token and any(name in request.headers for name in PROXY_HEADERS):
            return JSONResponse({"error": "proxy_without_token"}, 403)  # a proxy opens a loopback address to the world
        if not _origin_is_ours(request.headers, request.scope["method"]):
            return JSONResponse({"error": "foreign_origin"}, 403)
        if _is_private(request.url.path) and not self._door.lets_in(request):
            return JSONResponse({"error": "no_access"}, 401)
        return None

    def _host_is_ours(self, request: HTTPConnection) -> bool:
        """Whether the page's address is one of ours: a name that was bent to this address is not (DNS rebinding)."""
        host = request.headers.get("host", "").lower()
        if not self._settings.access_token:
            return host in _loopback_hosts(self._settings.host, _bound_port(request))
        name = _name_of(host)
        return name == _name_of(urlsplit(self._settings.public_url).netloc.lower()) or _is_address(name)


def _loopback_hosts(host: str, port: int) -> set[str]:
    names = {*LOOPBACK_NAMES, f"[{host}]" if ":" in host else host}
    return {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _bound_port(request: HTTPConnection) -> int:
    server: tuple[str, int] = request.scope["server"]
    return server[1]


def _name_of(netloc: str) -> str:
    """``example.org:8000`` is ``example.org``, ``[::1]:8000`` is ``[::1]``."""
    return re.sub(r":\d*$", "", netloc)


def _is_address(name: str) -> bool:
    """Whether a host is an address or localhost: no foreign name server has a say in it."""
    try:
        return bool(ip_address(name.strip("[]")))
    except ValueError:
        return name == "localhost"


def _origin_is_ours(headers: Headers, method: str) -> bool:
    """Whether a page of ours asks. Opening the page itself is free; programs that are no browsers say nothing."""
    site = headers.get("sec-fetch-site", "same-origin")
    opens_page = method in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"
    if site not in ("same-origin", "none") and not opens_page:
        return False
    origin = headers.get("origin")
    return origin is None or method in SAFE_METHODS or _same_place(origin, headers.get("host", ""))


def _same_place(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _is_private(path: str) -> bool:
    return path.startswith(("/api/", "/files/")) and path != "/api/login"


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
