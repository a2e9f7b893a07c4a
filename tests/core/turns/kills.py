"""A house for workers that are killed: nobody is at work yet, leases are short, and looks at the state are patient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from core.worker import WorkerSettings
from core.workshop import Times
from studio.serve import Studio
from tests.core.chat import LIMITS
from tests.core.house import TIMES, House, Premises, house

LEASE = 1.5  # a busy machine may be late to renew sixteen of them, but not by so much
WORKER = WorkerSettings(lease=LEASE, drain=0.2, block=0.05, attempts=6)
PATIENT = replace(TIMES, looks=(0.2,) * 5, term=LEASE)


@asynccontextmanager
async def fragile(
    ground: Premises, folder: Path, backend: Studio, *, dedupe: bool = True, times: Times = PATIENT
) -> AsyncIterator[House]:
    """With `dedupe` the platform drops a message that is sent again under the same delivery key, and says so."""
    async with house(ground, folder, backend=backend, at_work=False, times=times) as home:
        home.settings = WORKER
        home.room.drops_repeats = dedupe
        home.room.limits_now = replace(LIMITS, repeats_are_harmless=dedupe)
        yield home
