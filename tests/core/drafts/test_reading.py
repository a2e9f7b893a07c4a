"""Drafts of any shape are read, and nothing in them makes the reader fall over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import Canvas, Lane, Medium, compare, digest, exportable, read, summarise

DRAFT: dict[str, Any] = {
    "t": [
        {
            "tt": 0,
            "sg": [
                {"d": 4000, "m": {"name": "beach.jpg"}},
                {"d": 6000, "m": {"name": "city timelapse", "media_type": "video", "motion": "in"}},
            ],
        },
        {"tt": 1, "sg": [{"s": 0, "d": 10000, "m": {"name": "Lo-fi", "volume": 0.35}}]},
        {"tt": 7, "sg": [{"s": 1000, "d": 3000, "m": {"text": "Urban Dreams"}}]},
        {"tt": 42, "sg": [{"d": 500, "sparkle": True}], "unheard": "of"},
    ],
    "canvas": {"width": 1080, "height": 1920},
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["t", "tt", "sg", "d", "m", "s", "text", "name", "volume", "id", "?"]), inner)
    ),
    max_leaves=25,
)
drafts = st.dictionaries(st.sampled_from(["t", "d", "m", "canvas", "x"]), anything)


def test_tracks_segments_and_their_facts_are_found() -> None:
    video, music, title, other = read(DRAFT).tracks
    assert [track.lane for track in (video, music, title, other)] == [Lane.VIDEO, Lane.AUDIO, Lane.TITLE, Lane.OTHER]
    assert [segment.medium for segment in video.segments] == [Medium.PHOTO, Medium.CLIP]
    assert [(segment.start, segment.end) for segment in video.segments] == [(0, 4000), (4000, 10000)]
    assert (music.segments[0].name, music.segments[0].volume) == ("Lo-fi", 0.35)
    assert (title.segments[0].text, title.segments[0].start) == ("Urban Dreams", 1000)
    assert read(DRAFT).canvas == Canvas(1080, 1920)
    assert read(DRAFT).duration == 10000


def test_unknown_tracks_and_keys_survive() -> None:
    other = read(DRAFT).tracks[3]
    assert (other.kind, other.details) == ("42", (("unheard", '"of"'),))
    assert other.segments[0].details == (("sparkle", "true"),)


def test_the_states_canvas_goes_before_the_drafts() -> None:
    assert read(DRAFT, {"width": 720, "height": 720}).canvas == Canvas(720, 720)
    assert read(None, {"width": 720, "height": 720}).canvas == Canvas(720, 720)


@pytest.mark.parametrize(
    ("told", "share"),
    [
        (0.35, 0.35),
        (35, 0.35),
        ("35%", 0.35),
        ("0.35", 0.35),
        (0, 0.0),
        (1.5, 1.5),
        (None, None),
        ("loud", None),
        (-1, None),
    ],
)
def test_a_volume_is_understood_however_it_is_told(told: object, share: float | None) -> None:
    draft = {"t": [{"tt": 1, "sg": [{"d": 1, "m": {"volume": told}}]}]}
    assert read(draft).tracks[0].segments[0].volume == share


def test_the_volume_of_a_track_is_that_of_its_segments_too() -> None:
    draft = {"t": [{"tt": 1, "m": {"volume": 0.5}, "sg": [{"d": 1}, {"d": 1, "m": {"volume": 0.5}}]}]}
    assert [segment.volume for segment in read(draft).tracks[0].segments] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("draft", "can"),
    [
        (DRAFT, True),
        ({"t": [{"tt": 0, "sg": []}, {"tt": 1, "sg": [{"d": 1}]}]}, True),
        ({"t": [{"tt": 0, "sg": []}]}, False),
        ({"t": [{"tt": 0}]}, False),
        ({"t": []}, False),
        ({"t": None}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_draft_is_exportable_with_one_segment_on_one_track(draft: dict[str, Any] | None, can: bool) -> None:
    assert exportable(draft) is can


@given(drafts)
def test_odd_data_raises_nothing(draft: dict[str, Any]) -> None:
    timeline = read(draft)
    assert timeline.duration >= 0
    assert summarise(timeline).duration == timeline.duration
    assert compare(timeline, read(draft)) == ()
    assert isinstance(exportable(draft), bool)


@pytest.mark.parametrize("odd", [[], "draft", 7, None, [["t"]]])
def test_what_is_no_draft_at_all_is_an_empty_timeline(odd: Any) -> None:
    assert read(odd).tracks == ()
    assert exportable(odd) is False
    assert digest(odd)


@given(drafts)
def test_a_digest_depends_on_the_meaning_alone(draft: dict[str, Any]) -> None:
    turned = dict(reversed(draft.items()))
    assert digest(draft) == digest(turned)
    again = json.loads(json.dumps(draft))
    assert digest(again) == digest(draft)
    assert digest({**draft, "new": 1}) != digest(draft)


def test_a_server_that_has_moved_to_another_address_changes_nothing() -> None:
    def draft(address: str) -> dict[str, Any]:
        return {"t": [{"tt": 0, "sg": [{"d": 3000, "m": {"url": address}}]}]}

    before, moved = draft("http://127.0.0.1:4001/files/a.jpg"), draft("http://127.0.0.1:4002/files/a.jpg")
    assert digest(before) == digest(moved)
    assert digest(before) != digest(draft("http://127.0.0.1:4001/files/b.jpg"))


def test_a_file_that_is_signed_anew_at_each_look_changes_nothing() -> None:
    signed = [{"m": {"url": f"https://cdn.example/a.jpg?sig={sig}&exp=1"}} for sig in ("one", "two")]
    assert digest(signed[0]) == digest(signed[1])


def test_a_title_that_is_an_address_is_compared_to_the_letter() -> None:
    titles = [{"text": {"content": f"https://shop.example/?item={item}"}} for item in (1, 2)]
    assert digest(titles[0]) != digest(titles[1])


def test_numbers_of_the_same_value_have_the_same_digest() -> None:
    assert digest({"d": 3000}) == digest({"d": 3000.0}) != digest({"d": 3001})


def test_a_draft_as_deep_as_a_well_is_read() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"m": deep, "t": [deep]} if isinstance(deep, int) else {"m": deep}
    assert digest(deep) == digest(deep)
    assert read(deep).duration == 0
