"""The front door: whatever a platform brings is recorded once, in the lane where it belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from core.commands import Lane, row_of
from core.errors import MailboxFull
from core.linking import masked, sealed
from core.messages import Command, Edited, Gone, Inbound, InboundMessage, Moved, Press
from core.routing import Action, classify
from core.workshop import Workshop

AT_ONCE: Final = {Action.CREDITS: "credits", Action.STATUS: "status", Action.CANCEL: "cancel"}
INTERNAL: Final = frozenset({"file"})  # commands that only buttons give


class Intake:
    """Takes what comes in. `receive` is a `core.ports.Receive`."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def receive(self, inbound: Inbound) -> None:
        """Record it. Returns when it is safe; a repeat has no effect. Raises `StoreError`."""
        match inbound:
            case InboundMessage():
                await self._receive_message(inbound)
            case Press() | Edited():
                await self._shop.mailbox.post_control(masked(inbound))
            case Moved() | Gone():
                await self._shop.mailbox.post_control(inbound)
            case _:
                assert_never(inbound)

    async def _receive_message(self, message: InboundMessage) -> None:
        if not _meant_for_us(message):
            return
        message = understood(sealed(self._shop, message))
        if lane_of(message) is Lane.CONTROL:
            await self._shop.mailbox.post_control(message)
            return
        try:
            ahead = await self._shop.mailbox.enqueue(message, now=self._shop.now())
        except MailboxFull:  # the person is told, and need not wait for the platform to bring it again
            await self._shop.mailbox.post_control(_about(message, "full"))
            return
        if ahead and message.text and not message.attachments:
            await self._shop.mailbox.post_control(_about(message, "noted"))


def understood(message: InboundMessage) -> InboundMessage:
    """The message with the command that its plain words amount to, if they do ("how many credits are left?")."""
    if message.command is not None or message.attachments:
        return message
    name = AT_ONCE.get(classify(message.text))
    return message if name is None else replace(message, command=Command(name))


def lane_of(message: InboundMessage) -> Lane:
    """Where a message is handled. Commands that are none of ours are for the agent, like any text."""
    if message.command is None or message.command.name in INTERNAL:
        return Lane.MAILBOX
    row = row_of(message.command.name)
    return row.lane if row else Lane.CONTROL


def _meant_for_us(message: InboundMessage) -> bool:
    """In a group only what is said to the bot; parts of an album come without the words that go with them."""
    return message.private or message.addressed or message.command is not None or bool(message.album)


def _about(message: InboundMessage, what: str) -> InboundMessage:
    """A note to ourselves about a message; what it does is in `core.answers`."""
    return replace(message, id=f"{message.id}:{what}", command=Command(what, message.id), attachments=())
