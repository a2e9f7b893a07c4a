"""The plans of campaigns: a short one for every day, and the series that `make chaos` plays through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.chaos.machines import are_alone
from tests.chaos.story import Plan

STRIKES = {
    "kill work": 5.0,
    "kill web": 2.0,
    "kill listen": 2.0,
    "lose listen": 1.0,
    "freeze work": 2.0,
    "cut work": 2.0,
    "lose work": 4.0,
    "lose web": 1.0,
    "term work": 2.0,
    "cut listen": 1.0,
    "kill store": 1.0,
    "readonly store": 1.0,
    "fill store": 1.0,
    "slow store": 1.0,
    "pause platform": 1.0,
}
"""What strikes, and how often in relation to the rest."""


MOST = {"kill listen": 5}
"""A listener that has begun anew more often within the hour waits, so that it uses up no platform's patience."""


@dataclass(frozen=True, slots=True)
class Series:
    """Campaigns of one sort, to be played until `strikes` have struck that often in all. `timed`: what is promised in
    seconds is asserted, too."""

    name: str
    plan: Plan
    strikes: int
    timed: bool = False


def short(seed: int) -> Plan:
    """A bit of everything."""
    return Plan(
        seed=seed,
        chats=8,
        telegram=2,
        discord=2,
        listen=2,
        messages=5,
        photos=0.3,
        strikes=STRIKES,
        most=MOST,
        rounds=16,
        pause=0.7,
        lost_tokens=1,
        settle=180.0,
    )


def apart(seed: int) -> Plan:
    """Two machines, now and then without the store."""
    return Plan(
        seed=seed,
        machines=True,
        chats=5,
        telegram=2,
        discord=2,
        listen=2,
        messages=4,
        photos=0.2,
        strikes={"cut machine": 1.0},
        rounds=4,
        pause=2.0,
        slowness=2.0,
        settle=60.0,
    )


def series(seed: int, share: float) -> Iterator[Series]:
    """The full counts, or a share of them: each fault by itself, then all of them together."""

    def plan(*kinds: str, broken: float = 0.25) -> Plan:
        strikes = {kind: STRIKES[kind] for kind in kinds}
        whole = Plan(seed=seed, chats=25, telegram=6, discord=6, listen=2, messages=8, strikes=strikes, broken=broken)
        return replace(whole, most=MOST, photos=0.3, rounds=25, pause=0.8, settle=120.0)

    def times(count: int) -> int:
        return max(1, round(count * share))

    yield Series("receiving processes killed", plan("kill web", "kill listen"), times(30))
    yield Series("workers killed", plan("kill work"), times(50))
    yield Series("workers stopped for three leases", plan("freeze work"), times(50))
    alone = replace(plan("kill work"), pause=4.0, rounds=10, slowness=4.0)
    yield Series("workers killed, one after the other", alone, times(20), timed=True)
    yield Series("SIGTERM at any moment", plan("term work", broken=0.0), times(200), timed=True)
    lines = ("lose work", "lose web", "lose listen", "cut work", "cut listen")
    yield Series("replies of the store lost, lines cut", plan(*lines), times(60))
    yield Series("store killed, read-only, full, slow", plan(*[one for one in STRIKES if "store" in one]), times(20))
    yield Series("pauses ordered by the platforms", plan("pause platform"), times(40))
    if are_alone():
        yield Series(
            "two machines, cut off and healed", replace(apart(seed), messages=10, rounds=12, slowness=3.0), times(60)
        )
    yield Series("everything at once", plan(*STRIKES), times(100))
