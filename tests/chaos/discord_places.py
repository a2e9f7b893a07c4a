"""Private chats and rooms with the bot on Discord's strict server, as a campaign needs them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.discord.places import id_of_interaction, id_of_message, key_of
from core.messages import ConversationKey
from core.wording.menus import menu_words
from tests.chaos.pauses import Call, early
from tests.chaos.places import PAUSE, Said, Witness, Words
from tests.wire.discord.asked import Asked
from tests.wire.discord.people import Person, Photo, labels
from tests.wire.discord.reading import shown
from tests.wire.discord.routes import WITHOUT_TOKEN
from tests.wire.discord.server import DiscordServer, discord_server
from tests.wire.discord.world import Channel, Guild, Interaction, Message

SHARDS = 2
BEGUN = 60.0  # seconds in which the bot must be there, with its commands
HEARD = 20.0  # seconds in which a first word has an effect, or else the person says something else
SETTLED = 5.0  # seconds after which the bot has read back what it missed
RECORDED = 11.0  # seconds in which an interaction is written down, or its person told that nothing was started
PAUSED = "POST /channels/{channel}/messages"
NOT_STARTED = menu_words("en")["not_started"]
ACKNOWLEDGED = 40060  # what comes twice is
SIGNED = "&hm="  # in every link that Discord signs


@dataclass(slots=True)
class DiscordChat:
    """A place where one person speaks with the bot, by messages and by commands.

    Accepted is a command that was acknowledged, and whatever is said once the bot has heard a first message here: what
    it misses it reads back.
    """

    server: DiscordServer
    person: Person
    channel: Channel
    chance: random.Random
    known: bool = False
    sent: dict[int, Message | Interaction] = field(default_factory=dict)

    @property
    def key(self) -> ConversationKey:
        """The conversation."""
        return key_of(self.channel.id)

    def inbound_id(self, number: int) -> str:
        """The id under which the core knows the message."""
        match self.sent.get(number):
            case Message(id=message):
                return id_of_message(message)
            case Interaction(id=interaction):
                return id_of_interaction(interaction)
            case _:
                return ""

    def delivery(self, key: str) -> str:
        """What it becomes is for the platform to say."""
        return ""

    def unstarted(self, number: int, deaths: Sequence[float]) -> bool:
        """So it was said; or the answer was never given, because who was to write the command down died."""
        match self.sent.get(number):
            case Interaction(original=Message() as original, answered_at=float() as at):
                died = any(at - 1.0 < death < at + RECORDED for death in deaths)
                return NOT_STARTED in original.versions or (original.is_loading and died)
            case _:
                return False

    async def post(self, words: Words) -> bool:
        """A message first; then commands, too."""
        if not await _until(self._is_heard, BEGUN):
            return False
        wants = self.chance.random() < 0.5
        return await (self._runs(words) if wants and self._offers_commands() else self._says(words))

    async def press(self, number: int, said: Said, label: str) -> None:
        """Press a button, again where nobody answers."""
        message = next(one for one in self._answers() if str(one.id) == said.id)
        while not await self._answered(self.person.presses(message, label)):
            await asyncio.sleep(PAUSE)

    async def said(self) -> Sequence[Said]:
        """What stands there."""
        return [
            Said(
                str(one.id),
                shown(one.content, self.server.world),
                tuple((label, "") for label in labels(one)),
                any(file.mime.startswith("video/") for file in one.files),
            )
            for one in self._answers()
        ]

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _says(self, words: Words) -> bool:
        text = f"{self.person.bot_mention} {words.text}" if self.channel.guild else words.text
        message = self.person.says(text, to=self.channel, files=_photos(words))
        self.sent[words.number] = message
        for _ in range(words.copies - 1):
            self.server.posts.tell("MESSAGE_CREATE", message)
        self.known = self.known or await _until(self._answers, HEARD)
        return self.known

    async def _runs(self, words: Words) -> bool:
        one = self.person.runs("/video", prompt=words.text, photos=_photos(words), to=self.channel)
        self.sent[words.number] = one
        for _ in range(words.copies - 1):
            self.server.announce(one)
        return await self._answered(one)

    async def _answered(self, one: Interaction) -> bool:
        return await _until(lambda: one.answered_at, self.server.times.first_answer)

    def _answers(self) -> list[Message]:
        return self.person.answers(self.channel)

    def _offers_commands(self) -> bool:
        """Not at once after the bot has come back: a command need not wait for what was said meanwhile."""
        shard = (self.channel.guild.id >> 22) % SHARDS if self.channel.guild else 0
        begun = [at for at, (number, _) in self.server.gateway.identifies if number == shard]
        return self.known and begun[-1] < time.monotonic() - SETTLED

    def _is_heard(self) -> bool:
        there = {line.session.shard for line in self.server.gateway.lines if line.session}
        return bool(self.known or (len(there) == SHARDS and self.server.commands.get(0)))


def _photos(words: Words) -> Sequence[Photo]:
    return [Photo(f"photo-{words.number}.jpg", words.photo)] if words.photo else []


async def _until(look: Callable[[], object], seconds: float) -> bool:
    """Whether it came to be in time."""
    end = time.monotonic() + seconds
    while not (found := bool(look())) and time.monotonic() < end:
        await asyncio.sleep(PAUSE)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Discord:
    """The platform. Private chats are on its first shard, the rooms of `guild` on its second."""

    server: DiscordServer
    guild: Guild

    @property
    def url(self) -> str:
        """Where its server is."""
        return self.server.url

    @property
    def settings(self) -> Mapping[str, str]:
        """How the processes reach it."""
        return {
            "DISCORD_BOT_TOKEN": self.server.token,
            "DISCORD_API_URL": self.server.api_url,
            "DISCORD_SHARD_COUNT": str(SHARDS),
        }

    def chats(self, count: int, seed: str) -> Sequence[DiscordChat]:
        """So many chats of new people with the bot, every other one in a room."""
        chats = []
        for number in range(count):
            person = self.server.person(f"Member{number}", self.guild)
            place = self.server.channel(self.guild, f"room-{number}") if number % 2 else person.dm
            chats.append(DiscordChat(self.server, person, place, random.Random(f"{seed}/{number}")))
        return chats

    def pause(self, chance: random.Random, seconds: int) -> None:
        """Order a pause of whoever writes next, for so long."""
        self.server.budgets.pause(PAUSED, seconds)

    def witness(self) -> Witness:
        """What was seen so far."""
        calls = self.server.calls
        wrong = [f"{one.route}: {one.code}" for one in calls if one.status == 400 and one.code != ACKNOWLEDGED]
        tokens = [one.token for one in self.server.world.interactions.values()]
        return Witness(
            wrong=[*self.server.unknown, *wrong],
            early=early(sorted(self._paced(), key=lambda one: one.at)),
            addresses=[_address(one, self.server.token) for one in calls],
            secrets=(self.server.token, SIGNED, *tokens),
        )

    def _paced(self) -> Iterator[Call]:
        for one in self.server.calls:
            if not one.route.partition(" ")[2].startswith(WITHOUT_TOKEN):
                ordered = one.answer["retry_after"] if one.status == 429 else 0.0
                scope = self.server.budgets.key(one.route, one.args)
                yield Call(one.route, scope, one.at, one.at + one.took, ordered)


def _address(one: Asked, token: str) -> str:
    """Where a call went and what it bore, without what belongs there: the bot's token, and an interaction's."""
    path = one.path.replace(one.args["token"], "…") if "token" in one.args else one.path
    headers = {name: value for name, value in one.headers.items() if value != f"Bot {token}"}
    return f"{path} {dict(one.query)} {headers}"


@asynccontextmanager
async def discord() -> AsyncIterator[Discord]:
    """Discord, with two shards, for the time of the block."""
    async with discord_server() as server:
        server.gateway.rules.shards = server.gateway.rules.max_concurrency = SHARDS
        yield Discord(server, server.guild("Club", shard=(1, SHARDS)))
