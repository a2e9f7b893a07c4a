"""Jobs that cannot be read, or not wholly: each costs itself alone, and its neighbours are served."""

from __future__ import annotations

import pytest

from core.store.connection import Connection
from core.store.mailbox import Mailbox
from tests.core.store.mail import key_of_job, lease, message, tokens

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("field", ["message", "phase", "at"])
@pytest.mark.parametrize("value", ["\xff\xfe", "{}", "nonsense"])
async def test_a_poisoned_job_costs_itself_alone(
    mailbox: Mailbox, connection: Connection, field: str, value: str
) -> None:
    sent = message("poison")
    await mailbox.enqueue(sent, now=1)
    await mailbox.enqueue(message("neighbour"), now=1)
    await connection.commands.hset(key_of_job(connection.keys, sent), field, value.encode("latin-1"))
    [token] = await tokens(mailbox)
    assert await mailbox.begin(token, owner="w1") is None
    assert (await lease(mailbox)).job.message.text == "neighbour"


async def test_a_poisoned_message_that_waits_does_not_disturb_the_one_in_hand(
    mailbox: Mailbox, connection: Connection
) -> None:
    await mailbox.enqueue(message("good"), now=1)
    sent = message("poison")
    await mailbox.enqueue(sent, now=1)
    await connection.commands.hset(key_of_job(connection.keys, sent), "message", "{")
    assert await (await lease(mailbox)).waiting() == []


async def test_a_job_that_is_no_longer_kept_is_passed_over(mailbox: Mailbox, connection: Connection) -> None:
    sent = message("expired")
    await mailbox.enqueue(sent, now=1)
    await mailbox.enqueue(message("next"), now=1)
    await connection.commands.delete(key_of_job(connection.keys, sent))
    assert (await lease(mailbox)).job.message.text == "next"


async def test_fields_of_a_newer_version_are_tolerated(mailbox: Mailbox, connection: Connection) -> None:
    sent = message("from the future")
    await mailbox.enqueue(sent, now=1)
    await connection.commands.hset(key_of_job(connection.keys, sent), mapping={"mood": "good", "v": "2"})
    assert (await lease(mailbox)).job.message == sent
