"""What is shown while the answer is in the making: drafts of its words, and that something goes on."""

from __future__ import annotations

import pytest

from adapters.telegram.places import key_of
from core.messages import Activity
from tests.adapters.telegram.desk import Desk, another_process, at
from tests.wire.telegram.faults import Fault, cut, garbage, gateway, refuse
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


async def test_a_draft_is_rewritten_as_the_words_come(hand: Desk, ann: Person) -> None:
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    for text in ("I", "I will", "I will", "I will slow it"):
        await draft.update(text)
    assert [text for _, _, text in ann.chat.drafts] == ["I", "I will", "I will slow it"]
    assert len({draft_id for _, draft_id, _ in ann.chat.drafts}) == 1


async def test_drafts_that_are_refused_are_not_tried_again_anywhere(hand: Desk, ann: Person) -> None:
    ann.chat.draftable = False
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    await draft.update("two")
    assert hand.sender.stream(at(ann)) is None
    other = another_process(hand)
    await other.limits(at(ann))
    assert other.stream(at(ann)) is None
    assert hand.server.ledger.count("sendMessageDraft") == 1


async def test_a_server_without_drafts_is_no_error(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessageDraft", refuse(404, "Not Found"))
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    assert hand.sender.stream(at(ann)) is None


@pytest.mark.parametrize("fault", [gateway(), cut(), garbage()])
async def test_a_draft_that_got_lost_is_overtaken_by_the_next(hand: Desk, ann: Person, fault: Fault) -> None:
    hand.server.faults.plan("sendMessageDraft", fault)
    draft = hand.sender.stream(at(ann))
    assert draft is not None
    await draft.update("one")
    await draft.update("one two")
    assert [text for _, _, text in ann.chat.drafts] == ["one two"]


async def test_groups_have_no_drafts(hand: Desk, ann: Person) -> None:
    assert hand.sender.stream(at(hand.server.supergroup("Club", ann))) is None


async def test_that_something_is_going_on_is_shown_once_in_a_while(hand: Desk, ann: Person) -> None:
    for _ in range(5):
        await hand.sender.activity(at(ann), Activity.UPLOADING_VIDEO)
    assert [action for _, action in ann.chat.actions] == ["upload_video"]


async def test_where_nothing_can_be_shown_nothing_is_raised(hand: Desk, ann: Person) -> None:
    ann.blocks()
    await hand.sender.activity(at(ann), Activity.TYPING)
    hand.pace.away = True
    await hand.sender.activity(key_of(12345), Activity.TYPING)
