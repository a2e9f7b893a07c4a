"""The ledger: what was asked of the studio, counted before anything can go wrong, for tests to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.faults import Endpoint


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived. Header names are in lower case."""

    endpoint: Endpoint
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One message to the agent as it arrived, whether it was taken or not."""

    session: str
    text: str


MOST = 10_000
"""So many calls, and messages, are kept at least, and twice as many at most: a studio may run for months."""


@dataclass(slots=True)
class Ledger:
    """What arrived lately, in order."""

    calls: list[Call] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def note(self, call: Call) -> None:
        """A request has arrived."""
        self.calls.append(call)
        _trim(self.calls)

    def hear(self, run: Run) -> None:
        """A message to the agent has arrived."""
        self.runs.append(run)
        _trim(self.runs)

    def count(self, endpoint: Endpoint) -> int:
        """How many requests of this kind arrived."""
        return sum(call.endpoint is endpoint for call in self.calls)

    def texts(self) -> Counter[str]:
        """How often each text was sent to the agent, over all sessions."""
        return Counter(run.text for run in self.runs)

    def turns(self) -> Counter[tuple[str, str]]:
        """How often each text was sent to the agent, by session."""
        return Counter((run.session, run.text) for run in self.runs)


def _trim(entries: list[Any]) -> None:
    if len(entries) > 2 * MOST:
        del entries[:-MOST]
