"""Private chats with the bot on Telegram's strict server, as a campaign needs them."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.telegram import places
from core.messages import ConversationKey
from tests.chaos.pauses import Call, early
from tests.chaos.places import PAUSE, Said, Witness, Words
from tests.wire.telegram import faults
from tests.wire.telegram.chats import Message
from tests.wire.telegram.floods import writes
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi, bot_api

WRITING = ("sendMessage", "editMessageText", "sendVideo")


@dataclass(slots=True)
class BotChat:
    """A private chat. Accepted is what the platform was told has arrived."""

    server: BotApi
    person: Person
    sent: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> ConversationKey:
        """The conversation."""
        return places.key_of(self.person.chat.id)

    def inbound_id(self, number: int) -> str:
        """The id under which the core knows the message."""
        return self.sent.get(number, "")

    def delivery(self, key: str) -> str:
        """What it becomes is for the platform to say."""
        return ""

    def unstarted(self, number: int, deaths: Sequence[float]) -> bool:
        """What was accepted is begun."""
        return False

    async def post(self, words: Words) -> bool:
        """The same message in as many updates."""
        says = self.person.says
        message = self.person.sends_photo(words.photo, words.text) if words.photo else says(words.text)
        self.sent[words.number] = _id_of(message)
        update = self.server.updates.sent[-1]
        body = {name: value for name, value in update.items() if name != "update_id"}
        ids = [update["update_id"], *(self.server.updates.put_raw(body) for _ in range(words.copies - 1))]
        await self._confirmed(ids)
        return True

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button."""
        message = next(one for one in self.person.chat.bots if _id_of(one) == said.id)
        self.person.presses(message, label)
        await self._confirmed([self.server.updates.sent[-1]["update_id"]])

    async def said(self) -> Sequence[Said]:
        """What stands in the chat."""
        return [
            Said(_id_of(one), one.text, tuple((label, "") for label in one.labels), one.kind == "video")
            for one in self.person.chat.bots
        ]

    async def _confirmed(self, ids: Sequence[int]) -> None:
        while not self.server.updates.confirmed.keys() >= set(ids):
            await asyncio.sleep(PAUSE)


def _id_of(message: Message) -> str:
    return places.message_id(message.chat.id, message.id)


@dataclass(frozen=True, slots=True, eq=False)
class Telegram:
    """The platform."""

    server: BotApi

    @property
    def url(self) -> str:
        """Where its server is."""
        return self.server.url

    @property
    def settings(self) -> Mapping[str, str]:
        """How the processes reach it."""
        return {"TELEGRAM_BOT_TOKEN": self.server.token, "TELEGRAM_API_URL": self.server.url}

    def chats(self, count: int, seed: str) -> Sequence[BotChat]:
        """So many chats of new people with the bot."""
        return [BotChat(self.server, self.server.person(f"Person {number}")) for number in range(count)]

    def pause(self, chance: random.Random, seconds: int) -> None:
        """Order a pause of whoever writes next."""
        self.server.faults.plan(chance.choice(WRITING), faults.pause(seconds))

    def witness(self) -> Witness:
        """What was seen so far."""
        return Witness(
            wrong=[*self.server.wrong],
            early=early(self._writing()),
            addresses=[*self._addresses()],
            secrets=(self.server.token,),
        )

    def _writing(self) -> Iterator[Call]:
        for call in self.server.ledger.calls:
            if writes(call.method):
                ordered = re.search(r"retry after (\d+)", call.description)
                yield Call(call.method, str(call.chat), call.at, call.answered, float(ordered[1]) if ordered else 0.0)

    def _addresses(self) -> Iterator[str]:
        for call in self.server.ledger.calls:
            own = f"/bot{self.server.token}", f"/file/bot{self.server.token}"
            yield call.address.removeprefix(own[0]).removeprefix(own[1])


@asynccontextmanager
async def telegram() -> AsyncIterator[Telegram]:
    """Telegram, with its limits, for the time of the block."""
    async with bot_api() as server:
        server.floods.on = True
        yield Telegram(server)
        server.wrong.clear()  # what was wrong is in the witness' words
