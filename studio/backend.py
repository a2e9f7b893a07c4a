"""The studio's parts, put together and opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from studio.accounts import Accounts
from studio.agent import warm_up
from studio.crew import crew
from studio.faults import Faults
from studio.renders import Renderer, Renders
from studio.sessions import Sessions
from studio.settings import StudioSettings
from studio.turns import Turns

TIDY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything that the endpoints need."""

    settings: StudioSettings
    accounts: Accounts
    sessions: Sessions
    turns: Turns
    renders: Renders


@asynccontextmanager
async def open_backend(
    settings: StudioSettings, faults: Faults, renderer: Callable[[], Renderer]
) -> AsyncIterator[Backend]:
    """The studio at work: reads what was kept, goes on with what was under way, ends all of it on leaving."""
    accounts = Accounts(settings)
    sessions = Sessions(settings)
    async with crew() as hired:
        turns = Turns(settings, accounts, sessions, faults, hired)
        renders = Renders(settings, sessions, renderer, hired)
        _tidy_up(sessions, renders)
        hired.start(asyncio.to_thread(warm_up))
        hired.start(_keep_tidy(sessions, renders))
        turns.resume()
        renders.resume()
        yield Backend(settings, accounts, sessions, turns, renders)


def _tidy_up(sessions: Sessions, renders: Renders) -> None:
    renders.forget_stale()
    sessions.forget_stale(renders.under_way())


async def _keep_tidy(sessions: Sessions, renders: Renders) -> None:
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        _tidy_up(sessions, renders)
