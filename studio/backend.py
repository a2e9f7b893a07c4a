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
    sessions.forget_stale()
    async with crew() as hired:
        turns = Turns(settings, accounts, sessions, faults, hired)
        renders = Renders(settings, sessions, renderer, hired)
        renders.forget_stale()
        hired.start(asyncio.to_thread(warm_up))
        turns.resume()
        renders.resume()
        yield Backend(settings, accounts, sessions, turns, renders)
