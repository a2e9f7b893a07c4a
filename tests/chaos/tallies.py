"""What `make chaos` has seen so far: a line for each series, and one for each invariant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tests.chaos.plans import Series
from tests.chaos.story import Story
from tests.chaos.verdicts import late, violations

HEAD = (
    "| campaign | runs | messages | strikes | violations | at most (95 %) | slowest stop | slowest recovery "
    "| without its guard | seeds that failed |"
)
LINES = "| invariant | what counts as one chance | chances | strikes | violations | at most (95 %) |"
CUT_OFF = ("freeze work", "cut work", "cut machine")


def _struck(*kinds: str) -> Callable[[Story], int]:
    return lambda story: sum(many for kind, many in story.struck.items() if set(kinds) & {kind, *kind.split()})


CHANCES: Mapping[str, tuple[str, Callable[[Story], int]]] = {
    "I1": ("an accepted message", lambda story: len(story.accepted)),
    "I2": ("a message that reached the agent", lambda story: len({run.mark for run in story.agent.runs})),
    "I3": ("an installation without a token", lambda story: bool(story.agent.tokens)),
    "I4": ("a turn", lambda story: sum(job is not None for job in story.jobs.values())),
    "I5": ("a video in a chat", lambda story: sum(one.video for said in story.said.values() for one in said)),
    "I6": ("a message in its turn", lambda story: len(story.agent.runs)),
    "I7": ("a message as often as it was brought", lambda story: story.brought),
    "I8": ("a worker without the store for longer than a lease", _struck(*CUT_OFF)),
    "I9": ("a pause that was ordered", _struck("pause")),
    "I10": ("an accepted message, with all that was logged, said and stored", lambda story: len(story.accepted)),
    "I11": ("a call", lambda story: len(story.addresses)),
    "I12": ("a SIGTERM", lambda story: len(story.stops)),
    "I13": ("a fault of the store", _struck("store")),
    "I14": ("a job that nobody can read", lambda story: story.plan.poison),
    "I15": ("a chat that was forgotten", lambda story: len(story.forgotten)),
}
"""How often each invariant could have been violated in a campaign."""


@dataclass(slots=True)
class Line:
    """What has been seen of an invariant."""

    chances: int = 0
    strikes: int = 0
    violations: int = 0


@dataclass(slots=True)
class Row:
    """What has been seen of a series. `control` says what became of the campaign without a guard; empty where there is
    none."""

    name: str
    wanted: int = 0
    runs: int = 0
    messages: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    stop: float = 0.0
    recovery: float = 0.0
    failed: list[int] = field(default_factory=list)
    control: str = ""

    def add(self, seed: int, story: Story, found: Iterable[str]) -> None:
        """One campaign more."""
        told = [f"seed {seed}: {one}" for one in found]
        self.runs += 1
        self.messages += len(story.accepted)
        self.struck += story.struck
        self.found += told
        self.stop = max([self.stop, *story.stops])
        self.recovery = max([self.recovery, *story.recoveries])
        self.failed += [seed] if told else []

    @property
    def is_whole(self) -> bool:
        """Whether it was played to its end."""
        return self.runs > 0 and self.struck.total() >= self.wanted

    @property
    def is_well(self) -> bool:
        """Whether it was, nothing was found, and something without the guard."""
        return self.is_whole and not self.found and not self.control.startswith("NOT")

    def __str__(self) -> str:
        """A line of the table."""
        slowest = [f"{one:.1f} s" if one else "–" for one in (self.stop, self.recovery)]
        kinds = ", ".join(f"{many} {kind}" for kind, many in sorted(self.struck.items()))
        struck = f"{self.struck.total()}{'' if self.is_whole else f' of {self.wanted}'} ({kinds})"
        bound = _bound(len(self.found), self.messages)
        cells = (self.name, self.runs, self.messages, struck, len(self.found), bound, *slowest, self.control or "–")
        return f"| {' | '.join(map(str, cells))} | {' '.join(map(str, self.failed)) or '–'} |"


@dataclass(slots=True)
class Tally:
    """All of it."""

    rows: list[Row] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=lambda: {name: Line() for name in CHANCES})

    def add(self, row: Row, seed: int, story: Story, *, timed: bool) -> None:
        """One campaign more."""
        found = found_in(story, timed=timed)
        row.add(seed, story, found)
        for name, line in self.lines.items():
            line.chances += CHANCES[name][1](story)
            line.strikes += story.struck.total()
            line.violations += sum(one.startswith(f"{name}:") for one in found)
        if set(story.struck) and all("store" in kind for kind in story.struck):  # then it was the store's fault
            self.lines["I13"].violations += len(found)

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to mend and nothing to play again."""
        return all(row.is_well for row in self.rows)

    def __str__(self) -> str:
        """Both tables. Without a violation among N chances, at most 3 in N go wrong (95 %)."""
        lines = [
            f"| {name} | {CHANCES[name][0]} | {one.chances} | {one.strikes} | {one.violations} "
            f"| {_bound(one.violations, one.chances)} |"
            for name, one in self.lines.items()
        ]
        return "\n".join([_head(HEAD), *map(str, self.rows), "", _head(LINES), *lines])


def row_of(one: Series) -> Row:
    """The line of a series of which nothing was played yet."""
    return Row(one.name, wanted=one.strikes)


def found_in(story: Story, *, timed: bool) -> list[str]:
    """What should not be."""
    return violations(story) + (late(story) if timed else [])


def _bound(violations: int, chances: int) -> str:
    return f"{3 / chances:.1e}" if chances > 3 and not violations else "–"


def _head(names: str) -> str:
    return f"{names}\n{'|---' * (names.count('|') - 1)}|"
