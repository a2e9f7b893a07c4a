"""Studios that the program starts by itself: shared by all who work on the same data, for one shot, or to be served."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from bot.backends import LocalBackendAway
from bot.settings import Settings
from studio.serve import StudioAway, join_or_serve, serve
from studio.settings import StudioSettings


@asynccontextmanager
async def shared(settings: Settings) -> AsyncIterator[str]:
    """The address of a studio: one that works on our data already, or else a new one. Raises `LocalBackendAway`."""
    with _studio_away():
        async with join_or_serve(_studio_settings(settings)) as address:
            yield address


@asynccontextmanager
async def alone(settings: Settings, scope: str) -> AsyncIterator[str]:
    """The address of a studio of which nothing stays. Raises `LocalBackendAway`."""
    folder = settings.photoreel_data / "work" / scope
    try:
        with _studio_away():
            async with serve(replace(_studio_settings(settings), folder=folder)) as running:
                yield running.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def served(settings: Settings, host: str, port: int) -> AsyncIterator[str]:
    """The address of a studio that others may use. Raises `LocalBackendAway`, or `OSError` where the port is taken."""
    with _studio_away():
        async with serve(_studio_settings(settings), host=host, port=port) as running:
            yield running.url


@contextmanager
def _studio_away() -> Iterator[None]:
    try:
        yield
    except* StudioAway as group:
        raise LocalBackendAway(str(group.exceptions[0])) from group


def _studio_settings(settings: Settings) -> StudioSettings:
    return StudioSettings(
        folder=settings.photoreel_data / "studio",
        generation_seconds=settings.studio_generation_seconds,
        edit_seconds=settings.studio_edit_seconds,
        keeps_working=settings.studio_keeps_working,
        claim=False,  # there is no page behind the link of a local project
    )
