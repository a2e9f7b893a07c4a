"""Plans: how long they last, what each frame shows, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.render import Plan, Shot, Transition
from studio.render.timing import Alone, Crossing, Timeline

SHOTS = st.builds(
    Shot,
    source=st.just(Path("a.jpg")),
    seconds=st.floats(0.2, 6),
    transition=st.sampled_from(Transition),
    overlap=st.floats(0, 3),
)
PLANS = st.builds(
    Plan,
    width=st.just(64),
    height=st.just(36),
    fps=st.sampled_from((10, 24, 25, 30, 60)),
    shots=st.lists(SHOTS, min_size=1, max_size=6).map(tuple),
)


def test_a_plan_lasts_as_long_as_its_shots_less_what_they_share() -> None:
    shots = (
        Shot(Path("a"), 4, transition=Transition.DISSOLVE, overlap=0.5),
        Shot(Path("b"), 3, transition=Transition.CUT, overlap=0.5),
        Shot(Path("c"), 2, transition=Transition.FADE, overlap=1),
    )
    plan = Plan(64, 36, 30, shots)
    assert plan.overlaps == (0.5, 0, 0)
    assert plan.seconds == 8.5
    assert plan.frames == Timeline.of(plan).frames == 255


def test_a_transition_takes_at_most_half_of_the_shorter_shot() -> None:
    shots = (Shot(Path("a"), 4, transition=Transition.WIPE, overlap=3), Shot(Path("b"), 1))
    assert Plan(64, 36, 30, shots).overlaps == (0.5, 0)


@pytest.mark.parametrize(
    ("width", "height", "fps", "seconds"),
    [(65, 36, 30, 1), (64, 0, 30, 1), (64, 36, 0, 1), (64, 36, 30, 0), (64, 36, 30, float("nan"))],
)
def test_what_cannot_be_a_video_is_no_plan(width: int, height: int, fps: int, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"frame|shot"):
        Plan(width, height, fps, (Shot(Path("a"), seconds),))


def test_a_plan_without_shots_is_none() -> None:
    with pytest.raises(ValueError, match="no shots"):
        Plan(64, 36)


@given(PLANS)
def test_every_frame_shows_one_shot_or_a_crossing_of_two_neighbours(plan: Plan) -> None:
    timeline = Timeline.of(plan)
    latest = 0
    for number in range(timeline.frames):
        match timeline.at(number):
            case Alone(shot, frame):
                assert 0 <= frame < timeline.spans[shot].length
                assert latest <= shot
                latest = shot
            case Crossing(leaving, entering, _, share):
                assert entering.shot == leaving.shot + 1
                assert 0 < share < 1
                assert leaving.frame < timeline.spans[leaving.shot].length
                latest = entering.shot
    assert latest == len(plan.shots) - 1


@given(PLANS)
def test_the_frames_are_as_many_as_the_seconds_say(plan: Plan) -> None:
    assert abs(Timeline.of(plan).frames - plan.seconds * plan.fps) <= 1
