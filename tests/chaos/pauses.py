"""Orders to wait, and who did not: looked up in a platform's own ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ON_ITS_WAY = 0.5  # seconds after an order in which a call may come that was under way before anybody knew


@dataclass(frozen=True, slots=True)
class Call:
    """A call: `scope` is what it counts towards, `pause` the seconds that its answer ordered, 0 for none. `at` and
    `answered` are of the monotonic clock."""

    name: str
    scope: str
    at: float
    answered: float
    pause: float = 0.0


def early(calls: Iterable[Call]) -> Sequence[str]:
    """The calls that came while their scope was to wait."""
    held: dict[str, tuple[float, float]] = {}
    found = []
    for call in calls:
        known, until = held.get(call.scope, (0.0, 0.0))
        if known + ON_ITS_WAY < call.at < until - 0.05:
            found.append(f"{call.name} came {until - call.at:.2f} s")
        if call.pause and call.answered + call.pause > until:
            held[call.scope] = call.answered, call.answered + call.pause
    return found
