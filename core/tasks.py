"""Tasks that go on when nobody waits for them any more."""

from __future__ import annotations

import asyncio
from typing import Any


def heeded(task: asyncio.Task[Any]) -> None:
    """Called when such a task is done, so that a failure which nobody asks for is no complaint at the end."""
    if not task.cancelled():
        task.exception()
