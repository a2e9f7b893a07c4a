"""The people of the conversations: what they do is written down, and they wait until the bot is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from core.messages import Attachment, Command, ConversationKey, InboundMessage, Kind, Press
from tests.conversations.scribe import ScribeRoom
from tests.core.house import House, Person, photo

PRIVATE, GROUP = "1", "the group"


class Actor(Person):
    """Somebody in a chat that is being written down."""

    numbers = count(1)

    def __init__(self, home: House, name: str, *, locale: str = "en", private: bool = True) -> None:
        chat = PRIVATE if private else GROUP
        super().__init__(home, name.lower(), ConversationKey("room", chat), private=private, locale=locale)
        assert isinstance(home.room, ScribeRoom)
        self.room: ScribeRoom = home.room

    def pictures(self, names: Sequence[str]) -> tuple[Attachment, ...]:
        """Photos with the names of files; every name is another photo."""
        refs = {name: f"{name}-{next(self.numbers)}" for name in names}
        self.room.files |= {ref: photo(sum(map(ord, name)) % 100) for name, ref in refs.items()}
        return tuple(Attachment(Kind.PHOTO, ref, name, "image/jpeg") for name, ref in refs.items())

    async def hands_in(self, inbound: InboundMessage | Press) -> None:
        """Write it down, then do it."""
        if isinstance(inbound, Press):
            self.room.feels(inbound, self._labels[inbound.token])
        else:
            self.room.hears(inbound)
        await super().hands_in(inbound)

    async def posts(self, text: str = "", *names: str, **more: Any) -> InboundMessage:
        """Send a message, and go on at once."""
        more.setdefault("attachments", self.pictures(names))
        whole = bool(text and more["attachments"] and "album" not in more)
        return await self.sends(text, whole=whole, **more)

    async def says(self, text: str = "", *names: str, **more: Any) -> None:
        """Send a message with photos of these names, and wait until nothing more will be done about it."""
        await self.is_done_with(await self.posts(text, *names, **more))

    async def answered(self, text: str) -> None:
        """Say something that is answered at once, and wait for the answer."""
        before = len(self.room.messages)
        await self.posts(text)
        await self.room.until(lambda: len(self.room.messages) > before, what=f"an answer to {text}")

    async def asks(self, command: str, text: str = "") -> None:
        """Give a command that is answered at once, and wait for the answer."""
        before = len(self.room.messages)
        await self.posts(command=Command(command, text), attachments=())
        await self.room.until(lambda: len(self.room.messages) > before, what=f"an answer to /{command}")

    async def taps(self, label: str, *, text: str = "", on: str = "", done: bool = True) -> None:
        """Press the newest button of this label (on a message that says `on`), and wait until the instruction that it
        stands for is done; where it stands for none (`done=False`), until the press is answered."""
        message = [one for one in self.room.messages if label in one.labels and on in one.text][-1]
        press = f"press{next(self.numbers)}"
        await self.presses(label, on=message, text=text, press_id=press)
        if done:
            await self.is_done_with(InboundMessage(self.key, f"{press}:said", self.sender, datetime.now(UTC)))

    @property
    def _labels(self) -> dict[str, str]:
        """What stands on the buttons that there are, by what a press of one sends."""
        return {choice.token: choice.label for message in self.room.messages for choice in message.choices}
