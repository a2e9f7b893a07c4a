"""Delivery keys: what is said again after a lost answer, what never is, and how long that is known."""

from __future__ import annotations

import asyncio

import pytest

from adapters.telegram.places import message_id
from adapters.telegram.sender import TelegramSender
from core.errors import OutcomeUnknown, SlowDown
from core.messages import LocalClip
from tests.adapters.telegram.desk import Desk, another_process, at, desk
from tests.adapters.telegram.memory import MemoryNotes
from tests.wire.telegram.faults import Fault, cut, gateway, slow
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


async def test_another_process_with_the_same_key_sends_nothing(hand: Desk, ann: Person, clip: LocalClip) -> None:
    text = await hand.sender.send_text(at(ann), "once", key="k1")
    video = await hand.sender.send_video(at(ann), clip, "once", key="k2")
    assert await another_process(hand).send_text(at(ann), "once", key="k1") == text
    assert await another_process(hand).send_video(at(ann), clip, "once", key="k2") == video
    assert len(ann.chat.bots) == 2


async def test_a_video_whose_answer_was_lost_is_never_sent_again(hand: Desk, ann: Person, clip: LocalClip) -> None:
    hand.server.faults.plan("sendVideo", cut(after=True))
    for sender in (hand.sender, hand.sender, another_process(hand)):
        with pytest.raises(OutcomeUnknown):
            await sender.send_video(at(ann), clip, "once", key="k1")
    assert len(ann.chat.videos) == 1


async def test_a_video_whose_sender_was_killed_is_never_sent_again(hand: Desk, ann: Person, clip: LocalClip) -> None:
    hand.server.faults.plan("sendVideo", Fault("slow", True, seconds=30))
    sending = asyncio.create_task(hand.sender.send_video(at(ann), clip, "once", key="k1"))
    await hand.server.until(lambda: ann.chat.videos)
    sending.cancel()
    await asyncio.wait([sending])
    with pytest.raises(OutcomeUnknown):
        await another_process(hand).send_video(at(ann), clip, "once", key="k1")
    assert len(ann.chat.videos) == 1


async def test_a_text_whose_answer_was_lost_is_said_again(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", gateway())
    with pytest.raises(OutcomeUnknown):
        await hand.sender.send_text(at(ann), "What changed: the title", key="k1")
    await hand.sender.send_text(at(ann), "What changed: the title", key="k1")
    assert ann.chat.texts == ["What changed: the title"]


async def test_a_text_on_its_way_is_waited_for_and_not_said_twice(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", Fault("slow", True, seconds=0.5))
    first = asyncio.create_task(hand.sender.send_text(at(ann), "once", key="k1"))
    await hand.server.until(lambda: ann.chat.texts)
    assert await another_process(hand).send_text(at(ann), "once", key="k1") == await first
    assert ann.chat.texts == ["once"]


async def test_a_text_of_somebody_who_was_killed_is_said_by_who_comes_later(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", Fault("slow", seconds=30))
    killed = asyncio.create_task(another_process(hand, now=1000.0).send_text(at(ann), "hello", key="k1"))
    await hand.server.until(lambda: hand.server.ledger.of("sendMessage"))
    killed.cancel()
    await asyncio.wait([killed])
    await another_process(hand, now=1030.0).send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == ["hello"]


@pytest.mark.parametrize("fault", [gateway(after=True), cut(), gateway()])
async def test_an_edit_whose_answer_was_lost_is_repeated(hand: Desk, ann: Person, fault: Fault) -> None:
    ref = await hand.sender.send_text(at(ann), "Rendering", key="k1")
    hand.server.faults.plan("editMessageText", fault)
    await hand.sender.edit_text(ref, "What changed: the title")
    assert ann.chat.texts == ["What changed: the title"]


async def test_an_answer_about_a_file_is_waited_for_longer_than_others(
    clip: LocalClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.telegram.line.ANSWER", 0.5)
    async with desk() as hand:
        ann = hand.server.person("Ann")
        hand.server.faults.plan("*", slow(1.5, after=True), times=2)
        await hand.sender.send_video(at(ann), clip, "done", key="video")
        with pytest.raises(OutcomeUnknown):
            await hand.sender.send_text(at(ann), "hello", key="text")


async def test_a_store_that_is_away_lets_nothing_be_sent(hand: Desk, ann: Person) -> None:
    hand.notes.away = True
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    hand.notes.away, hand.pace.away = False, True
    with pytest.raises(SlowDown):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == []


async def test_a_store_that_goes_away_during_a_send_does_not_unsend_it(hand: Desk, ann: Person) -> None:
    class Falling(MemoryNotes):
        async def put(self, chat: str, name: str, value: bytes, *, seconds: float) -> None:
            self.away = b'"id"' in value
            await super().put(chat, name, value, seconds=seconds)

    ref = await TelegramSender(hand.line, hand.pace, Falling()).send_text(at(ann), "hello", key="k1")
    assert ref.id == message_id(ann.id, ann.chat.bots[0].id)


async def test_delivery_keys_are_kept_for_a_week_and_no_longer(hand: Desk, ann: Person) -> None:
    await hand.sender.send_text(at(ann), "hello", key="k1")
    assert set(hand.notes.lifetimes.values()) == {7 * 24 * 3600.0}


async def test_forgetting_strikes_out_the_place_and_no_other(hand: Desk, ann: Person) -> None:
    bob = hand.server.person("Bob")
    await hand.sender.send_text(at(ann), "hello", key="k1")
    await hand.sender.send_text(at(bob), "hello", key="k1")
    await hand.sender.forget(at(ann))
    assert {chat for chat, _ in hand.notes.kept} == {str(bob.id)}
