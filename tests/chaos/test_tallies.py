"""The tables of `make chaos` hide nothing: what is late, what fell short of its count, a control that was not seen."""

from __future__ import annotations

from collections import Counter

from tests.chaos.agent import Agent
from tests.chaos.fleets import LEASE
from tests.chaos.plans import series
from tests.chaos.story import Plan, Story
from tests.chaos.tallies import CHANCES, Row, Tally
from tests.chaos.verdicts import SLACK, late

PLAN = Plan(seed=1, chats=0, poison=0)


def a_quiet_story() -> Story:
    story = Story(PLAN, Agent(), [], struck=Counter({"kill store": 2}))
    story.quiet = True
    return story


def test_a_recovery_or_a_stop_that_takes_longer_than_promised_is_told() -> None:
    story = a_quiet_story()
    story.recoveries, story.stops = [LEASE + SLACK - 0.1], [PLAN.drain + SLACK - 0.1]
    assert late(story) == []
    story.recoveries, story.stops = [LEASE + SLACK + 0.1], [PLAN.drain + SLACK + 0.1]
    assert [one.partition(":")[0] for one in late(story)] == ["I12", "recovery"]


def test_a_series_is_well_when_it_was_played_to_its_end_and_its_control_was_seen() -> None:
    row = Row("stores", wanted=2, runs=1)
    assert not row.is_well
    row.struck["kill store"] = 2
    assert row.is_well
    row.control = "NOT seen"
    assert not row.is_well


def test_each_violation_stands_in_its_line_and_what_only_the_store_befell_in_that_of_the_store_too() -> None:
    row, story = Row("stores"), a_quiet_story()
    tally = Tally([row])
    tally.add(row, 7, story, timed=False)
    assert tally.is_well
    story.changed = ["a job"]
    tally.add(row, 8, story, timed=False)
    assert row.failed == [8]
    assert {name for name, line in tally.lines.items() if line.violations} == {"I8", "I13"}
    assert tally.lines["I13"].chances == 4
    assert not tally.is_well


def test_every_invariant_has_a_line_and_every_series_its_share_of_the_hour() -> None:
    assert list(CHANCES) == [f"I{number}" for number in range(1, 16)]
    played = list(series(1, 1.0))
    assert sum(one.minutes for one in played) <= 55
    assert {one.strikes for one in played if one.timed} == {20, 200}
