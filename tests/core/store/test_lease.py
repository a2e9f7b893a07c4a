"""A lease on a real server: whoever lost it changes nothing, and another goes on from what was noted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.errors import LeaseLost
from core.jobs import Phase
from core.store.connection import Connection
from core.store.lease import Lease
from core.store.mailbox import Lane, Mailbox
from core.store.records import Records, written
from tests.core.store.contents import contents
from tests.core.store.mail import chat, lease, message, taken_over, tokens

pytestmark = pytest.mark.anyio


async def test_a_record_is_saved_together_with_the_phase(mailbox: Mailbox, connection: Connection) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox)
    await held.save(phase=Phase.UPLOADING, notes={"n": "1"}, record=written(wish="a wish", revision=3))
    record = await Records(connection, connection.keys).load(chat())
    assert (record.wish, record.revision) == ("a wish", 3)
    job = await mailbox.running(chat())
    assert job is not None
    assert (job.phase, job.notes) == (Phase.UPLOADING, {"n": "1"})


CHANGES: dict[str, Callable[[Lease], Awaitable[Any]]] = {
    "save": lambda held: held.save(phase=Phase.SENT, notes={"x": "y"}, record=written(wish="w")),
    "absorb": lambda held: _absorb(held),
    "renew": lambda held: held.renew(),
    "excuse": lambda held: held.excuse(),
    "finish": lambda held: held.finish(Phase.DONE),
    "park": lambda held: held.park(1e9),
}


async def _absorb(held: Lease) -> None:
    await held.absorb(await held.waiting())


@pytest.mark.parametrize("change", CHANGES)
async def test_who_lost_the_lease_changes_nothing(mailbox: Mailbox, connection: Connection, change: str) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await mailbox.enqueue(message("second"), now=1)
    stale = await lease(mailbox, "w1")
    await taken_over(mailbox)
    before = await contents(connection, connection.keys.prefix)
    with pytest.raises(LeaseLost):
        await CHANGES[change](stale)
    assert await contents(connection, connection.keys.prefix) == before


async def test_who_finished_has_no_lease_any_more(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    await mailbox.enqueue(message("second"), now=1)
    held = await lease(mailbox)
    await held.finish(Phase.DONE)
    with pytest.raises(LeaseLost):
        await held.finish(Phase.DONE)
    assert (await lease(mailbox)).job.message.text == "second"


async def test_the_lease_is_asked_about_only_after_half_its_term(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    stale = await lease(mailbox, "w1")
    await taken_over(mailbox)
    await stale.check(term=1000)
    with pytest.raises(LeaseLost):
        await stale.check(term=0)


async def test_a_silent_owner_is_followed_by_another_who_sees_what_was_noted(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    first = await lease(mailbox, "w1")
    await first.save(phase=Phase.SENT, notes={"before": "state"})
    assert await mailbox.recover("w2", Lane.WORK, idle=60, count=64) == []
    second = await taken_over(mailbox)
    assert (second.job.phase, second.job.notes, second.job.attempts) == (Phase.SENT, {"before": "state"}, 2)
    assert second.fence > first.fence


async def test_a_renewed_lease_is_not_taken_over(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    held = await lease(mailbox, "w1")
    for _ in range(4):
        await asyncio.sleep(0.06)
        await held.renew()
        assert await mailbox.recover("w2", Lane.WORK, idle=0.1, count=64) == []


async def test_a_lost_reply_of_taking_loses_nothing(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    assert len(await tokens(mailbox, "w1")) == 1  # and w1 never hears of it
    assert len(await mailbox.recover("w2", Lane.WORK, idle=0, count=64)) == 1
