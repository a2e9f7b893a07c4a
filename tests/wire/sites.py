"""A page on loopback that answers as a test wants it to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def page(handler: Handler) -> AsyncIterator[str]:
    """The address that the handler answers at, whatever the method."""
    app = web.Application()
    app.router.add_route("*", "/page", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/page"
    finally:
        await runner.cleanup()


def giving(data: bytes, mime: str) -> Handler:
    """Hands out these bytes."""

    async def give(request: web.Request) -> web.Response:
        return web.Response(body=data, content_type=mime)

    return give
