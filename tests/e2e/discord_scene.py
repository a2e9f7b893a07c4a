"""A club on Discord with somebody in it, and the house that listens: what happens in front of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.core.house import photo
from tests.e2e.discord_house import DiscordHouse
from tests.e2e.situations import SECONDS, rests
from tests.wire.discord.people import Person, Photo
from tests.wire.discord.server import DiscordServer
from tests.wire.discord.world import Channel, Guild, Interaction, Message


@dataclass(frozen=True, slots=True)
class Scene:
    """A guild, a channel of it, and Anna. What waits, waits in the channel unless told otherwise."""

    house: DiscordHouse
    guild: Guild
    channel: Channel
    anna: Person

    @property
    def server(self) -> DiscordServer:
        return self.house.server

    @property
    def runs(self) -> Sequence[object]:
        """What the agent was asked."""
        return self.house.home.studio.ledger.runs

    def videos(self, where: Channel) -> int:
        """How many videos stand there."""
        return sum(file.mime == "video/mp4" for one in self.anna.answers(where) for file in one.files)

    async def asked(self) -> None:
        """Wait until the agent has been asked."""
        await self.server.until(lambda: self.runs, "the message at the backend", SECONDS)

    async def ended(self, where: Channel | None = None) -> None:
        """Wait until nothing is left to be done there: who says something before is the next in line."""
        await rests(self.house.home, self.house.key_of(where or self.channel))

    async def sees(self, words: str, where: Channel | None = None, by: Person | None = None) -> Message:
        """The message of the bot that says this, once it stands there."""
        return await (by or self.anna).sees(words, to=where or self.channel, seconds=SECONDS)

    async def gets_video(self, number: int = 1, where: Channel | None = None) -> Message:
        """The message with the video of this number, once it is there and all is done."""
        place = where or self.channel
        video = await self.anna.gets_video(to=place, number=number, seconds=SECONDS)
        await self.ended(place)
        return next(one for one in self.anna.view(place) if video in one.files)

    async def presses(self, message: Message, label: str, by: Person | None = None) -> Interaction:
        """Press a button, and wait until that is acknowledged."""
        pressed = (by or self.anna).presses(message, label)
        await self.server.until(lambda: pressed.answered_at, f"an answer to {label}", SECONDS)
        return pressed

    async def answered(self, one: Interaction) -> None:
        """Wait until something stands in place of "… is thinking"."""
        await self.server.until(lambda: one.original is not None and not one.original.is_loading, "words", SECONDS)

    async def fills(self, opened: Interaction, *texts: str) -> None:
        """Fill in the dialog that opens, and send it off."""
        await self.server.until(lambda: opened.modal, "a dialog", SECONDS)
        self.anna.fills(opened, *texts)


def scene(house: DiscordHouse, club: str = "Club", **about: Any) -> Scene:
    """A guild with a channel, and Anna."""
    guild = house.server.guild(club, **about)
    return Scene(house, guild, house.server.channel(guild), house.server.person("Anna", guild))


def photos(*numbers: int) -> list[Photo]:
    """Photographs to hand in."""
    return [Photo(f"photo{number}.jpg", photo(number)) for number in numbers]
