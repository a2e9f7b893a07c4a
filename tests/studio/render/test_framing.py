"""What the camera sees of a picture, from the first frame to the last."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.render import Fit, Motion
from studio.render.framing import AT_REST, Window, between, lay_out, pace, travel

WIDE, TALL, SQUARE = (1920, 1080), (1080, 1920), (1080, 1080)
SIZES = st.tuples(st.integers(50, 6000), st.integers(50, 6000)).filter(lambda size: 0.1 < size[0] / size[1] < 10)
FRAMES = st.sampled_from((WIDE, TALL, SQUARE, (320, 180)))


@pytest.mark.parametrize("picture", [(1920, 1080), (4000, 3000), (6000, 4000)])
def test_a_picture_of_a_similar_shape_fills_the_frame(picture: tuple[int, int]) -> None:
    assert not lay_out(picture, WIDE, Fit.SMART, Motion.ZOOM_IN).backdrop


@pytest.mark.parametrize(("picture", "frame"), [((3000, 4000), WIDE), ((4000, 3000), TALL), ((1000, 1000), WIDE)])
def test_a_picture_of_another_shape_is_shown_whole(picture: tuple[int, int], frame: tuple[int, int]) -> None:
    layout = lay_out(picture, frame, Fit.SMART, Motion.ZOOM_IN)
    assert layout.backdrop
    assert layout.picture.width == pytest.approx(1) or layout.picture.height == pytest.approx(1)


def test_cropping_takes_more_from_the_bottom_than_from_the_top() -> None:
    box = lay_out((3000, 4000), WIDE, Fit.CROP, Motion.STILL).picture
    above, below = -box.y, box.y + box.height - 1
    assert 0 < above < below


@given(SIZES, FRAMES, st.sampled_from(Fit), st.sampled_from(Motion), st.floats(0.5, 20), st.floats(0, 1))
def test_the_camera_never_looks_beside_a_picture_that_fills_the_frame(
    picture: tuple[int, int], frame: tuple[int, int], fit: Fit, motion: Motion, seconds: float, share: float
) -> None:
    layout = lay_out(picture, frame, fit, motion)
    window = between(*travel(layout, motion, seconds), share)
    box = layout.picture
    if not layout.backdrop:
        assert box.x - 1e-3 <= window.x
        assert window.x + window.size <= box.x + box.width + 1e-3
        assert box.y - 1e-3 <= window.y
        assert window.y + window.size <= box.y + box.height + 1e-3


@given(SIZES, FRAMES, st.sampled_from([motion for motion in Motion if motion is not Motion.END_FRAME]), st.floats(0, 1))
def test_a_picture_shown_whole_stays_whole(
    picture: tuple[int, int], frame: tuple[int, int], motion: Motion, share: float
) -> None:
    layout = lay_out(picture, frame, Fit.BLUR, motion)
    window = between(*travel(layout, motion, 4), share)
    box = layout.picture
    if layout.backdrop:
        assert window.x <= box.x + 1e-9
        assert box.x + box.width <= window.x + window.size + 1e-9
        assert window.y <= box.y + 1e-9
        assert box.y + box.height <= window.y + window.size + 1e-9


@given(SIZES, FRAMES, st.sampled_from(Fit), st.floats(1, 20))
def test_an_end_frame_ends_at_rest_on_the_whole_picture(
    picture: tuple[int, int], frame: tuple[int, int], fit: Fit, seconds: float
) -> None:
    layout = lay_out(picture, frame, fit, Motion.END_FRAME)
    frames = round(seconds * 30)
    start, end = travel(layout, Motion.END_FRAME, seconds)
    assert between(start, end, pace(Motion.END_FRAME, frames - 1, frames, 30)) == AT_REST
    assert min(layout.picture.width, layout.picture.height) <= 1
    assert layout.backdrop or max(layout.picture.width, layout.picture.height) * max(frame) < max(frame) + 3


def test_a_zoom_changes_size_by_equal_ratios() -> None:
    start, end = Window(0, 0, 1), Window(0.1, 0.1, 0.8)
    sizes = [between(start, end, share / 10).size for share in range(11)]
    ratios = [after / before for before, after in pairwise(sizes)]
    assert ratios == pytest.approx([ratios[0]] * 10)


def test_left_and_right_are_opposite_ways() -> None:
    layout = lay_out((4000, 1500), WIDE, Fit.CROP, Motion.PAN_LEFT)
    (left_start, left_end), (right_start, right_end) = (
        travel(layout, motion, 4) for motion in (Motion.PAN_LEFT, Motion.PAN_RIGHT)
    )
    assert left_end.x < left_start.x
    assert (right_start, right_end) == (left_end, left_start)
