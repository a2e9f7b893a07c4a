"""When a render is looked at: soon after it is done, and not too often."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bench.looks import CASES, Progress, run, watch
from core.exports import EARLY, EARLY_LOOKS, Look, next_look

POLL = 30.0
looks = some.builds(
    Look,
    elapsed=some.floats(0, 1000),
    percent=some.none() | some.floats(0, 100),
)


@given(look=looks, taken=some.integers(0, 50))
def test_the_next_look_lies_ahead_but_never_far(look: Look, taken: int) -> None:
    pause = next_look(look, taken, poll=POLL) - look.elapsed
    assert pause > 0
    assert pause <= max(EARLY - look.elapsed, POLL, 60)


@given(looks)
def test_after_two_minutes_looks_keep_the_vendors_pace(look: Look) -> None:
    if look.elapsed >= EARLY:
        assert next_look(look, 3, poll=POLL) == look.elapsed + POLL


@given(seconds=some.floats(1, 200), shares=some.lists(some.floats(0, 1), min_size=1, max_size=20))
def test_whatever_a_render_tells_at_most_ten_looks_are_spent_in_two_minutes(
    seconds: float, shares: list[float]
) -> None:
    told = sorted(shares)

    def any_progress(share: float) -> float:
        return told[min(len(told) - 1, int(share * len(told)))]

    assert watch(seconds, any_progress).early_looks <= EARLY_LOOKS


@pytest.mark.parametrize("case", [name for name in CASES if not name.endswith("20-120 s")])
def test_a_finished_render_is_noticed_within_three_seconds(case: str) -> None:
    progress, shortest, longest = CASES[case]
    courses = run(progress, shortest, longest)
    assert median(course.wait for course in courses) <= 3.001
    assert max(course.early_looks for course in courses) <= EARLY_LOOKS


def test_without_a_percentage_ten_looks_do_what_ten_looks_can() -> None:
    progress: Progress = CASES["nothing told, 20-120 s"][0]
    assert median(course.wait for course in run(progress, 20, 120)) <= 5.0
