"""A worker whose store is killed, away or emptied: nothing is lost, the order is kept, and no job is blamed."""

from __future__ import annotations

import asyncio
from time import time

import pytest

from core.errors import StoreError
from core.jobs import Verdict
from core.store.connection import Connection
from core.store.lease import Lease
from core.store.mailbox import Mailbox
from core.worker import WorkerSettings
from tests.core.store.mail import message
from tests.core.workbench import DONE, Desk, at_work, until
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def mailbox(own_connection: Connection) -> Mailbox:
    """On a server of its own."""
    return Mailbox(own_connection, own_connection.keys)


async def insist(mailbox: Mailbox, text: str) -> None:
    """Insist, as a platform does that gets no confirmation."""
    sent = message(text)
    async with asyncio.timeout(30):
        while True:
            try:
                await mailbox.enqueue(sent, now=time())
                return
            except StoreError:
                await asyncio.sleep(0.02)


async def test_a_store_that_is_killed_and_comes_back_loses_nothing_and_keeps_the_order(
    mailbox: Mailbox, own_server: Valkey
) -> None:
    done: list[str] = []

    async def work(lease: Lease) -> Verdict:
        await asyncio.sleep(0.02)
        await lease.save(notes={"done": "1"})
        done.append(lease.job.message.text)
        return DONE

    async with at_work(mailbox, Desk(work)):
        sent = 0
        for round_ in range(3):
            for _ in range(10):
                await insist(mailbox, str(sent))
                sent += 1
            own_server.kill()
            await asyncio.sleep(0.05 * round_)
            own_server.start()
        await until(lambda: len(set(done)) == sent, seconds=20)
    order = [text for at, text in enumerate(done) if text not in done[:at]]
    assert order == [str(number) for number in range(sent)]


async def test_an_absent_store_is_not_blamed_on_the_job(mailbox: Mailbox, own_server: Valkey) -> None:
    attempts: list[int] = []
    calm = asyncio.Event()

    async def work(lease: Lease) -> Verdict:
        attempts.append(lease.job.attempts)
        if not calm.is_set():
            own_server.restart()
        await lease.save(notes={"x": "1"})
        return DONE

    desk = Desk(work)
    await mailbox.open()
    await mailbox.enqueue(message("x"), now=time())
    async with at_work(mailbox, desk, WorkerSettings(lease=0.3, drain=0.3, block=0.05, attempts=2)):
        await until(lambda: len(attempts) >= 3 or desk.ended, seconds=20)
        calm.set()
        await until(lambda: desk.ended or desk.given_up, seconds=20)
    assert desk.given_up == []


async def test_a_store_that_is_away_at_the_start_is_waited_for(mailbox: Mailbox, own_server: Valkey) -> None:
    own_server.kill()
    desk = Desk()
    async with at_work(mailbox, desk):
        await asyncio.sleep(0.1)
        own_server.start()
        await insist(mailbox, "x")
        await until(lambda: desk.ended == ["x"])


async def test_emptied_streams_are_made_anew(mailbox: Mailbox, own_server: Valkey) -> None:
    desk = Desk()
    async with at_work(mailbox, desk):
        await insist(mailbox, "before")
        await until(lambda: desk.ended == ["before"])
        own_server.say("FLUSHALL")
        await insist(mailbox, "after")
        await until(lambda: desk.ended == ["before", "after"])
