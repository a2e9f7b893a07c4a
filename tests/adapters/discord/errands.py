"""Errands: what somebody has asked the bot for in a channel, and what is sent about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.discord.sender import DiscordSender
from core.messages import Choice, InboundMessage, LocalClip, MessageRef
from core.ports import SentVideo
from tests.adapters.discord.office import Office
from tests.wire.discord.people import Person
from tests.wire.discord.server import DiscordServer
from tests.wire.discord.world import Channel


@dataclass(frozen=True, slots=True)
class Errand:
    """A wish as it was recorded. Whatever is sent by way of it answers it."""

    sender: DiscordSender
    channel: Channel
    anna: Person
    message: InboundMessage

    async def send_text(self, text: str, *, key: str = "status") -> MessageRef:
        """Post a text."""
        return await self.sender.send_text(self.message.key, text, key=key, asked=self.message.id)

    async def send_video(self, clip: LocalClip, caption: str = "15 s", choices: Sequence[Choice] = ()) -> SentVideo:
        """Post the video."""
        return await self.sender.send_video(
            self.message.key, clip, caption, choices, key="video", asked=self.message.id
        )

    @property
    def texts(self) -> list[str]:
        """What the bot's messages in the channel say now, oldest first."""
        return [one.content for one in self.anna.answers(self.channel)]


def meet(server: DiscordServer, **guild: Any) -> tuple[Channel, Person]:
    """A guild's channel, and Anna, who is in it. `has_bot=False` makes it one that the bot is not in."""
    place = server.guild(**guild)
    return server.channel(place), server.person("Anna", place)


async def command(office: Office, **guild: Any) -> Errand:
    """Anna runs a command, by her own install of the app where the bot is not."""
    channel, anna = meet(office.server, **guild)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go")
        return Errand(office.sender, channel, anna, await office.gets())


async def mention(office: Office) -> Errand:
    """Anna mentions the bot."""
    channel, anna = meet(office.server)
    async with office.listening():
        anna.says(f"{anna.bot_mention} go", to=channel)
        return Errand(office.sender, channel, anna, await office.gets())
