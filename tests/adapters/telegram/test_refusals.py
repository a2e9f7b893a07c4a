"""Refusals are facts, each with its name, and say nothing of the token."""

from __future__ import annotations

import pytest

from adapters.telegram.places import key_of
from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown, TooLarge
from tests.adapters.telegram.desk import Desk, at, desk
from tests.wire.telegram.faults import Fault, cut, garbage, gateway, pause, refuse
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


REFUSALS: list[tuple[Fault, type[OutboundError]]] = [
    (refuse(403, "Forbidden: bot was blocked by the user"), ChatGone),
    (refuse(403, "Forbidden: bot was kicked from the supergroup chat"), ChatGone),
    (refuse(403, "Forbidden: user is deactivated"), ChatGone),
    (refuse(400, "Bad Request: chat not found"), ChatGone),
    (refuse(400, "Bad Request: TOPIC_CLOSED"), ChatGone),
    (refuse(400, "Bad Request: TOPIC_DELETED"), ChatGone),
    (refuse(400, "Bad Request: message thread not found"), ChatGone),
    (refuse(400, "Bad Request: group chat was deactivated"), ChatGone),
    (refuse(400, "Bad Request: not enough rights to send text messages to the chat"), Refused),
    (refuse(400, "Bad Request: CHAT_SEND_VIDEOS_FORBIDDEN"), Refused),
    (refuse(401, "Unauthorized"), Refused),
    (refuse(404, "Not Found"), Refused),
    (refuse(413, "Request Entity Too Large"), TooLarge),
    (Fault("status", status=413, body=b"<html>nginx</html>"), TooLarge),
    (refuse(400, "Bad Request: file is too big"), TooLarge),
    (pause(7), SlowDown),
    (Fault("status", status=429, body=b"<html>slow down</html>"), SlowDown),
    (gateway(502), OutcomeUnknown),
    (gateway(504), OutcomeUnknown),
    (refuse(500, "Internal Server Error"), OutcomeUnknown),
    (Fault("status", status=302, body=b""), OutcomeUnknown),
    (garbage(), OutcomeUnknown),
    (garbage(b'{"ok": true}'), OutcomeUnknown),
    (garbage(b'{"ok": true, "result": true}'), OutcomeUnknown),
    (garbage(b'{"ok": true, "result": {"message_id": 1}}'), OutcomeUnknown),
    (garbage(b"[]"), OutcomeUnknown),
    (cut(), OutcomeUnknown),
    (cut(after=True), OutcomeUnknown),
]


@pytest.mark.parametrize(("fault", "fact"), REFUSALS, ids=range(len(REFUSALS)))
async def test_every_refusal_is_a_fact(hand: Desk, ann: Person, fault: Fault, fact: type[OutboundError]) -> None:
    hand.server.faults.plan("sendMessage", fault)
    with pytest.raises(OutboundError) as caught:
        await hand.sender.send_text(at(ann), "hello", key="k1")
    assert type(caught.value) is fact
    assert hand.server.token not in repr(caught.value)


async def test_a_server_that_cannot_be_reached_has_certainly_sent_nothing() -> None:
    async with desk(api_url="http://127.0.0.1:1") as nowhere:  # nobody listens there
        with pytest.raises(SlowDown):
            await nowhere.sender.send_text(key_of(7), "hello", key="k1")
        assert nowhere.notes.kept == {}


async def test_after_a_definite_refusal_the_same_key_may_be_sent(hand: Desk, ann: Person) -> None:
    hand.server.faults.plan("sendMessage", refuse(400, "Bad Request: not enough rights to send text messages"))
    with pytest.raises(Refused):
        await hand.sender.send_text(at(ann), "hello", key="k1")
    await hand.sender.send_text(at(ann), "hello", key="k1")
    assert ann.chat.texts == ["hello"]
