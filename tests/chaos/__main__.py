"""`make chaos`: the full counts, and tables of what was found. A seed that failed is played again by naming its series:
`python -m tests.chaos --series "workers killed" --seed 7 --campaigns 1`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from tests.chaos.campaign import Campaign
from tests.chaos.guards import GUARDS, LATE
from tests.chaos.machines import are_alone, go_alone, why_not
from tests.chaos.plans import MACHINES, Series, apart, series, short
from tests.chaos.story import Plan, Story
from tests.chaos.tallies import Row, Tally, found_in, row_of

TRIES = 3  # campaigns without a guard: what is broken does not show at every moment
SLOWLY = 12.0  # so the agent works then, longer than any lease or stop: what should have been interrupted is


def main() -> int:
    """Play, and tell."""
    chosen = _options().parse_args()
    if chosen.machines or not chosen.only:
        go_alone()
    if not are_alone() and (chosen.machines or chosen.series == MACHINES):
        sys.exit(why_not())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    tally = Tally()
    asyncio.run(_play(chosen, tally))
    print(tally)
    for row in tally.rows:
        print("\n".join(row.found))
    if chosen.table:
        chosen.table.parent.mkdir(parents=True, exist_ok=True)
        chosen.table.write_text(f"{tally}\n", "utf-8")
    return 0 if tally.is_well else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first campaign; each further one adds one")
    parser.add_argument("--only", type=int, metavar="N", help="the short campaign N times, no series")
    parser.add_argument("--machines", action="store_true", help="with --only: the campaign on two machines")
    parser.add_argument("--series", default="", metavar="WORDS", help="the series of this name, or with it in theirs")
    parser.add_argument("--campaigns", type=int, metavar="N", help="of each series so many, whatever strikes in them")
    parser.add_argument("--without", default="", metavar="GUARD", choices=[*GUARDS, *LATE], help="switch a guard off")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--minutes", type=float, default=60.0, help="shared out among the series")
    parser.add_argument("--table", type=Path, help="where the tables are written, too")
    return parser


async def _play(chosen: argparse.Namespace, tally: Tally) -> None:
    if chosen.only:
        tally.rows.append(row := Row("a bit of everything"))
        for seed in range(chosen.seed, chosen.seed + chosen.only):
            plan = apart(seed) if chosen.machines else short(seed)
            tally.add(row, seed, await _campaign(replace(plan, without=chosen.without)), timed=False)
        return
    played = list(series(chosen.seed, chosen.share))
    exactly = [one for one in played if one.name == chosen.series]
    played = exactly or [one for one in played if chosen.series in one.name]
    begun, minutes = time.monotonic(), 0.0
    for one in played:
        minutes += one.minutes
        over = begun + 60 * chosen.minutes * minutes / sum(each.minutes for each in played)
        await _series(one, over, chosen, tally)


async def _series(one: Series, over: float, chosen: argparse.Namespace, tally: Tally) -> None:
    """At least one campaign, and as many as are wanted, or as there is time for: what one series leaves of its time the
    next ones have."""
    tally.rows.append(row := row_of(one))
    if chosen.campaigns:
        row.wanted = 0
    elif one.control:
        row.control = await _controlled(one)
    while not row.runs or (row.runs < chosen.campaigns if chosen.campaigns else _wants(one, row, over)):
        left = one.strikes - row.struck.total()
        rounds = one.plan.rounds if chosen.campaigns else max(1, min(one.plan.rounds, 2 * left))
        seed = chosen.seed + row.runs
        plan = replace(one.plan, seed=seed, rounds=rounds, without=chosen.without)
        tally.add(row, seed, await _campaign(plan), timed=one.timed)
        print(row, *row.found, sep="\n", file=sys.stderr, flush=True)


def _wants(one: Series, row: Row, over: float) -> bool:
    return (not row.is_whole or row.messages < one.messages) and time.monotonic() < over


async def _controlled(one: Series) -> str:
    """What a campaign finds in processes without the guard."""
    guard = {**GUARDS, **LATE}[one.control]
    for seed in range(one.plan.seed, one.plan.seed + TRIES):
        slow = replace(one.plan, seed=seed, slowness=SLOWLY, rounds=min(one.plan.rounds, 6), settle=8.0)
        plan = replace(slow, without=one.control)
        found = found_in(await _campaign(plan), timed=one.timed)
        if seen := _seen(found, guard.finds):
            return f"seen: {len(seen)} of {', '.join(guard.finds)}"
    return f"NOT seen ({one.control})"


def _seen(found: Sequence[str], names: Sequence[str]) -> list[str]:
    return [one for one in found if one.partition(":")[0] in names]


async def _campaign(plan: Plan) -> Story:
    with tempfile.TemporaryDirectory(prefix="photoreel-chaos-", ignore_cleanup_errors=True) as folder:
        return await Campaign(plan, Path(folder)).run()


if __name__ == "__main__":
    sys.exit(main())
