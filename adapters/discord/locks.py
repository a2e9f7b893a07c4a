"""Ticket locks: a place in the order is taken at once, and waited for later."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class TicketLocks:
    """A ticket lock for each channel, for as long as anybody holds a ticket of it."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[asyncio.Event]] = {}

    @contextmanager
    def ticket(self, channel: int) -> Iterator[asyncio.Event]:
        """A ticket, behind all that were taken before. The event is set once those have been given back, in whatever
        order; leaving the block gives this one back."""
        queue = self._queues.setdefault(channel, deque())
        ticket = asyncio.Event()
        queue.append(ticket)
        queue[0].set()
        try:
            yield ticket
        finally:
            queue.remove(ticket)
            if queue:
                queue[0].set()
            else:
                del self._queues[channel]
