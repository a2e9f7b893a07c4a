"""Messages for tests of the mailbox."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from core.messages import ConversationKey, InboundMessage, Sender
from core.store.keys import PARTITIONS, Keys, name_of, partition_of
from core.store.lease import Lease
from core.store.mailbox import Lane, Mailbox, Token, job_id_of

NUMBERS = count(1)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def chat(name: str = "1", thread: str = "") -> ConversationKey:
    return ConversationKey("room", name, thread)


def message(text: str = "hello", key: ConversationKey | None = None, **more: Any) -> InboundMessage:
    """A message with an id of its own."""
    values = {"id": f"m{next(NUMBERS)}", "sender": Sender("anna"), "sent_at": NOW, **more}
    return InboundMessage(key=key or chat(), text=text, **values)


async def tokens(mailbox: Mailbox, consumer: str = "w1", count: int = 64) -> list[Token]:
    """The conversations that are up now."""
    taken = await mailbox.take(consumer, Lane.WORK, count=count, block=0.02)
    return [one for one in taken if isinstance(one, Token)]


async def lease(mailbox: Mailbox, consumer: str = "w1") -> Lease:
    """The lease of the one conversation that is up now."""
    [token] = await tokens(mailbox, consumer)
    held = await mailbox.begin(token, owner=consumer)
    assert held is not None
    return held


async def taken_over(mailbox: Mailbox, consumer: str = "w2") -> Lease:
    """The lease of the one conversation that somebody else holds, as if that one had been silent."""
    [token] = await mailbox.recover(consumer, Lane.WORK, idle=0, count=64)
    assert isinstance(token, Token)
    held = await mailbox.begin(token, owner=consumer)
    assert held is not None
    return held


async def woken(mailbox: Mailbox, now: float) -> None:
    """Hand out everything that was parked until then."""
    for partition in range(PARTITIONS):
        await mailbox.wake(partition, now=now)


def key_of_job(keys: Keys, sent: InboundMessage) -> str:
    """Where the job of a message is kept."""
    return f"{keys.in_partition(partition_of(name_of(sent.key)), 'job')}:{job_id_of(sent.key, sent.id)}"
