"""Texts are measured as the strictest platform measures them: what is said to fit does, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages import fitting, units_of
from core.posting import split
from core.progress import fitted

TEXTS = st.text(alphabet="ab 🎬。\n", max_size=200)


def test_lengths_are_those_of_the_wire() -> None:
    assert units_of("aé把🎬") == 5


@pytest.mark.parametrize(("most", "kept"), [(4, "🎬🎬"), (3, "🎬"), (1, ""), (9, "🎬🎬a")])
def test_no_character_is_cut_in_half(most: int, kept: str) -> None:
    assert fitting("🎬🎬a", most) == kept


@given(TEXTS, st.integers(8, 40))
def test_parts_of_a_text_fit_and_lose_nothing(text: str, most: int) -> None:
    pieces = split(text, most)
    assert all(units_of(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(TEXTS, st.integers(20, 60))
def test_what_is_shown_on_the_way_fits(text: str, most: int) -> None:
    assert units_of(fitted(text, most)) <= most


def test_an_answer_that_is_all_emoji_is_said_whole() -> None:
    pieces = split("🎬" * 5000, 4096)
    assert [len(piece) for piece in pieces] == [2048, 2048, 904]
