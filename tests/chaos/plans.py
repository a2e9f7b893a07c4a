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

RECOVERY = "workers killed in the midst of work, one after the other"
STOPS = "SIGTERM at any moment"
MACHINES = "two machines, cut off and healed"


@dataclass(frozen=True, slots=True)
class Series:
    """Campaigns of one sort, to be played until `strikes` have struck and `messages` were accepted in all, for about so
    many of an hour's `minutes`. `timed`: what is promised in seconds is asserted, too. `control` is the guard without
    which one campaign more is played: something must be found then."""

    name: str
    plan: Plan
    strikes: int
    minutes: float
    messages: int = 0
    timed: bool = False
    control: str = ""


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
        rounds=12,
        pause=0.7,
        lost_tokens=1,
        settle=180.0,
    )


def apart(seed: int) -> Plan:
    """Two machines, now and then without the store, for longer than a lease while slow turns run."""
    return Plan(
        seed=seed,
        machines=True,
        chats=5,
        telegram=2,
        discord=2,
        listen=2,
        messages=3,
        photos=0.2,
        strikes={"cut machine": 1.0},
        rounds=4,
        pause=2.0,
        slowness=8.0,
        settle=60.0,
    )


def many(seed: int, *kinds: str, rounds: int = 25, pause: float = 0.8, broken: float = 0.25) -> Plan:
    """Many chats, whose people write for as long as there are strikes."""
    return Plan(
        seed=seed,
        chats=25,
        telegram=6,
        discord=6,
        listen=2,
        messages=8,
        rest=rounds * pause / 4,
        photos=0.3,
        broken=broken,
        forgetful=5,
        strikes={kind: STRIKES[kind] for kind in kinds},
        most=MOST,
        rounds=rounds,
        pause=pause,
        settle=120.0,
    )


def few(seed: int, kind: str, *, rounds: int, pause: float, slowness: float, drain: float = 1.5) -> Plan:
    """Few chats and nothing but one sort of strike, on a machine that has time: so that seconds can be promised."""
    whole = many(seed, rounds=rounds, pause=pause, broken=0.0)
    calm = replace(whole, chats=12, telegram=3, discord=3, photos=0.1, slowness=slowness, drain=drain)
    return replace(calm, strikes={kind: 1.0})


def series(seed: int, share: float) -> Iterator[Series]:
    """The full counts, or a share of them: each fault by itself, then all of them together."""

    def times(count: int) -> int:
        return max(1, round(count * share))

    def whole(name: str, plan: Plan, strikes: int, minutes: float, messages: int = 0) -> Series:
        return Series(name, plan, times(strikes), minutes, times(messages) if messages else 0)

    lines = ("lose work", "lose web", "lose listen", "cut work", "cut listen")
    stores = [one for one in STRIKES if "store" in one]
    yield whole("receiving processes killed", many(seed, "kill web", "kill listen"), 30, 6, 1000)
    yield whole("workers killed", many(seed, "kill work"), 50, 6, 1000)
    yield whole("workers stopped for three leases", many(seed, "freeze work"), 50, 4)
    alone = few(seed, "orphan work", rounds=8, pause=4.0, slowness=4.0)
    yield replace(whole(RECOVERY, alone, 20, 4), timed=True, control="the dead are missed soon")
    stops = few(seed, "term work", rounds=40, pause=0.9, slowness=1.5, drain=5.0)
    yield replace(whole(STOPS, stops, 200, 8), timed=True, control="a stop comes to an end")
    yield whole("replies of the store lost, lines cut", many(seed, *lines), 60, 4)
    yield whole("store killed, read-only, full, slow", many(seed, *stores, pause=1.5), 30, 5)
    yield whole("pauses ordered by the platforms", many(seed, "pause platform"), 40, 4)
    if are_alone():
        machines = replace(apart(seed), messages=6, rounds=12)
        yield replace(whole(MACHINES, machines, 60, 6), control="what a worker writes is fenced")
    yield whole("everything at once", many(seed, *STRIKES), 100, 6)
