"""The studio as an ASGI app: the endpoints of the contract over the studio's parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from studio import refusals, replies, requests
from studio.accounts import Account
from studio.backend import Backend
from studio.faults import Faults
from studio.ledger import Ledger
from studio.sessions import Session
from studio.settings import StudioSettings
from studio.timeline import is_exportable
from studio.turns import Turn
from studio.uploads import fetch, receive
from studio.wire import Wire

AGENT = "nemo_agent"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(settings: StudioSettings, ledger: Ledger, faults: Faults) -> Starlette:
    """The studio. Whoever serves it puts an open backend into `state.backend` before the first request. `ledger` and
    `faults` are for tests that want to look behind it."""
    app = Starlette(
        routes=_routes(settings),
        middleware=[Middleware(Wire, ledger=ledger, faults=faults)],
        exception_handlers={refusals.Refusal: _refuse},
    )
    app.state.settings = settings
    return app


def _routes(settings: StudioSettings) -> list[Route]:
    post, get = ["POST"], ["GET"]
    routes = [
        Route("/api/auth/anonymous-token", give_token, methods=post),
        Route(f"/api/tasks/me/with-session/{AGENT}", open_session, methods=post),
        Route(f"/api/upload-video/{AGENT}/me/{{session}}", upload, methods=post),
        Route("/run_sse", run, methods=post),
        Route(f"/api/state/{AGENT}/me/{{session}}/latest", tell_state, methods=get),
        Route("/api/credits/balance/simple", tell_credits, methods=get),
        Route("/api/render/proxy/lambda", begin_render, methods=post),
        Route("/api/render/proxy/lambda/{id}", look_at_render, methods=get),
        Route("/api/render/proxy/lambda/{id}/cancel", cancel_render, methods=post),
        Route("/api/render/proxy/{id}/download", download, methods=get),
        Route("/cdn/renders/{key}.mp4", serve_video, methods=get),
        Route("/cdn/{session}/{file}", serve_medium, methods=get),
    ]
    if settings.claim:
        routes.append(Route("/api/auth/claim-token", give_claim, methods=post))
    return routes


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, refusals.Refusal)  # noqa: S101 (registered for nothing else)
    settings: StudioSettings = request.app.state.settings
    return JSONResponse(error.body(), error.status(fitting=settings.statuses))


# --- who asks ---------------------------------------------------------------------------------------------------------


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


def _caller(request: Request) -> Account:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise refusals.bad_token()
    return _backend(request).accounts.owner(secret.strip())


def _session(request: Request, session: str) -> Session:
    return _backend(request).sessions.get(session, _caller(request).user_id)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _ok(data: dict[str, Any]) -> Response:
    return JSONResponse({"code": 0, "data": data})


# --- accounts and sessions --------------------------------------------------------------------------------------------


async def give_token(request: Request) -> Response:
    """An anonymous token for a client id."""
    client = requests.client_id(request.headers.get("x-client-id"))
    address = request.client.host if request.client else ""
    return _ok(replies.token(_backend(request).accounts.grant(client, address)))


async def open_session(request: Request) -> Response:
    """A new project."""
    account = _caller(request)
    wish = requests.new_session(await requests.read_json(request))
    session = _backend(request).sessions.open(account.user_id, wish.task_name, wish.language)
    return _ok({"task_id": session.task_id, "session_id": session.id, "user_id": session.user_id})


async def give_claim(request: Request) -> Response:
    """A token that opens the project in a browser and nothing else."""
    account = _caller(request)
    wanted = requests.claim(await requests.read_json(request))
    session = _backend(request).sessions.get(wanted.session_id, account.user_id)
    if session.task_id != wanted.task_id:
        raise refusals.unknown_session()
    return _ok(replies.claim())


async def tell_credits(request: Request) -> Response:
    """What is left to spend."""
    account = _caller(request)
    total = account.available + account.frozen
    return _ok({"available": account.available, "frozen": account.frozen, "total": total})


# --- files ------------------------------------------------------------------------------------------------------------


async def upload(request: Request) -> Response:
    """Files for a project, as a multipart body or as URLs."""
    session = _session(request, request.path_params["session"])
    backend = _backend(request)
    folder = backend.sessions.folder(session.id)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        urls = requests.urls(await requests.read_json(request))
        media = await fetch(urls, folder, backend.settings)
    else:
        media = await receive(request.stream(), kind, folder, backend.settings)
    backend.sessions.add_media(session.id, media)
    files = [replies.medium(item, session.id, _base(request)) for item in media]
    return _ok({"files": files, "session_state_applied": True})


async def serve_medium(request: Request) -> Response:
    """An uploaded file, to whoever knows its address."""
    path = _backend(request).sessions.find_file(request.path_params["session"], request.path_params["file"])
    if path is None:
        raise refusals.Detailed(404, "Not Found")
    return FileResponse(path)


# --- the agent --------------------------------------------------------------------------------------------------------


async def run(request: Request) -> Response:
    """A message to the agent, answered by a stream."""
    account = _caller(request)
    message = requests.message(await requests.read_json(request), AGENT)
    backend = _backend(request)
    try:
        session = backend.sessions.get(message.session_id, account.user_id)
    except refusals.Refusal:
        raise refusals.unknown_agent_session(message.session_id) from None
    return TurnResponse(backend.turns.begin(session, message.text))


class TurnResponse(StreamingResponse):
    """A turn as it happens. The turn is told when its reader is gone."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(turn.read(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._turn = turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._turn.leave()


async def tell_state(request: Request) -> Response:
    """The project as it is."""
    session = _session(request, request.path_params["session"])
    return _ok(replies.state(session, _base(request)))


# --- renders ----------------------------------------------------------------------------------------------------------


async def begin_render(request: Request) -> Response:
    """Start an export."""
    account = _caller(request)
    requests.check_attribution(request.headers)
    order = requests.render(await requests.read_json(request))
    backend = _backend(request)
    session = backend.sessions.get(order.session_id, account.user_id)
    if not is_exportable(order.draft):
        raise refusals.malformed("Nothing to export yet")
    render = backend.renders.order(order.id, session.id, account.user_id, order.draft)
    return JSONResponse(replies.render(render, backend.settings.render_shape, _base(request)))


async def look_at_render(request: Request) -> Response:
    """How far an export is."""
    backend = _backend(request)
    render = backend.renders.get(request.path_params["id"], _caller(request).user_id)
    return JSONResponse(replies.render(render, backend.settings.render_shape, _base(request)))


async def cancel_render(request: Request) -> Response:
    """Stop an export."""
    backend = _backend(request)
    render = backend.renders.cancel(request.path_params["id"], _caller(request).user_id)
    return JSONResponse(replies.render(render, backend.settings.render_shape, _base(request)))


async def download(request: Request) -> Response:
    """A finished export, for its owner."""
    render = _backend(request).renders.get(request.path_params["id"], _caller(request).user_id)
    return _video(_backend(request), render.key)


async def serve_video(request: Request) -> Response:
    """A finished export, to whoever knows its address."""
    return _video(_backend(request), request.path_params["key"])


def _video(backend: Backend, key: str) -> Response:
    path = backend.renders.file(key)
    if path is None:
        raise refusals.Refusal(404, "Render not found")
    return FileResponse(path, media_type="video/mp4")
