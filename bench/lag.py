"""How late the event loop comes to what is due: by the clock, and by the work of this process alone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

TICK: Final = 0.01  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds by which the loop was late. `own` is what its own work explains: while other programs have the cores, the
    clock goes on and this process's CPU time does not."""

    wall: float
    own: float


async def lags_for(seconds: float) -> list[Lag]:
    """What is seen within that time."""
    end = time.monotonic() + seconds
    return [await look() for _ in iter(lambda: time.monotonic() < end, False)]


async def look() -> Lag:
    """Once."""
    due, cpu = time.monotonic() + TICK, time.process_time()
    await asyncio.sleep(TICK)
    late = max(0.0, time.monotonic() - due)
    return Lag(late, min(late, time.process_time() - cpu))
