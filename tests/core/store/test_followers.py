"""Jobs that another one leaves behind: next in line, once, unless somebody asked to stop."""

from __future__ import annotations

import pytest

from core.errors import LeaseLost
from core.jobs import Follower, Phase
from core.store.mailbox import Mailbox
from tests.core.store.mail import lease, message, taken_over, tokens

pytestmark = pytest.mark.anyio


def followers(count: int) -> list[Follower]:
    return [Follower(message(f"part {number}"), notes={"number": str(number)}) for number in range(1, count + 1)]


async def texts(mailbox: Mailbox) -> list[str]:
    """What comes, job by job, each being ended at once."""
    seen = []
    while taken := await tokens(mailbox):
        held = await mailbox.begin(taken[0], owner="w1")
        assert held is not None
        seen.append(held.job.message.text)
        await held.finish(Phase.DONE)
    return seen


async def test_followers_come_next_in_order_before_what_waits(mailbox: Mailbox) -> None:
    for text in ("first", "waits"):
        await mailbox.enqueue(message(text), now=1)
    held = await lease(mailbox)
    assert await held.follow(followers(3), now=5)
    await held.finish(Phase.DONE)
    assert await texts(mailbox) == ["part 1", "part 2", "part 3", "waits"]


async def test_a_follower_is_a_job_of_its_own_with_what_it_was_given(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    held = await lease(mailbox)
    given = Follower(message("later"), Phase.ANSWERED, {"before": "x", "answer": ""})
    await held.follow([given], now=5)
    await held.finish(Phase.DONE)
    job = (await lease(mailbox)).job
    assert (job.id, job.phase, job.accepted_at, job.attempts) == (f"{held.job.id}.1", Phase.ANSWERED, 5, 1)
    assert (dict(job.notes), job.message, job.parts) == ({"before": "x", "answer": ""}, given.message, ())


async def test_leaving_them_behind_twice_leaves_them_once_and_as_they_are(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message("first"), now=1)
    held = await lease(mailbox)
    assert await held.follow(followers(2), now=5)
    assert await held.follow([Follower(message("another"))] * 2, now=6)
    await held.finish(Phase.DONE)
    assert await texts(mailbox) == ["part 1", "part 2"]


async def test_nothing_follows_what_was_asked_to_stop(mailbox: Mailbox) -> None:
    sent = message("first")
    await mailbox.enqueue(sent, now=1)
    held = await lease(mailbox)
    await mailbox.cancel(sent.key)
    assert not await held.follow(followers(2), now=5)
    await held.finish(Phase.CANCELLED)
    assert await texts(mailbox) == []


async def test_a_cancel_reaches_those_that_wait_behind(mailbox: Mailbox) -> None:
    sent = message("first")
    await mailbox.enqueue(sent, now=1)
    held = await lease(mailbox)
    await held.follow(followers(2), now=5)
    assert len(await mailbox.cancel(sent.key)) == 3
    await held.finish(Phase.CANCELLED)
    assert (await lease(mailbox)).job.cancelled


async def test_whoever_lost_the_lease_leaves_nothing_behind(mailbox: Mailbox) -> None:
    sent = message("first")
    await mailbox.enqueue(sent, now=1)
    held = await lease(mailbox)
    await taken_over(mailbox)
    with pytest.raises(LeaseLost):
        await held.follow(followers(2), now=5)
    assert await mailbox.job(sent.key, f"{held.job.id}.1") is None


async def test_what_is_to_be_forgotten_includes_them(mailbox: Mailbox) -> None:
    sent = message("first")
    await mailbox.enqueue(sent, now=1)
    held = await lease(mailbox)
    await held.follow(followers(2), now=5)
    await held.finish(Phase.DONE)
    await mailbox.forget(sent.key, term=0.1)
    assert await texts(mailbox) == []
    assert await mailbox.job(sent.key, f"{held.job.id}.2") is None
