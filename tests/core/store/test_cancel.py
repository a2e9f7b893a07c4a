"""A request to stop: it reaches what runs, what waits and what is parked, and nothing that comes later."""

from __future__ import annotations

import asyncio

import pytest

from core.jobs import Phase
from core.store.mailbox import Mailbox
from tests.core.store.mail import chat, lease, message, tokens, woken

pytestmark = pytest.mark.anyio


async def test_a_cancel_reaches_what_runs_and_what_waits(mailbox: Mailbox) -> None:
    for _ in range(3):
        await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    assert not await held.renew()
    assert len(await mailbox.cancel(chat())) == 3
    assert await held.renew()
    assert held.stop_asked.is_set()
    await held.finish(Phase.CANCELLED)
    assert (await lease(mailbox)).job.cancelled


async def test_a_cancel_wakes_what_is_parked(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await (await lease(mailbox)).park(1e9)
    await mailbox.cancel(chat())
    held = await lease(mailbox)
    assert held.job.cancelled
    await woken(mailbox, now=2e9)
    assert await tokens(mailbox) == []


async def test_what_is_parked_while_it_is_being_cancelled_comes_back_at_once(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    await mailbox.cancel(chat())
    await held.park(1e9)
    assert (await lease(mailbox)).job.cancelled


async def test_a_cancel_where_nothing_runs_says_so_and_spoils_nothing(mailbox: Mailbox) -> None:
    assert await mailbox.cancel(chat()) == []
    await mailbox.enqueue(message(), now=1)
    assert not (await lease(mailbox)).job.cancelled


async def test_a_signal_tells_whoever_listens(mailbox: Mailbox) -> None:
    heard: list[str] = []

    async def listen() -> None:
        async for name in mailbox.signals():
            heard.append(name)
            return

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        while not listening.done():
            await mailbox.signal("somebody")
            await asyncio.sleep(0.01)
    assert heard == ["somebody"]
