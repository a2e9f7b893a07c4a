"""`make chaos`: the full counts, and a table of what was found. `--seed` plays one campaign again."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from tests.chaos.campaign import Campaign
from tests.chaos.machines import are_alone, go_alone, why_not
from tests.chaos.plans import Series, apart, series, short
from tests.chaos.story import Plan, Story
from tests.chaos.verdicts import late, violations

HEAD = (
    "| campaign | runs | messages | strikes | violations | at most (95 %) | slowest stop | slowest recovery "
    "| seeds that failed |"
)


@dataclass(slots=True)
class Row:
    """What has been seen of a series so far."""

    name: str
    runs: int = 0
    messages: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    stop: float = 0.0
    recovery: float = 0.0
    failed: list[int] = field(default_factory=list)

    def add(self, seed: int, story: Story, *, timed: bool = False) -> None:
        """One campaign more."""
        found = violations(story) + (late(story) if timed else [])
        self.runs += 1
        self.messages += len(story.accepted)
        self.struck += story.struck
        self.found += [f"seed {seed}: {one}" for one in found]
        self.stop = max([self.stop, *story.stops])
        self.recovery = max([self.recovery, *story.recoveries])
        self.failed += [seed] if found else []

    def __str__(self) -> str:
        """A line of the table. Without a violation among N messages, at most 3 in N go wrong (95 %)."""
        bound = f"{3 / self.messages:.1e}" if self.messages and not self.found else "–"
        slowest = [f"{one:.1f} s" if one else "–" for one in (self.stop, self.recovery)]
        cells = (self.name, self.runs, self.messages, sum(self.struck.values()), len(self.found), bound, *slowest)
        return f"| {' | '.join(map(str, cells))} | {' '.join(map(str, self.failed)) or '–'} |"


def main() -> int:
    """Play, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first campaign; each further one adds one")
    parser.add_argument("--only", type=int, metavar="N", help="the short campaign N times, no series")
    parser.add_argument("--machines", action="store_true", help="with --only: the campaign on two machines")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no further campaign after so long")
    parser.add_argument("--table", type=Path, help="where the table is written, too")
    chosen = parser.parse_args()
    if chosen.machines or not chosen.only:
        go_alone()
    if chosen.machines and not are_alone():
        parser.error(why_not())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    rows = asyncio.run(_play(chosen))
    table = "\n".join([HEAD, "|---" * HEAD.count(" | ") + "|---|", *map(str, rows)])
    print(table)
    for row in rows:
        print("\n".join(row.found))
    if chosen.table:
        chosen.table.parent.mkdir(parents=True, exist_ok=True)
        chosen.table.write_text(table + "\n", "utf-8")
    return int(any(row.found for row in rows))


async def _play(chosen: argparse.Namespace) -> list[Row]:
    over = time.monotonic() + 60 * chosen.minutes
    if chosen.only:
        row = Row("a bit of everything")
        for seed in range(chosen.seed, chosen.seed + chosen.only):
            row.add(seed, await _campaign(apart(seed) if chosen.machines else short(seed)))
        return [row]
    return [await _series(one, over) for one in series(chosen.seed, chosen.share)]


async def _series(one: Series, over: float) -> Row:
    row = Row(one.name)
    seed = one.plan.seed
    while sum(row.struck.values()) < one.strikes and time.monotonic() < over:
        left = one.strikes - sum(row.struck.values())
        plan = replace(one.plan, seed=seed, rounds=min(one.plan.rounds, 2 * left))
        row.add(seed, await _campaign(plan), timed=one.timed)
        print(row, *row.found, sep="\n", file=sys.stderr, flush=True)
        seed += 1
    return row


async def _campaign(plan: Plan) -> Story:
    with tempfile.TemporaryDirectory(prefix="photoreel-chaos-", ignore_cleanup_errors=True) as folder:
        return await Campaign(plan, Path(folder)).run()


if __name__ == "__main__":
    sys.exit(main())
