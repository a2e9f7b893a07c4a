"""The web chat's socket and server: an address that is free, and an end that does not wait for open tabs."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from adapters.web.access import WebSettings
from core.errors import PhotoreelError

NEIGHBOURS = 20


class PortBusy(PhotoreelError):
    """Something else listens there. `free` is the next port that is free, 0 if none near it is."""

    def __init__(self, host: str, port: int, free: int) -> None:
        super().__init__(f"{host}:{port} is in use" + (f", {free} is free" if free else ""))
        self.host = host
        self.port = port
        self.free = free


class CannotListen(PhotoreelError):
    """The address is not of this machine, or the port is not allowed. `reason` is the system's."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


def bind(settings: WebSettings, *, move_on: bool = False) -> socket.socket:
    """Listen on the address. With `move_on` a busy port is passed over for the next free one, else it is `PortBusy`."""
    bound = _try(settings.host, settings.port)
    if bound is None and move_on:
        bound = _next_free(settings.host, settings.port)
    if bound is None:
        raise PortBusy(settings.host, settings.port, _free_port(settings.host, settings.port))
    return bound


def address_of(bound: socket.socket) -> str:
    """Where a browser finds the page: ``http://127.0.0.1:8000``."""
    host, port = bound.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it reads an address, it binds none
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


async def serve(app: ASGIApp, bound: socket.socket, settings: WebSettings, closing: asyncio.Event) -> None:
    """Serve until cancelled; then end the event streams at once and give other requests `stop_seconds`.

    Signals are left to whoever owns the process.
    """
    server = _Server(_config(app, settings))
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await asyncio.shield(serving)
    finally:
        closing.set()
        server.should_exit = True
        await serving
        bound.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal: uvicorn would replace the handlers of the process and raise the signal again at its end."""
        yield


def _config(app: ASGIApp, settings: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        timeout_graceful_shutdown=settings.stop_seconds,
    )


def _try(host: str, port: int) -> socket.socket | None:
    """A listening socket, or None where the port is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise CannotListen(host, port, str(error.strerror)) from error
    bound = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let two programs share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise CannotListen(host, port, str(error.strerror)) from error
    bound.setblocking(False)
    return bound


def _next_free(host: str, port: int) -> socket.socket | None:
    candidates = (_try(host, near) for near in range(port + 1, min(port + NEIGHBOURS, 65535) + 1))
    return next((bound for bound in candidates if bound), None)


def _free_port(host: str, port: int) -> int:
    bound = _next_free(host, port)
    if bound is None:
        return 0
    with bound:
        return int(bound.getsockname()[1])
