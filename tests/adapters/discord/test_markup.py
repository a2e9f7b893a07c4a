"""Text is seen on Discord letter for letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.markup import ROOM_CHARS, TEXT_CHARS, escape
from tests.adapters.contract import AWKWARD_TEXTS
from tests.adapters.discord.eyes import seen

MARKS = st.text(alphabet="*_~|`\\[]()<>@#-+>:.!1 a把\n/\u202e", max_size=60)


@pytest.mark.parametrize("text", AWKWARD_TEXTS.values(), ids=AWKWARD_TEXTS)
def test_awkward_texts_are_seen_as_they_are(text: str) -> None:
    assert seen(escape(text)) == text


@given(MARKS)
def test_no_heap_of_marks_is_taken_for_markup(text: str) -> None:
    assert seen(escape(text)) == text


@given(MARKS, MARKS)
def test_links_stay_links_between_marks(before: str, after: str) -> None:
    text = f"{before} https://example.org/a_b*c_d?x=[1] {after}"
    assert seen(escape(text)) == text
    assert "https://example.org/a_b*c_d?x=[1" in escape(text)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("*bold*", r"\*bold\*"),
        ("# Heading", r"\# Heading"),
        ("no # heading", "no # heading"),
        ("-# small", r"\-# small"),
        ("1. first\n2. second", "1\\. first\n2\\. second"),
        ("- one", r"\- one"),
        ("5 < 6 & 7 > 6", "5 < 6 & 7 > 6"),
        ("<@123> <#4> <:a:5> <t:0>", r"\<\@123> \<#4> \<:a:5> \<t:0>"),
        ("@everyone", r"\@everyone"),
        ("a-b ~5 s | x", "a-b ~5 s | x"),
        ("~~no~~ ||no||", r"\~\~no\~\~ \|\|no\|\|"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, content: str) -> None:
    assert escape(text) == content


@pytest.mark.parametrize("letter", ["*", "<@", "`", "把", "_a", "\\", "- x\n"])
def test_whatever_is_as_long_as_promised_fits(letter: str) -> None:
    text = (letter * ROOM_CHARS)[:ROOM_CHARS]
    assert len(escape(text)) <= TEXT_CHARS
    if "`" not in letter:
        assert seen(escape(text)) == text


def test_a_block_of_code_cannot_be_left_by_its_own_end() -> None:
    text = "*" * 1000 + "``` @everyone ```" + "*" * 800
    content = escape(text)
    assert seen(content) == text
    assert content.count("```") == 2
