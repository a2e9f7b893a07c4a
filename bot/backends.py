"""The backend that turns speak with: a far one, or a studio of our own, which is loaded only where it is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings import Settings


class LocalBackendAway(Exception):
    """The studio could not be started."""


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[str]:
    """The backend's address. Where that is the studio, it is started, or the one found that works on our data already
    (in another worker, say). Raises `LocalBackendAway`."""
    if not settings.local_backend:
        yield settings.nemo_api_url
        return
    from bot import studios

    async with studios.shared(settings) as address:
        yield address


@asynccontextmanager
async def open_own_backend(settings: Settings, scope: str) -> AsyncIterator[str]:
    """The backend for a single shot. A studio is its alone, for as long as it takes: it neither depends on another
    process that may end, nor does another one on it. Raises `LocalBackendAway`."""
    if not settings.local_backend:
        yield settings.nemo_api_url
        return
    from bot import studios

    async with studios.alone(settings, scope) as address:
        yield address
