"""One turn of the agent: the message goes out once, events come back until the connection closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus

from aiohttp import ClientError, ClientResponse, ClientSession

from core.errors import BackendAway, BackendError, ProtocolError, StreamLost
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import check
from core.nemo.events import TurnEvent
from core.nemo.patience import NemoSettings, Patience
from core.nemo.speech import mend
from core.nemo.stream import TurnDecoder
from core.nemo.transport import (
    Call,
    encoded,
    headers_of,
    mime_of,
    reply_of,
    request_of,
    translated,
)
from core.nemo.values import Credential

_HEADERS = {"Content-Type": "application/json", "Accept": "text/event-stream"}
_REFUSAL_BYTES = 1024 * 1024


@asynccontextmanager
async def open_turn(
    session: ClientSession,
    settings: NemoSettings,
    credential: Credential,
    session_id: str,
    text: str,
    ready: Callable[[], Awaitable[None]],
) -> AsyncGenerator[AsyncIterator[TurnEvent], None]:
    """Send `text` to the agent and give its events. See `NemoClient.send`."""
    call = _call(credential, session_id, text)
    stream = _Stream(settings, call)
    response = await stream.begin(session, ready)
    try:
        async with aclosing(stream.chunks(response)) as chunks:
            rest = await stream.accept(response, chunks)
            async with aclosing(stream.events(rest, chunks)) as events:
                yield events
    finally:
        response.close()


def _call(credential: Credential, session_id: str, text: str) -> Call:
    body = {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"parts": [{"text": mend(text)}]},
    }
    headers = headers_of(Endpoint.SEND, credential) | _HEADERS
    return Call(Endpoint.SEND, headers, content=encoded(body), token=credential.token)


class _Stream:
    """Reads one answer, patiently."""

    def __init__(self, settings: NemoSettings, call: Call) -> None:
        self._settings = settings
        self._call = call
        self._decoder = TurnDecoder(event_bytes=settings.event_bytes, stream_bytes=settings.stream_bytes)
        self._patience = Patience(settings, _now())

    async def begin(self, session: ClientSession, ready: Callable[[], Awaitable[None]]) -> ClientResponse:
        """The head of the answer. Raises `BackendAway` where it is certain that nothing was sent, else `StreamLost`."""
        try:
            with translated(Endpoint.SEND):
                async with asyncio.timeout_at(self._patience.until):
                    response = await session.request(**request_of(self._call, self._settings), trace_request_ctx=ready)
        except BackendAway as error:
            if not error.sent:
                raise
            raise StreamLost(Endpoint.SEND, error.detail) from error
        self._patience.renew(_now(), 0)
        return response

    async def chunks(self, response: ClientResponse) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises `StreamLost` when it breaks, or patience ends."""
        while True:
            try:
                async with asyncio.timeout_at(self._patience.until):
                    chunk = await response.content.readany()
            except TimeoutError as error:
                raise StreamLost(Endpoint.SEND, self._patience.reason) from error
            except ClientError as error:
                raise StreamLost(Endpoint.SEND, "the connection broke") from error
            if not chunk:
                return
            yield chunk
            self._patience.renew(_now(), self._decoder.heard)

    async def accept(self, response: ClientResponse, chunks: AsyncIterator[bytes]) -> bytes:
        """Tell a stream from a refusal. Returns what had to be read of the stream for that; raises the refusal."""
        if response.status == HTTPStatus.OK:
            if mime_of(response) == "text/event-stream":
                return b""
            first = await anext(chunks, b"")
            if not first.lstrip().startswith((b"{", b"[", b"<")) and first:
                return first
            raise await self._refusal(response, first, chunks)
        raise await self._refusal(response, b"", chunks)

    async def _refusal(self, response: ClientResponse, body: bytes, chunks: AsyncIterator[bytes]) -> BackendError:
        """What the answer refuses with. Where it cannot be understood, the message may have been taken all the same."""
        try:
            async for chunk in chunks:
                body = body + chunk if len(body) < _REFUSAL_BYTES else body
        except StreamLost:
            body = b""  # the status says enough, or nothing does
        try:
            check(reply_of(self._call, response, body, self._settings))
        except ProtocolError as error:
            return StreamLost(Endpoint.SEND, error.detail, code=error.code)
        except BackendError as error:
            return error
        return StreamLost(Endpoint.SEND, f"no stream but {mime_of(response) or 'nothing known'}")

    async def events(self, first: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[TurnEvent, None]:
        """The events until the connection closes."""
        for event in self._decoder.feed(first):
            yield event
        async for chunk in chunks:
            for event in self._decoder.feed(chunk):
                yield event
        for event in self._decoder.close():
            yield event


def _now() -> float:
    return asyncio.get_running_loop().time()
