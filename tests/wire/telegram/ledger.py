"""Everything that was called, and when."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.wire.telegram.requests import Upload


@dataclass(slots=True)
class Call:
    """One call. Times are of the monotonic clock; `code` is 0 until it is answered, and where the line was cut.

    `effect` tells that the server did what was asked, whatever it answered; `address` is where it went, headers and
    all.
    """

    method: str
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)
    answered: float = 0.0
    code: int = 0
    description: str = ""
    result: Any = None
    effect: bool = False
    address: str = ""

    @property
    def chat(self) -> int | str | None:
        """The chat that it is about."""
        return self.values.get("chat_id")


@dataclass(slots=True)
class Ledger:
    """All calls, in the order in which they came."""

    calls: list[Call] = field(default_factory=list)

    def of(self, *methods: str, chat: int | None = None) -> list[Call]:
        """The calls of these methods (in that chat)."""
        return [
            call
            for call in self.calls
            if (not methods or call.method in methods) and (chat is None or call.chat == chat)
        ]

    def count(self, *methods: str, chat: int | None = None) -> int:
        """How many there were."""
        return len(self.of(*methods, chat=chat))
