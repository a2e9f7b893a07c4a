"""Titles: readable, where they were put, in many scripts, and never too long for the frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.render import Caption, Place, Plan, Shot
from studio.render.lettering import Letters
from studio.render.planes import empty
from studio.render.titles import draw_title
from studio.render.wrapping import shorten, wrap

PLAN = Plan(640, 360, 30, (Shot(Path("a.jpg"), 5),))
TALL = Plan(360, 640, 30, (Shot(Path("a.jpg"), 5),))


def drawn(text: str, ground: int, plan: Plan = PLAN, place: Place = Place.CENTER, at: float = 2.5) -> np.ndarray:
    """The brightness of a frame that was of one shade before the title came."""
    planes = empty(plan.width, plan.height)
    for plane, value in zip(planes, (ground, 128, 128), strict=True):
        plane[:] = value
    draw_title(Caption(text, 0, 5, place), plan).lay_over(planes, at)
    assert all(abs(int(plane.mean()) - 128) <= 1 for plane in planes[1:])
    return planes.y.astype(int)


@pytest.mark.parametrize("ground", [16, 90, 160, 235])
def test_a_title_can_be_read_on_every_ground(ground: int) -> None:
    frame = drawn("Lisbon", ground)
    letters = frame > 225 if ground < 225 else frame > 233
    rows, columns = np.nonzero(frame < 140) if ground == 235 else np.nonzero(letters)
    assert rows.size > 300
    around = frame[rows.min() : rows.max(), columns.min() : columns.max()]
    assert np.percentile(around, 99) - np.percentile(around, 5) > 70


def test_titles_stand_where_they_were_put() -> None:
    for place, low, high in ((Place.TOP, 0, 0.35), (Place.CENTER, 0.35, 0.65), (Place.BOTTOM, 0.65, 1)):
        rows, columns = np.nonzero(drawn("Lisbon", 40, place=place) > 200)
        assert low * 360 < rows.min() < rows.max() < high * 360
        assert columns.min() + columns.max() == pytest.approx(640, abs=4)


def test_a_title_fades_in_and_out() -> None:
    peaks = [drawn("Lisbon", 40, at=at).max() for at in (0.0, 0.1, 0.2, 2.5, 4.8, 4.9, 5.0)]
    assert peaks[0] == peaks[-1] == 40
    assert peaks[0] < peaks[1] < peaks[2] < peaks[3]
    assert peaks[3] > peaks[4] > peaks[5] > peaks[6]


@pytest.mark.parametrize(
    "text",
    [
        "Lisbon", "Ærøskøbing – Großstadt", "天堂的发现", "日本の旅 カメラ", "서울 여행", "Привет, Αθήνα", "שלום עולם",
        "مرحبا بالعالم", "สวัสดีชาวโลก", "नमस्ते दुनिया", "🎉❤️👨‍👩‍👧🇵🇹", "Lisbon 里斯本 مرحبا 🎉",
    ],
)  # fmt: skip
def test_many_scripts_are_written_without_empty_boxes(text: str) -> None:
    letters = Letters()
    kept = letters.writable(text)
    assert [letter for letter in text if letter not in kept] == []
    assert np.count_nonzero(drawn(text, 40) > 200) > 200


def test_what_no_font_has_is_left_out() -> None:
    assert Letters().writable("Lisbon \U00012000\ue000!") == "Lisbon !"
    assert np.array_equal(drawn("\U00012000", 40), np.full((360, 640), 40))


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200d\ufe0f", "\x00\x07"])
def test_nothing_to_write_changes_nothing(text: str) -> None:
    assert np.array_equal(drawn(text, 40), np.full((360, 640), 40))


@pytest.mark.parametrize("plan", [PLAN, TALL])
@pytest.mark.parametrize("text", ["word " * 800, "字" * 4000, "W" * 300, "a\n" * 60])
def test_a_title_of_any_length_stays_within_the_frame(plan: Plan, text: str) -> None:
    rows, columns = np.nonzero(drawn(text, 40, plan) > 200)
    assert plan.width * 0.05 < columns.min() < columns.max() < plan.width * 0.95
    assert plan.height * 0.1 < rows.min() < rows.max() < plan.height * 0.9


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_no_text_stops_a_render(text: str) -> None:
    drawn(text, 40, Plan(160, 90, 30, PLAN.shots))


def test_lines_are_about_as_long_as_each_other() -> None:
    lines = wrap("one two three four five six", 20, len)
    assert lines == ["one two three", "four five six"]


def test_chinese_breaks_between_characters_but_not_before_a_stop() -> None:
    assert wrap("天堂的发现：里斯本的夏天", 8, len) == ["天堂的发现：", "里斯本的夏天"]
    assert all(line[0] not in "，。：" for line in wrap("一二三，四五六，七八九。十", 4, len))


def test_line_breaks_in_the_text_are_kept() -> None:
    assert wrap("Lisbon\nJuly 2024", 80, len) == ["Lisbon", "July 2024"]


@given(st.text(alphabet="ab 字，。\n", max_size=80), st.integers(3, 20))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width, len)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width + 1 for line in lines)


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert shorten(["one", "two", "three"], 2, 3, len) == ["one", "tw…"]
    assert shorten(["one"], 2, 3, len) == ["one"]
