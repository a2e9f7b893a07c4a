"""A process that is told to stop while it starts says nothing of being ready, and takes nothing up."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot import processes
from bot.processes import House, Parts
from bot.settings import load

pytestmark = pytest.mark.anyio


class Building:
    """Stands for a house that takes a moment to be opened, in which somebody may ask for its end."""

    def __init__(self, *signals: signal.Signals) -> None:
        self.signals = signals
        self.announced: list[House] = []
        self.ran = self.closed = False

    @asynccontextmanager
    async def open(self, *_: Any) -> AsyncIterator[Any]:
        try:
            for one in self.signals:
                os.kill(os.getpid(), one)
                await asyncio.sleep(0.05)
            yield self
        finally:
            self.closed = True

    async def run(self, stop: asyncio.Event) -> None:
        self.ran = True


@pytest.mark.parametrize(("signals", "ready"), [((), True), ((signal.SIGTERM,), False), ((signal.SIGINT,), False)])
async def test_only_who_goes_on_is_ready(
    monkeypatch: pytest.MonkeyPatch, signals: tuple[signal.Signals, ...], ready: bool
) -> None:
    building = Building(*signals)
    monkeypatch.setattr(processes, "open_house", building.open)
    await processes.run(load(), Parts(work=True), announce=building.announced.append)
    assert (bool(building.announced), building.ran, building.closed) == (ready, ready, True)


async def test_a_second_signal_ends_the_start_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    building = Building(signal.SIGTERM, signal.SIGTERM)
    monkeypatch.setattr(processes, "open_house", building.open)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(processes.run(load(), Parts(work=True), announce=building.announced.append))
    assert building.closed
