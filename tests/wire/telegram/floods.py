"""How much may be written: per chat, per group, in all; and who did not keep to a pause that was ordered."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.wire.telegram.errors import too_many
from tests.wire.telegram.ledger import Call


@dataclass(slots=True)
class Floods:
    """Switched off until `on`. Each limit is (so many, in so many seconds); `early` are the calls before their time."""

    on: bool = False
    per_chat: tuple[int, float] = (3, 3.0)
    per_group: tuple[int, float] = (20, 60.0)
    overall: tuple[int, float] = (30, 1.0)
    early: list[Call] = field(default_factory=list)
    _times: dict[object, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _paused: dict[object, float] = field(default_factory=dict)

    def order(self, chat: object, seconds: float) -> None:
        """A pause for this chat was told to the bot."""
        self._paused[chat] = max(self._paused.get(chat, 0.0), time.monotonic() + seconds)

    def check(self, call: Call) -> None:
        """Count the call. Raises `Refusal` where it is one too many."""
        if not writes(call.method):
            return
        now, chat = time.monotonic(), call.chat
        if now < self._paused.get(chat, 0.0):
            self.early.append(call)
        if self.on:
            self._count(chat, now)

    def _count(self, chat: object, now: float) -> None:
        limits = [(chat, self.per_chat), ("all", self.overall)]
        if isinstance(chat, int) and chat < 0:
            limits.append((("group", chat), self.per_group))
        waits = [self._wait(self._times[scope], most, span, now) for scope, (most, span) in limits]
        if max(waits) > 0:
            seconds = math.ceil(max(waits))
            self.order(chat, seconds)
            raise too_many(seconds)
        for scope, _ in limits:
            self._times[scope].append(now)

    @staticmethod
    def _wait(times: deque[float], most: int, span: float, now: float) -> float:
        while times and times[0] <= now - span:
            times.popleft()
        return times[0] + span - now if len(times) >= most else 0.0


def writes(method: str) -> bool:
    """Whether a call writes into a chat: previews and actions do not."""
    verbs = ("send", "forward", "copy", "editMessage")
    return method.startswith(verbs) and method not in ("sendMessageDraft", "sendChatAction")
