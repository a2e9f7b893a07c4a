"""The control lane: what does not change the project is answered at once, whatever else is running."""

from __future__ import annotations

from typing import assert_never

import structlog

from core.answers import ANSWERS, help_out
from core.counter import Counter
from core.errors import OutboundError
from core.messages import Edited, Gone, Inbound, InboundMessage, Moved, Press
from core.presses import press
from core.workshop import Workshop

log = structlog.get_logger(__name__)


class Control:
    """Answers what does not wait for its turn. What it does may be done twice without harm: the lane hands things out
    again after a crash."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def handle(self, inbound: Inbound) -> None:
        """Do what the inbound asks for. Platform errors end here: nobody is left to be told."""
        try:
            await self._handle(inbound)
        except OutboundError as error:
            log.warning("control_not_answered", inbound=inbound.id, error=type(error).__name__)

    async def _handle(self, inbound: Inbound) -> None:
        match inbound:
            case InboundMessage(command=command):
                answer = ANSWERS.get(command.name if command else "help", help_out)
                await answer(await self._counter(inbound))
            case Press():
                await press(await self._counter(inbound), inbound)
            case Edited(key=key, message_id=message_id, text=text):
                await self._shop.mailbox.edit(key, message_id, text)
            case Moved(key=key, to=to):
                await self._shop.records.move(key, to)
            case Gone(key=key):
                await self._shop.mailbox.cancel(key)
            case _:
                assert_never(inbound)

    async def _counter(self, inbound: InboundMessage | Press) -> Counter:
        return Counter(self._shop, inbound, await self._shop.records.load(inbound.key))
