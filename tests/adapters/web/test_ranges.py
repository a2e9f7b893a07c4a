"""What a Range header asks of so many bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.ranges import Nothing, Part, Whole, wanted


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("", Whole()),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-99", Part(0, 100)),
        ("bytes=10-", Part(10, 100)),
        ("bytes=90-1000", Part(90, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-1000", Part(0, 100)),
        ("bytes=100-", Nothing()),
        ("bytes=100-200", Nothing()),
        ("bytes=-0", Nothing()),
        ("bytes=5-3", Whole()),
        ("bytes=-", Whole()),
        ("bytes=0-1,5-6", Whole()),
        ("items=0-1", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=" + "9" * 40 + "-", Whole()),
    ],
)
def test_ranges_of_a_hundred_bytes(header: str, answer: Whole | Part | Nothing) -> None:
    assert wanted(header, 100) == answer


@given(st.text(max_size=40), st.integers(0, 10_000))
def test_no_header_leads_outside(header: str, size: int) -> None:
    match wanted("bytes=" + header, size):
        case Part(start, stop):
            assert 0 <= start < stop <= size
        case _:
            pass


def test_an_empty_file_has_no_part() -> None:
    assert wanted("bytes=0-", 0) == Nothing()
    assert wanted("", 0) == Whole()
