"""Nobody waits for somebody else: one chat with a hundred jobs, and others that come after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from core.jobs import Ended, Phase, Verdict
from core.store.connection import StoreSettings, open_store
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from tests.core.store.mail import chat, message
from tests.core.workbench import QUICK, Desk, at_work, until
from tests.wire.valkey import valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    with valkey() as server:
        async with open_store(StoreSettings(server.url, tmp_path)) as store:
            yield Mailbox(store, store.keys)


async def test_a_hundred_jobs_of_one_chat_delay_nobody_else(mailbox: Mailbox) -> None:
    """Each other chat is served before the busy one's third job is over, in whatever order the workers take them."""

    async def work(lease: Lease) -> Verdict:
        if lease.job.message.text.startswith("busy"):
            await asyncio.sleep(0.2)
        return Ended(Phase.DONE)

    desk = Desk(work)
    for number in range(100):
        await mailbox.enqueue(message(f"busy {number}", chat("busy")), now=time())
    async with at_work(mailbox, desk, QUICK):
        for number in range(30):
            await mailbox.enqueue(message(f"other {number}", chat(f"other {number}")), now=time())
        await until(lambda: sum(text.startswith("other") for text in desk.ended) == 30)
        assert sum(text.startswith("busy") for text in desk.ended) <= 5
        await mailbox.cancel(chat("busy"))


async def test_a_worker_that_is_full_of_waiting_work_leaves_the_rest_to_others(mailbox: Mailbox) -> None:
    release = asyncio.Event()

    async def work(lease: Lease) -> Verdict:
        if lease.job.message.text.startswith("long"):
            await release.wait()
        return Ended(Phase.DONE)

    full, free = Desk(work), Desk(work)
    async with at_work(mailbox, full, replace(QUICK, capacity=4)):
        for number in range(4):
            await mailbox.enqueue(message(f"long {number}", chat(f"long {number}")), now=time())
        await until(lambda: len(full.begun) == 4)
        async with at_work(mailbox, free, QUICK):
            for number in range(40):
                await mailbox.enqueue(message(f"short {number}", chat(str(number))), now=time())
            await until(lambda: len(free.ended) == 40)
            release.set()
            await until(lambda: len(full.ended) == 4)
