"""The NemoVideo backend: one method for each thing it can do, one client for all conversations and skills."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from core.errors import BackendError, ClientIdMissing
from core.nemo import replies
from core.nemo.downloads import Downloads, Wanted
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import Reply, check
from core.nemo.events import TurnEvent
from core.nemo.multipart import Multipart
from core.nemo.patience import NemoSettings
from core.nemo.transport import Call, Caller, Network, encoded, headers_of
from core.nemo.turn import open_turn
from core.nemo.values import (
    AnonymousToken,
    ClaimLink,
    Credential,
    Credits,
    Render,
    Session,
    State,
    UploadedFile,
    UploadPart,
)

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,64}")
_NO_SUCH_ENDPOINT = (404, 405, 501)
_JSON = {"Accept": "application/json"}


@asynccontextmanager
async def open_client(settings: NemoSettings, network: Network | None = None) -> AsyncGenerator[NemoClient, None]:
    """A client, for as long as the block lasts. `network` replaces how it connects."""
    network = network or Network()
    async with network.calls(settings) as calls, network.turns(settings) as turns:
        yield NemoClient(calls, turns, settings)


async def _always() -> None:
    """It may leave."""


class NemoClient:
    """Every method makes its call once and raises a `BackendError` for whatever is no success.

    Nothing is repeated here. "Wait and try once more" after `RateLimited` (its `retry_after` says how long), a new
    token after `TokenExpired`, a new session after `SessionLost`: these belong to whoever knows what a repeat costs.
    `BackendAway.sent` is False where a repeat is certainly harmless.
    """

    def __init__(self, calls: ClientSession, turns: ClientSession, settings: NemoSettings) -> None:
        self._caller = Caller(calls, settings)
        self._downloads = Downloads(calls, settings)
        self._turns = turns
        self._settings = settings

    async def anonymous_token(self, client_id: str) -> AnonymousToken:
        """A token for an account without a name: one per client id and week. Raises `RateLimited` beyond that.

        A reply that was lost (`BackendAway.sent`) may have used up the client id.
        """
        if not _CLIENT_ID.fullmatch(client_id):
            raise ClientIdMissing(Endpoint.TOKEN, "not a client id")
        call = Call(Endpoint.TOKEN, _JSON | {"X-Client-Id": client_id})
        return replies.anonymous_token(await self._caller.ask(call, seconds=self._settings.call_seconds))

    async def open_session(self, credential: Credential, language: str = "") -> Session:
        """A new project. `language` is an ISO code ("en", "zh-CN"), empty to leave it to the backend."""
        body = {"task_name": "project"} | ({"language": language} if language else {})
        return replies.session(await self._ask(Endpoint.SESSION, credential, body=body))

    async def claim_link(self, credential: Credential, session: Session) -> ClaimLink | None:
        """A link that opens the project in a browser; None where the deployment has no such thing."""
        body = {"task_id": session.task_id, "session_id": session.session_id}
        try:
            reply = await self._ask(Endpoint.CLAIM, credential, body=body)
            return replies.claim_link(reply, self._settings.web_url)
        except BackendError as error:
            if error.code in _NO_SUCH_ENDPOINT:
                return None
            raise

    async def upload(
        self, credential: Credential, session_id: str, parts: Sequence[UploadPart]
    ) -> tuple[UploadedFile, ...]:
        """Upload files, streamed: no more than a few hundred kilobytes are in memory at a time.

        Raises `TooManyBytes` for a part beyond the limit (before anything is sent, if it tells its size), `BrokenFile`
        for one that is not as long as it told, and whatever opening or reading a part raises.
        """
        multipart = Multipart(parts, limit=self._settings.file_bytes)
        multipart.check()
        headers = headers_of(Endpoint.UPLOAD, credential) | multipart.headers
        call = Call(Endpoint.UPLOAD, headers, session_id, token=credential.token)
        reply = await self._caller.upload(call, multipart.body(), seconds=self._settings.upload_seconds)
        return replies.uploaded_files(reply)

    async def upload_urls(
        self, credential: Credential, session_id: str, urls: Sequence[str]
    ) -> tuple[UploadedFile, ...]:
        """Let the backend fetch files by itself. The URLs must hold no secret."""
        body = {"urls": list(urls), "source_type": "url"}
        seconds = self._settings.upload_seconds
        return replies.uploaded_files(await self._ask(Endpoint.UPLOAD, credential, session_id, body, seconds))

    def send(
        self,
        credential: Credential,
        session_id: str,
        text: str,
        ready: Callable[[], Awaitable[None]] = _always,
    ) -> AbstractAsyncContextManager[AsyncIterator[TurnEvent]]:
        """Send a message to the agent, and read its answer. This charges: the request goes out at most once. `ready` is
        awaited once the connection stands, before the first byte leaves: what it raises is raised; nothing was sent.

            async with client.send(credential, session_id, "slower") as events:
                async for event in events: ...

        Entering sends. It raises a definite refusal (`TokenExpired`, `SessionLost`, `OutOfCredits`, `RateLimited` …:
        nothing was taken), or `BackendAway`: with `sent` False nothing left this machine; with `sent` True (HTTP 5xx)
        the message may have been taken, as with `StreamLost`, which is raised for everything that is neither a stream
        nor a refusal, and from the iteration when the stream breaks, exceeds a limit, or patience ends. After any of
        these the only thing to do is to look at the state.

        The end of the iteration is the end of the turn: the backend closed the connection. Leaving the block earlier
        closes it from here, and the backend may drop the work.
        """
        return open_turn(self._turns, self._settings, credential, session_id, text, ready)

    async def state(self, credential: Credential, session_id: str) -> State:
        """What the project looks like now."""
        return replies.state(await self._ask(Endpoint.STATE, credential, session_id))

    async def credits(self, credential: Credential) -> Credits:
        """The account's balance."""
        return replies.credit_balance(await self._ask(Endpoint.CREDITS, credential))

    async def start_render(
        self, credential: Credential, render_id: str, session_id: str, draft: Mapping[str, Any]
    ) -> Render:
        """Start a render under an id that the caller chose, and recorded before. `draft` is a `State.draft`."""
        body = {
            "id": render_id,
            "sessionId": session_id,
            "draft": draft,
            "output": {"format": "mp4", "quality": "high"},
        }
        return replies.render(await self._ask(Endpoint.START_RENDER, credential, body=body), render_id)

    async def render(self, credential: Credential, render_id: str) -> Render | None:
        """How far a render is; None where the backend knows of none by that id (its start never arrived)."""
        try:
            return replies.render(await self._ask(Endpoint.RENDER, credential, render_id), render_id)
        except BackendError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def cancel_render(self, credential: Credential, render_id: str) -> None:
        """Stop a render. One that is unknown is none to stop."""
        try:
            check(await self._ask(Endpoint.CANCEL_RENDER, credential, render_id))
        except BackendError as error:
            if error.code != HTTPStatus.NOT_FOUND:
                raise

    async def download(self, credential: Credential, render: Render, path: Path) -> int:
        """Save a finished render to `path` and return its size in bytes; `path` exists only when all of it came.

        It is fetched from the render's URL without any credential; if that fails, from the backend's own host with
        the token. Raises `OSError` for a full disk, like every write.
        """
        headers = headers_of(Endpoint.DOWNLOAD, credential)
        call = Call(Endpoint.DOWNLOAD, headers, render.id, token=credential.token)
        return await self._downloads.fetch(render.url or "", call, path)

    async def peek(self, url: str, path: Path, most: int) -> int:
        """Save the first `most` bytes of a render's `url` to `path`, and return the size of all of it in bytes. No
        credential goes with the request."""
        return await self._downloads.peek(url, path, most)

    async def save_source(self, url: str, path: Path, wanted: Wanted) -> int:
        """Save a file that a draft names (a `Segment.address`) to `path` and return its size in bytes; `path` exists
        only when all of it came. No credential goes with the request, wherever it leads. Raises `OSError`, too."""
        return await self._downloads.fetch_source(url, path, wanted)

    async def _ask(
        self,
        endpoint: Endpoint,
        credential: Credential,
        identifier: str = "",
        body: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Reply:
        headers = headers_of(endpoint, credential) | _JSON
        content = None
        if body is not None:
            headers, content = headers | {"Content-Type": "application/json"}, encoded(body)
        call = Call(endpoint, headers, identifier, content, credential.token)
        return await self._caller.ask(call, seconds=seconds or self._settings.call_seconds)
