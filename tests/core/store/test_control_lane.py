"""The lane beside the mailbox: each thing once, at once, and nothing lost with a worker or to poison."""

from __future__ import annotations

import pytest

from core.messages import Edited, Gone, Inbound, MessageRef, Press, Sender
from core.store.connection import Connection
from core.store.keys import name_of, partition_of
from core.store.mailbox import Control, Lane, Mailbox
from tests.core.store.mail import NOW, chat, lease, message

pytestmark = pytest.mark.anyio

SHOWN = MessageRef(chat(), "1")


async def controls(mailbox: Mailbox) -> list[Control]:
    taken = await mailbox.take("w1", Lane.CONTROL, count=64, block=0.02)
    return [one for one in taken if isinstance(one, Control)]


@pytest.mark.parametrize("thing", [Gone(chat(), "g1"), Press(chat(), "p1", Sender("anna"), NOW, "t", SHOWN)])
async def test_the_control_lane_takes_each_thing_once(mailbox: Mailbox, thing: Inbound) -> None:
    assert await mailbox.post_control(thing)
    assert not await mailbox.post_control(thing)
    [control] = await controls(mailbox)
    assert control.inbound == thing
    await mailbox.done_with(control)
    assert await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64) == []


async def test_what_a_silent_worker_held_of_the_control_lane_is_taken_over(mailbox: Mailbox) -> None:
    await mailbox.post_control(Edited(chat(), "e1", "m1", "text"))
    await controls(mailbox)
    [again] = await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64)
    assert isinstance(again, Control)
    assert again.deliveries == 2


async def test_the_control_lane_does_not_wait_for_the_mailbox(mailbox: Mailbox) -> None:
    await mailbox.enqueue(message(), now=1)
    await lease(mailbox)
    await mailbox.post_control(Gone(chat(), "g1"))
    assert len(await controls(mailbox)) == 1


async def test_poison_in_the_control_lane_is_struck_off(mailbox: Mailbox, connection: Connection) -> None:
    stream = connection.keys.in_partition(partition_of(name_of(chat())), "control")
    for body in (b"unknown {}", b"press {", b"", b"\xff\xff"):
        await connection.commands.xadd(stream, {"i": body})
    await connection.commands.xadd(stream, {"other": "x"})
    await mailbox.post_control(Gone(chat(), "g1"))
    found = [*await controls(mailbox), *await controls(mailbox)]
    assert [control.inbound.id for control in found] == ["g1"]
    assert len(await mailbox.recover("w2", Lane.CONTROL, idle=0, count=64)) == 1
