"""Polling: what is confirmed and when, who polls, and what happens when things go wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from adapters.telegram.listener import TelegramListener
from adapters.telegram.places import key_of, message_id
from adapters.telegram.settings import TokenRefused
from core.messages import ConversationKey, InboundMessage, Moved
from tests.adapters.telegram.desk import COMMANDS, Desk, Mailbox, at, desk
from tests.adapters.telegram.memory import MemoryLeadership
from tests.wire.telegram.faults import cut, garbage, gateway, pause, refuse

pytestmark = pytest.mark.anyio


@dataclass
class Listening:
    """A listener at work."""

    desk: Desk
    mailbox: Mailbox
    leadership: MemoryLeadership
    task: asyncio.Task[None]
    log: list[Any] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What has been recorded."""
        return [one.text for one in self.mailbox.arrived if isinstance(one, InboundMessage)]

    async def until_confirmed(self) -> None:
        """Until the server keeps nothing for us any more."""
        await self.desk.server.until(lambda: not self.desk.server.updates.pending, "all confirmed", within=8)

    async def until_tried(self, times: int) -> None:
        """Until the mailbox has been asked so often."""
        await self.desk.server.until(lambda: self.mailbox.tries >= times, "tried", within=8)


def listener(hand: Desk, leadership: MemoryLeadership, **pauses: float) -> TelegramListener:
    """A listener that is quick to try again."""
    return TelegramListener(
        hand.line, leadership, hand.notes, COMMANDS, **{"first_pause": 0.01, "yield_seconds": 0.05, **pauses}
    )


@asynccontextmanager
async def listening(hand: Desk, mailbox: Mailbox | None = None, **pauses: float) -> AsyncIterator[Listening]:
    """A listener, stopped at the end."""
    mailbox, leadership = mailbox or Mailbox(), MemoryLeadership()
    with structlog.testing.capture_logs() as log:
        task = asyncio.create_task(listener(hand, leadership, **pauses).listen(mailbox.receive))
        try:
            yield Listening(hand, mailbox, leadership, task, log)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_messages_are_recorded_in_order_and_then_confirmed() -> None:
    async with desk() as hand:
        ann, bob = hand.server.person("Ann"), hand.server.person("Bob")
        for number in range(5):
            ann.says(f"a{number}")
            bob.says(f"b{number}")
        async with listening(hand) as it:
            await it.until_confirmed()
        assert [text for text in it.texts if text.startswith("a")] == [f"a{number}" for number in range(5)]
        assert [text for text in it.texts if text.startswith("b")] == [f"b{number}" for number in range(5)]


async def test_nothing_is_confirmed_before_it_is_recorded() -> None:
    async with desk() as hand:
        hand.server.person("Ann").says("hello")
        recorded = asyncio.Event()

        class Slow(Mailbox):
            async def receive(self, inbound: Any) -> None:
                await recorded.wait()
                await super().receive(inbound)

        async with listening(hand, Slow()) as it:
            await hand.server.until(lambda: hand.server.ledger.count("getUpdates"))
            await asyncio.sleep(0.2)
            assert hand.server.updates.pending
            recorded.set()
            await it.until_confirmed()


async def test_a_chat_that_takes_long_keeps_no_other_waiting() -> None:
    async with desk() as hand:
        ann, bob = hand.server.person("Ann"), hand.server.person("Bob")
        ann.says("slow")
        bob.says("quick")
        seen = asyncio.Event()

        class Waiting(Mailbox):
            async def receive(self, inbound: Any) -> None:
                if inbound.text == "slow":
                    await seen.wait()
                await super().receive(inbound)
                seen.set()

        async with listening(hand, Waiting()) as it:
            await it.until_confirmed()
        assert it.texts == ["quick", "slow"]


async def test_a_store_that_is_away_costs_nothing_and_is_not_hammered() -> None:
    async with desk() as hand:
        mailbox = Mailbox(away=True)
        ann = hand.server.person("Ann")
        async with listening(hand, mailbox, first_pause=0.05) as it:
            ann.says("one")
            ann.says("two")
            await it.until_tried(3)
            assert len(hand.server.updates.pending) == 2
            assert mailbox.tries <= 6
            waits = [line["seconds"] for line in it.log if line["event"] == "polling_waits"]
            assert waits == sorted(waits)
            assert len(set(waits)) == len(waits)
            mailbox.away = False
            await it.until_confirmed()
        assert it.texts == ["one", "two"]


async def test_what_follows_an_unrecorded_message_of_a_chat_does_not_overtake_it() -> None:
    async with desk() as hand:
        ann, bob = hand.server.person("Ann"), hand.server.person("Bob")

        class Once(Mailbox):
            async def receive(self, inbound: Any) -> None:
                self.away = inbound.text == "first" and self.tries < 2
                await super().receive(inbound)

        ann.says("first")
        bob.says("other")
        ann.says("second")
        async with listening(hand, Once()) as it:
            await it.until_confirmed()
        assert it.texts == ["other", "first", "second"]


UNREADABLE: list[dict[str, Any]] = [
    {"message": {"message_id": "x"}},
    {"message": {"date": 1}},
    {"message": 7},
    {"message": {"message_id": 1, "date": "yesterday", "chat": {"id": 7, "type": "private"}}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "photo": [{"file_id": 3}]}},
    {"callback_query": {"id": "1"}},
    {"edited_message": []},
    {"my_chat_member": {"chat": None}},
    {"telepathy": {"text": "go"}},
    {},
]


@pytest.mark.parametrize("update", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_an_update_that_cannot_be_read_is_put_aside_and_not_fetched_again(update: dict[str, Any]) -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        ann.says("before")
        hand.server.updates.put_raw(update)
        ann.says("after")
        async with listening(hand) as it:
            await it.until_confirmed()
            assert it.texts == ["before", "after"]
        assert hand.server.ledger.count("getUpdates") <= 3


async def test_what_the_core_cannot_digest_is_put_aside_without_its_words() -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        poison = ann.says("my secret is 1234")
        ann.says("after")
        async with listening(hand, Mailbox(poison={message_id(ann.id, poison.id)})) as it:
            await it.until_confirmed()
            assert it.texts == ["after"]
            aside = [line for line in it.log if line["event"] == "update_put_aside"]
        assert [(line["kind"], line["error"]) for line in aside] == [("message", "ValueError")]
        assert "1234" not in repr(it.log)


async def test_half_a_character_is_put_aside_like_any_poison() -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        ann.says("\ud800 broken")

        class Encoding(Mailbox):
            async def receive(self, inbound: Any) -> None:
                inbound.text.encode()
                await super().receive(inbound)

        ann.says("after")
        async with listening(hand, Encoding()) as it:
            await it.until_confirmed()
            assert it.texts == ["after"]


NO_ANSWERS = [garbage(), garbage(b"7"), garbage(b'{"ok": true, "result": true}'), garbage(b'{"ok": true}')]


@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo", "getUpdates"])
@pytest.mark.parametrize("fault", [gateway(), cut(), *NO_ANSWERS, pause(1), refuse(500, "Internal Server Error")])
async def test_a_server_in_trouble_is_asked_again(method: str, fault: Any) -> None:
    async with desk() as hand:
        hand.server.faults.plan(method, fault)
        hand.server.person("Ann").says("hello")
        async with listening(hand) as it:
            await it.until_confirmed()
        assert it.texts == ["hello"]


async def test_a_pause_that_is_ordered_is_kept() -> None:
    async with desk() as hand:
        hand.server.faults.plan("getUpdates", pause(1))
        async with listening(hand):
            await hand.server.until(lambda: hand.server.ledger.count("getUpdates") >= 2)
        first, second = hand.server.ledger.of("getUpdates")[:2]
        assert second.at - first.answered >= 1


async def test_a_token_that_is_refused_ends_the_listening() -> None:
    async with desk(told={"token": "1:another"}) as hand:
        hand.server.token = "1:changed"
        with pytest.raises(TokenRefused):
            await listener(hand, MemoryLeadership()).listen(Mailbox().receive)


async def test_it_stops_at_once() -> None:
    async with desk(poll_seconds=50) as hand:
        async with listening(hand) as it:
            await hand.server.until(lambda: hand.server.ledger.count("getUpdates"))
            began = time.monotonic()
            it.task.cancel()
            await asyncio.wait([it.task])
        assert time.monotonic() - began < 1


async def test_a_webhook_is_removed_with_nothing_dropped() -> None:
    async with desk() as hand:
        hand.server.updates.webhook = {"url": "https://elsewhere.example/x", "max_connections": 0}
        hand.server.person("Ann").says("waiting")
        async with listening(hand) as it:
            await it.until_confirmed()
        assert it.texts == ["waiting"]
        (call,) = hand.server.ledger.of("deleteWebhook")
        assert not call.values.get("drop_pending_updates")


async def test_only_what_is_read_is_asked_for() -> None:
    async with desk() as hand:
        async with listening(hand):
            await hand.server.until(lambda: hand.server.ledger.count("getUpdates"))
        (call, *_) = hand.server.ledger.of("getUpdates")
        assert sorted(call.values["allowed_updates"]) == [
            "callback_query",
            "edited_message",
            "message",
            "my_chat_member",
        ]


async def test_of_two_processes_one_polls() -> None:
    async with desk() as hand:
        leadership, mailbox = MemoryLeadership(), Mailbox()
        tasks = [asyncio.create_task(listener(hand, leadership).listen(mailbox.receive)) for _ in range(2)]
        hand.server.person("Ann").says("hello")
        await hand.server.until(lambda: mailbox.arrived)
        await hand.server.until(lambda: hand.server.ledger.count("getUpdates") >= 3)
        assert len(leadership.terms) == 1
        assert {call.code for call in hand.server.ledger.of("getUpdates")} <= {0, 200}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_who_loses_the_lead_stops_polling_and_stands_in_line_again() -> None:
    async with desk() as hand, listening(hand) as it:
        await hand.server.until(lambda: it.leadership.terms)
        await hand.server.until(lambda: hand.server.ledger.count("getUpdates"))
        it.leadership.terms[0].over.set()
        await hand.server.until(lambda: len(it.leadership.terms) == 2)
        hand.server.person("Ann").says("hello")
        await hand.server.until(lambda: it.texts == ["hello"])


async def test_another_poller_is_left_alone_for_a_while_and_named_once() -> None:
    async with desk() as hand:
        hand.server.faults.plan("getUpdates", refuse(409, "Conflict: terminated by other getUpdates request"), times=3)
        async with listening(hand) as it:
            hand.server.person("Ann").says("hello")
            await it.until_confirmed()
            assert len(it.leadership.terms) == 4
            assert [line["event"] for line in it.log].count("another_poller") == 1
        assert it.texts == ["hello"]


# --- what is looked up on the way -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "roles"), [("creator", {"admin"}), ("administrator", {"admin"}), ("member", set())])
async def test_who_wants_a_group_forgotten_is_looked_up(status: str, roles: set[str]) -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        club = hand.server.supergroup("Club", ann)
        club.chat.statuses[ann.id] = status
        ann.says("/forget", chat=club)
        ann.says("/forget", chat=club)
        ann.says("/help", chat=club)
        async with listening(hand) as it:
            await it.until_confirmed()
        found = [one.sender.roles for one in it.mailbox.arrived if isinstance(one, InboundMessage)]
        assert found == [frozenset(roles), frozenset(roles), frozenset()]
        assert hand.server.ledger.count("getChatMember") == 1


async def test_a_look_up_that_fails_gives_no_role_and_loses_nothing() -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        club = hand.server.supergroup("Club", ann)
        hand.server.faults.plan("getChatMember", gateway(), times=9)
        ann.says("/forget", chat=club)
        async with listening(hand) as it:
            await it.until_confirmed()
        (found,) = it.mailbox.arrived
        assert isinstance(found, InboundMessage)
        assert found.sender.roles == frozenset()


async def test_in_private_nobody_is_looked_up() -> None:
    async with desk() as hand:
        hand.server.person("Ann").says("/forget")
        async with listening(hand) as it:
            await it.until_confirmed()
        assert hand.server.ledger.count("getChatMember") == 0


async def test_a_move_that_only_a_send_has_met_is_told_before_the_first_message_from_there() -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        family = hand.server.group("Family", ann)
        club = family.migrates_unheard()
        ref = await hand.sender.send_text(at(family), "Your video", key="k1")
        assert club.chat.texts == ["Your video"]
        assert ref.id == message_id(club.id, club.chat.bots[0].id)
        ann.says("/video again", chat=club)
        ann.says("/help", chat=club)
        async with listening(hand) as it:
            await it.until_confirmed()
        moves = [one for one in it.mailbox.arrived if isinstance(one, Moved)]
        assert [(one.key, one.to) for one in moves] == [(key_of(family.id), key_of(club.id))]
        assert it.mailbox.arrived.index(moves[0]) == 0


async def test_a_whole_evening_in_a_group() -> None:
    async with desk(told={"privacy": False}) as hand:
        ann, bob = hand.server.person("Ann"), hand.server.person("Bob")
        club = hand.server.supergroup("Club", ann, bob, forum=True)
        lisbon = club.topic("Lisbon")
        ann.says("nice weather", chat=club, thread=lisbon)
        ann.says("@photoreel_test_bot make a video", chat=club, thread=lisbon)
        bob.says("/video@other_bot go", chat=club)
        bob.says("/video go", chat=club)
        club.says_anonymously("/forget")
        club.says_as_channel("/video go", hand.server.channel())
        async with listening(hand) as it:
            await it.until_confirmed()
        heard: list[tuple[ConversationKey, str, bool]] = [
            (one.key, one.text, one.addressed) for one in it.mailbox.arrived if isinstance(one, InboundMessage)
        ]
        assert sorted(heard, key=lambda one: (one[0].thread, one[1])) == [
            (key_of(club.id), "/forget", True),
            (key_of(club.id), "/video go", True),
            (key_of(club.id), "/video@other_bot go", False),
            (key_of(club.id, lisbon), "make a video", True),
            (key_of(club.id, lisbon), "nice weather", False),
        ]
