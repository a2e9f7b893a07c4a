"""The ledger: what was asked of the studio, counted before anything can go wrong, for tests to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Ledger:
    """Everything that arrived, in order."""

    calls: list[Call] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def count(self, endpoint: Endpoint) -> int:
        """How many requests of this kind arrived."""
        return sum(call.endpoint is endpoint for call in self.calls)

    def texts(self) -> Counter[str]:
        """How often each text was sent to the agent, over all sessions."""
        return Counter(run.text for run in self.runs)

    def turns(self) -> Counter[tuple[str, str]]:
        """How often each text was sent to the agent, by session."""
        return Counter((run.session, run.text) for run in self.runs)
