"""Pauses that are ordered are kept whole, in the chat that they are for; and distance is kept unasked."""

from __future__ import annotations

import pytest

from adapters.telegram.sender import TelegramSender
from core.errors import SlowDown
from tests.adapters.telegram.desk import Desk, another_process, at
from tests.adapters.telegram.memory import MemoryPace
from tests.wire.telegram.faults import pause
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


async def test_the_whole_pause_is_told_and_holds_this_chat_alone(hand: Desk, ann: Person) -> None:
    bob = hand.server.person("Bob")
    hand.server.faults.plan("sendMessage", pause(13_938), chat=ann.id)
    with pytest.raises(SlowDown) as order:
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert order.value.retry_after == 13_938
    with pytest.raises(SlowDown) as held:
        await another_process(hand).send_text(at(ann), "hello", key="k1")
    assert held.value.retry_after > 13_000
    await hand.sender.send_text(at(bob), "hello", key="k1")
    assert hand.server.floods.early == []
    assert bob.chat.texts == ["hello"]


async def test_a_pause_ordered_for_an_edit_holds_up_the_chat_too(hand: Desk, ann: Person) -> None:
    ref = await hand.sender.send_text(at(ann), "Rendering", key="k1")
    hand.server.faults.plan("editMessageText", pause(60))
    with pytest.raises(SlowDown) as order:
        await hand.sender.edit_text(ref, "Rendering 40 %")
    assert order.value.retry_after == 60
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "done", key="k2")


async def test_three_messages_to_one_person_keep_their_distance(hand: Desk, ann: Person) -> None:
    hand.server.floods.on = True
    hand.server.floods.per_chat = (1, 0.9)
    sender = TelegramSender(hand.line, MemoryPace(strict=True), hand.notes)
    for number in range(3):
        await sender.send_text(at(ann), str(number), key=f"k{number}")
    assert ann.chat.texts == ["0", "1", "2"]
    assert {call.code for call in hand.server.ledger.of("sendMessage")} == {200}
