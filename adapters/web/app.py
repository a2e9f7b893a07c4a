"""The web chat as an ASGI app: the page, what it asks for, and the health of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from adapters.web import bodies
from adapters.web.access import Door, Guard, WebSettings, give_chat
from adapters.web.events import Events
from adapters.web.files import Files
from adapters.web.inbox import Inbox
from adapters.web.sender import TEXT_CHARS
from adapters.web.translate import locale_in
from core.ports import Blobs, CommandRow, Feed, Receive

PAGE = Path(__file__).parent / "page"
READY_SECONDS = 2.0


async def _no_worries() -> Sequence[str]:
    return ()


async def _always_ready() -> bool:
    return True


def _no_commands(_locale: str) -> Sequence[CommandRow]:
    return ()


@dataclass(frozen=True, slots=True)
class WebChat:
    """What the web chat is made of. `commands` gives the table in the language of a BCP 47 tag.
    `ready` is asked by `/readyz`; `extra` are routes of others (webhooks, metrics) that stand beside the chat and not
    behind its guard."""

    settings: WebSettings
    feed: Feed
    blobs: Blobs
    commands: Callable[[str], Sequence[CommandRow]] = _no_commands
    ready: Callable[[], Awaitable[bool]] = _always_ready
    extra: Sequence[BaseRoute] = ()
    worries: Callable[[], Awaitable[Sequence[str]]] = _no_worries
    closing: asyncio.Event = field(default_factory=asyncio.Event)


def build_app(chat: WebChat, receive: Receive) -> Starlette:
    """The app. Setting `chat.closing` ends its event streams."""
    door = Door(chat.settings)
    inner = Starlette(
        routes=_routes(chat, door, receive),
        middleware=[Middleware(Guard, settings=chat.settings, door=door)],
        exception_handlers={HTTPException: _refuse},
    )
    return Starlette(routes=[*_health(chat), *chat.extra, Mount("/", inner)])


def sample_names() -> Sequence[str]:
    """The photos that the page offers for a first try."""
    return sorted(path.name for path in (PAGE / "samples").glob("*.jpg"))


def _routes(chat: WebChat, door: Door, receive: Receive) -> Sequence[BaseRoute]:
    inbox = Inbox(chat.settings, chat.feed, chat.blobs, chat.commands(""), receive)
    files = Files(chat.settings, chat.feed, chat.blobs)
    events = Events(chat.settings, chat.feed, chat.closing)
    entrance = _Entrance(chat, door)
    return [
        Route("/", _page),
        Route("/api/login", entrance.login, methods=["POST"]),
        Route("/api/chat", entrance.chat, methods=["POST"]),
        Route("/api/messages", inbox.post_message, methods=["POST"]),
        Route("/api/press", inbox.post_press, methods=["POST"]),
        Route("/api/files", files.post, methods=["POST"]),
        Route("/api/files/{blob}", files.delete, methods=["DELETE"]),
        Route("/api/events", events.get),
        Route("/files/{item}/{blob}", files.get),
        Mount("/static", StaticFiles(directory=PAGE)),
    ]


class _Entrance:
    """Coming in: the access token, and the chat that a browser has."""

    def __init__(self, chat: WebChat, door: Door) -> None:
        self._chat = chat
        self._door = door

    async def login(self, request: Request) -> Response:
        """Exchange the access token for a cookie."""
        posted = await bodies.read_json(request, bodies.LOGIN, self._chat.settings.json_bytes)
        return self._door.login(request, posted.token)

    async def chat(self, request: Request) -> Response:
        """Open the browser's chat, a new one at the first visit, and tell the page what it needs to know."""
        locale = locale_in(request.headers.get("accept-language", ""))
        response = JSONResponse(
            {
                "upload_bytes": self._chat.settings.upload_bytes,
                "text_chars": TEXT_CHARS,
                "files": bodies.FILES,
                "beat_seconds": self._chat.settings.beat_seconds,
                "samples": sample_names(),
                "commands": [asdict(row) for row in self._chat.commands(locale)],
            }
        )
        give_chat(request, response, self._chat.settings)
        return response


def _health(chat: WebChat) -> Sequence[BaseRoute]:
    async def livez(_request: Request) -> Response:
        return PlainTextResponse("alive")

    async def readyz(_request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                if chat.closing.is_set() or not await chat.ready():
                    return PlainTextResponse("not ready", 503)
                return PlainTextResponse("\n".join(("ready", *await chat.worries())))
        except TimeoutError:
            return PlainTextResponse("not ready", 503)

    return [Route("/livez", livez), Route("/readyz", readyz)]


async def _page(_request: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})


async def _refuse(_request: Request, error: Exception) -> Response:
    """A refusal as the page reads it: a word, for which the page has the sentence."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
