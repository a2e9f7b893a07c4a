"""The control lane: what does not change the project is answered at once, whatever else is running."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, assert_never

import structlog

from core.answers import ANSWERS, Answer, help_out
from core.commands import row_of
from core.counter import Counter
from core.errors import OutboundError, PhotoreelError, SecretUnreadable, SlowDown
from core.messages import Edited, Gone, Inbound, InboundMessage, Moved, Press
from core.presses import press
from core.workshop import Workshop

log = structlog.get_logger(__name__)

PATIENCE: Final = 60.0  # seconds after which an answer is of no use any more


class Control:
    """Answers what does not wait for its turn. What it does may be done twice without harm: the lane hands things out
    again after a crash."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def handle(self, inbound: Inbound) -> None:
        """Do what the inbound asks for, once more where the platform orders a pause that an answer is worth waiting
        for. Other errors of platforms end here: nobody is left to be told."""
        until = self._shop.now() + PATIENCE
        while True:
            try:
                return await self._handle(inbound)
            except OutboundError as error:
                pause = error.retry_after if isinstance(error, SlowDown) else PATIENCE
                if self._shop.now() + pause >= until:
                    log.warning("control_not_answered", inbound=inbound.id, error=type(error).__name__)
                    return None
            await asyncio.sleep(pause)

    async def _handle(self, inbound: Inbound) -> None:
        match inbound:
            case InboundMessage(command=command):
                await self._serve(inbound, ANSWERS.get(command.name if command else "help", help_out))
            case Press():
                await self._serve(inbound, lambda counter: press(counter, inbound))
            case Edited(key=key, message_id=message_id, text=text):
                await self._shop.mailbox.edit(key, message_id, text)
            case Moved(key=key, to=to):
                await self._shop.records.move(key, to)
            case Gone(key=key):
                await self._shop.mailbox.cancel(key)
            case _:
                assert_never(inbound)

    async def _serve(self, inbound: InboundMessage | Press, answer: Answer) -> None:
        counter = Counter(self._shop, inbound, await self._shop.records.load(inbound.key))
        try:
            await answer(counter)
        except SecretUnreadable as error:  # asking the store again would change nothing
            await counter.say(counter.words.trouble(error))


async def apologise(shop: Workshop, inbound: Inbound) -> None:
    """Tell whoever waits for an answer that none will come. Nobody waits for our notes to ourselves."""
    note = isinstance(inbound, InboundMessage) and inbound.command is not None and row_of(inbound.command.name) is None
    if note or not isinstance(inbound, InboundMessage | Press):
        return
    counter = Counter(shop, inbound, await shop.records.load(inbound.key))
    with suppress(OutboundError):
        await counter.say(counter.words.trouble(PhotoreelError()))
