"""The plans of campaigns: a short one for every day, and the series that `make chaos` plays through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.chaos.campaign import Plan

STRIKES = {
    "kill work": 5.0,
    "kill web": 2.0,
    "kill listen": 2.0,
    "lose listen": 1.0,
    "freeze work": 2.0,
    "cut work": 2.0,
    "lose work": 4.0,
    "lose web": 1.0,
    "term work": 1.0,
    "store kill": 1.0,
    "store readonly": 1.0,
    "store full": 1.0,
    "store slow": 1.0,
}
"""What strikes, and how often in relation to the rest."""


@dataclass(frozen=True, slots=True)
class Series:
    """Campaigns of one sort, to be played until `strikes` have struck that often in all."""

    name: str
    plan: Plan
    strikes: int


def short(seed: int) -> Plan:
    """A bit of everything."""
    return Plan(
        seed=seed,
        chats=9,
        bots=3,
        listen=2,
        messages=5,
        strikes=STRIKES,
        rounds=16,
        pause=0.7,
        lost_tokens=1,
        settle=180.0,
    )


def series(seed: int, share: float) -> Iterator[Series]:
    """The full counts, or a share of them: each fault by itself, then all of them together."""

    def plan(*kinds: str, broken: float = 0.25) -> Plan:
        strikes = {kind: STRIKES[kind] for kind in kinds}
        whole = Plan(seed=seed, chats=25, bots=8, listen=2, messages=8, strikes=strikes, broken=broken)
        return replace(whole, rounds=25, pause=0.8, settle=120.0)

    def times(count: int) -> int:
        return max(1, round(count * share))

    yield Series("receiving processes killed", plan("kill web", "kill listen"), times(30))
    yield Series("workers killed", plan("kill work"), times(50))
    yield Series("workers stopped for three leases", plan("freeze work"), times(50))
    yield Series("SIGTERM at any moment", plan("term work", broken=0.0), times(200))
    yield Series(
        "replies of the store lost, lines cut", plan("lose work", "lose web", "lose listen", "cut work"), times(60)
    )
    yield Series("store killed, read-only, full, slow", plan(*[one for one in STRIKES if "store" in one]), times(20))
    yield Series("everything at once", plan(*STRIKES), times(100))
