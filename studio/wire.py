"""The outermost layer: notes in the ledger what arrives, then lets it go wrong if that was ordered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import assert_never

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.faults import Answer, Cut, Delay, Drop, End, Endpoint, Faults, Hang
from studio.ledger import Call, Ledger, Run

MESSAGE_BYTES = 1024 * 1024


class Wire:
    """Stands before the app, on the side of the network."""

    def __init__(self, app: ASGIApp, ledger: Ledger, faults: Faults) -> None:
        self._app = app
        self._ledger = ledger
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the app's lifetime."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        endpoint = endpoint_of(scope["method"], scope["path"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._ledger.note(Call(endpoint, scope["method"], scope["path"], headers))
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if endpoint is Endpoint.RUN:
            receive = await self._note_run(receive)
        await self._serve(endpoint, Exchange(self._app, scope, receive, send, transport))

    async def _note_run(self, receive: Receive) -> Receive:
        body = await _read(receive)
        self._ledger.hear(_run_of(body))
        return _again(body, receive)

    async def _serve(self, endpoint: Endpoint, exchange: Exchange) -> None:
        match self._faults.on_wire(endpoint):
            case None:
                await exchange.go()
            case Answer() as answer:
                await exchange.go_unseen(answer.after)
                await exchange.answer(answer)
            case Drop(after):
                await exchange.go_unseen(after)
                exchange.abort()
            case Hang(after):
                await exchange.go_unseen(after)
                await exchange.until_gone()
            case Delay(seconds):
                await exchange.go(wait=seconds)
            case Cut() as cut:
                await exchange.go_cut(cut)
            case never:
                assert_never(never)


class Exchange:
    """One request and its answer, and the ways to spoil it."""

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, transport: asyncio.Transport | None
    ) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._transport = transport

    async def go(self, wait: float = 0.0) -> None:
        """As it should be, with a pause before the answer."""

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start" and wait:
                await asyncio.sleep(wait)
            await self._send(message)

        await self._app(self._scope, self._receive, send)

    async def go_unseen(self, wanted: bool) -> None:
        """Let the app do its work to the end while nobody gets its answer."""

        async def ignore(_: Message) -> None:
            return

        if wanted:
            await self._app(self._scope, self._receive, ignore)

    async def answer(self, answer: Answer) -> None:
        """Something else than the app would say."""
        kind, body = b"text/html", answer.html.encode()
        if answer.json is not None:
            kind, body = b"application/json", json.dumps(answer.json).encode()
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def until_gone(self) -> None:
        """Nothing, until the caller gives up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def abort(self) -> None:
        """Reset the connection. ASGI has no word for this: the server's own transport is used."""
        if self._transport is None:
            raise RuntimeError("this server has no transport to abort")
        self._transport.abort()

    async def go_cut(self, cut: Cut) -> None:
        """The answer up to a byte; what the app does goes on to its end."""
        left = cut.at

        async def send(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                await self._send(_without_length(message))
                return
            body: bytes = message.get("body", b"")
            if left >= 0 and len(body) >= left:
                await self._send({"type": "http.response.body", "body": body[:left], "more_body": True})
                left = -1
                await self._stop_short(cut.end)
            elif left >= 0:
                left -= len(body)
                await self._send(message)

        await self._app(self._scope, self._receive, send)

    async def _stop_short(self, end: End) -> None:
        match end:
            case End.CLEAN:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            case End.RESET:
                await asyncio.sleep(0)  # what was sent goes out before the connection breaks
                self.abort()
            case End.SILENCE:
                await self.until_gone()
            case never:
                assert_never(never)


_ROUTES: tuple[tuple[str, Callable[[str], bool], Endpoint], ...] = (
    ("POST", lambda path: path == "/api/auth/anonymous-token", Endpoint.TOKEN),
    ("POST", lambda path: path.startswith("/api/tasks/me/with-session/"), Endpoint.SESSION),
    ("POST", lambda path: path == "/api/auth/claim-token", Endpoint.CLAIM),
    ("POST", lambda path: path.startswith("/api/upload-video/"), Endpoint.UPLOAD),
    ("POST", lambda path: path == "/run_sse", Endpoint.RUN),
    ("GET", lambda path: path.startswith("/api/state/"), Endpoint.STATE),
    ("GET", lambda path: path.startswith("/api/credits/"), Endpoint.CREDITS),
    ("POST", lambda path: path == "/api/render/proxy/lambda", Endpoint.RENDER),
    ("POST", lambda path: path.startswith("/api/render/") and path.endswith("/cancel"), Endpoint.CANCEL),
    ("GET", lambda path: path.startswith("/api/render/proxy/lambda/"), Endpoint.LOOK),
    ("GET", lambda path: path.startswith("/api/render/") and path.endswith("/download"), Endpoint.DOWNLOAD),
    ("GET", lambda path: path.startswith("/cdn/"), Endpoint.FILE),
)


def endpoint_of(method: str, path: str) -> Endpoint:
    """Which call of the contract a request is."""
    return next((found for verb, fits, found in _ROUTES if verb == method and fits(path)), Endpoint.OTHER)


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MESSAGE_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, to be read once more; then what follows on the wire."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _run_of(body: bytes) -> Run:
    try:
        request = json.loads(body)
        text = "".join(part.get("text", "") for part in request["new_message"]["parts"])
        return Run(str(request.get("session_id", "")), text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Run("", "")


def _without_length(message: Message) -> Message:
    headers = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"content-length"]
    return {**message, "headers": headers}
