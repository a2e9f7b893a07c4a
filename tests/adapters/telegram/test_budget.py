"""Budgets: results before progress, one chat's pause for that chat alone, and never more than Telegram takes."""

from __future__ import annotations

import asyncio

import pytest

from adapters.telegram import budget as budgets
from adapters.telegram.budget import Budget, Rate
from core.errors import SlowDown
from tests.adapters.telegram.memory import MemoryPace

pytestmark = pytest.mark.anyio

ANN, BOB, CLUB = 7, 8, -1001


@pytest.mark.parametrize(("rate", "most", "seconds"), [(budgets.GROUP, 20, 60), (budgets.ALL, 30, 1)])
def test_no_window_of_time_holds_more_than_telegram_takes(rate: Rate, most: int, seconds: int) -> None:
    assert rate.burst + rate.rate * seconds <= most


async def test_a_short_wait_is_waited_and_a_long_one_told() -> None:
    pace = MemoryPace(strict=True)
    budget = Budget(pace, "42")
    await budget.result(ANN)
    await budget.result(ANN)
    await budget.hold(ANN, 100)
    with pytest.raises(SlowDown) as order:
        await budget.result(ANN)
    assert order.value.retry_after > 99


async def test_a_pause_holds_up_nobody_else() -> None:
    budget = Budget(MemoryPace(strict=True), "42")
    await budget.hold(ANN, 100)
    await budget.result(BOB)
    await budget.result(CLUB)
    with pytest.raises(SlowDown):
        await budget.progress(ANN)
    assert not await budget.preview(ANN)


@pytest.mark.parametrize("budget_of", ["telegram:42:7", "telegram:42:all"])
async def test_while_a_result_waits_progress_waits_longer(budget_of: str) -> None:
    pace = MemoryPace(strict=True)
    budget = Budget(pace, "42")
    await pace.hold(budget_of, 6)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(budget.result(ANN))
        while len(pace.held) < 2:
            await asyncio.sleep(0)
        with pytest.raises(SlowDown) as order:
            await budget.progress(ANN)
        assert order.value.retry_after > 6.2
        waiting.cancel()


async def test_previews_wait_for_nothing() -> None:
    budget = Budget(MemoryPace(strict=True), "42")
    assert await budget.preview(ANN)
    assert not await budget.preview(ANN)
    assert await budget.preview(BOB)


async def test_two_bots_have_budgets_of_their_own() -> None:
    pace = MemoryPace(strict=True)
    await Budget(pace, "42").result(ANN)
    await Budget(pace, "43").result(ANN)
    assert len(set(pace.taken)) == 4
