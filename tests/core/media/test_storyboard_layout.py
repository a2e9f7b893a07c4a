"""The layout of a storyboard: to scale, on the sheet, whatever the timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.drafts import Canvas, Timeline, read
from core.media.boards import MARGIN, WIDTH, Span, clock, lay_out, ratio_of, step_of, wrap
from core.media.marks import Board, Box, Label, Outline, Still, Tone, decode, encode

Draft = Mapping[str, Any]


def photo(number: int, start: int, ms: int, name: str = "") -> Draft:
    facts = {"name": name or f"p{number}.jpg", "media_type": "image", "url": f"https://cdn.example/{number}.jpg"}
    return {"s": start, "d": ms, "m": facts}


def photos(count: int, ms: int) -> list[Draft]:
    return [photo(number, (number - 1) * ms, ms) for number in range(1, count + 1)]


def timeline(*tracks: tuple[int | str, Sequence[Draft]], size: tuple[int, int] = (1920, 1080)) -> Timeline:
    draft = {"t": [{"tt": kind, "sg": list(segments)} for kind, segments in tracks]}
    return read(draft, {"width": size[0], "height": size[1]})


def board(*tracks: tuple[int | str, Sequence[Draft]], size: tuple[int, int] = (1920, 1080)) -> Board:
    found = lay_out(timeline(*tracks, size=size))
    assert found
    return found


def stills(shown: Board) -> list[Still]:
    return [mark for mark in shown.marks if isinstance(mark, Still)]


def texts(shown: Board) -> list[str]:
    return [mark.text for mark in shown.marks if isinstance(mark, Label)]


def test_clips_are_as_wide_as_they_are_long() -> None:
    one, two = stills(board((0, [photo(1, 0, 3000), photo(2, 3000, 9000)])))
    assert (one.x, one.y) == (MARGIN, two.y)
    assert two.width + 6 == pytest.approx(3 * (one.width + 6), abs=2)
    assert two.x + two.width <= WIDTH - MARGIN


def test_a_clip_has_its_number_its_name_without_suffix_and_its_picture() -> None:
    shown = board((0, [photo(1, 0, 3000, "里斯本.heic"), photo(2, 3000, 3000, "v1.2 draft")]))
    assert [still.number for still in stills(shown)] == ["1", "2"]
    assert {"里斯本", "v1.2 draft"} <= set(texts(shown))
    assert shown.sources(9) == ("https://cdn.example/1.jpg", "https://cdn.example/2.jpg")


def test_the_shape_of_the_video_is_drawn_and_told() -> None:
    shown = board((0, photos(2, 1000)), size=(1080, 1920))
    [outline] = [mark for mark in shown.marks if isinstance(mark, Outline)]
    assert outline.height / outline.width == pytest.approx(16 / 9, abs=0.05)
    assert {"9:16", "1080 × 1920", "0:02"} <= set(texts(shown))


def test_music_tells_its_volume_and_a_title_its_words() -> None:
    music = {"s": 0, "d": 4000, "m": {"name": "Lo-fi", "volume": 0.35}}
    title = {"s": 0, "d": 3000, "m": {"text": "Lisbon"}}
    assert {"🎵 Lo-fi · 35 %", "“Lisbon”"} <= set(texts(board((0, photos(1, 4000)), (1, [music]), (7, [title]))))


def test_the_words_of_a_title_at_the_end_stand_before_it() -> None:
    title = {"s": 59_000, "d": 1000, "m": {"text": "The End"}}
    shown = board((0, photos(1, 60_000)), (7, [title]))
    [words] = [mark for mark in shown.marks if isinstance(mark, Label) and "End" in mark.text]
    [bar] = [mark for mark in shown.marks if isinstance(mark, Box) and mark.tone is Tone.TITLE]
    assert words.align == "right"
    assert words.x < bar.x


def test_many_clips_go_on_in_further_rows_and_rows_end_between_clips() -> None:
    shown = stills(board((0, photos(10, 1500))))
    assert [still.number for still in shown] == [str(number) for number in range(1, 11)]
    assert len({still.y for still in shown}) == 3
    assert len({still.width for still in shown}) == 1


def test_a_clip_that_is_longer_than_a_row_goes_on_in_the_next_without_a_second_number() -> None:
    shown = stills(board((0, [photo(1, 0, 30_000), *(photo(n, 29_500 + n * 500, 500) for n in range(2, 10))])))
    parts = [still for still in shown if still.source.endswith("/1.jpg")]
    assert [still.number for still in parts] == ["1", *[""] * (len(parts) - 1)]
    assert len(parts) > 1


def test_two_hundred_clips_share_tiles_that_tell_which_they_show() -> None:
    shown = stills(board((0, photos(200, 700))))
    assert len(shown) < 40
    assert all(still.number for still in shown)
    assert shown[0].number.startswith("1–")
    assert shown[-1].number.endswith("–200")


def test_no_more_sources_than_asked_for_are_wanted_and_they_come_from_all_over() -> None:
    wanted = board((0, photos(20, 3000))).sources(5)
    assert [source.rpartition("/")[2] for source in wanted] == ["1.jpg", "5.jpg", "9.jpg", "13.jpg", "17.jpg"]


def test_clips_that_last_no_time_get_equal_room_and_no_clock() -> None:
    shown = board((0, [photo(number, 0, 0) for number in range(3)]))
    assert len({still.width for still in stills(shown)}) == 1
    assert not [text for text in texts(shown) if ":" in text and text != "16:9"]


def test_a_clip_of_no_time_among_others_can_still_be_seen() -> None:
    shown = stills(board((0, [photo(1, 0, 9000), photo(2, 9000, 0)])))
    assert shown[1].width >= 2
    assert shown[1].x + shown[1].width <= WIDTH - MARGIN


def test_a_track_of_an_unknown_type_is_a_lane_with_its_own_name() -> None:
    assert "🧩 sticker" in texts(board((0, photos(1, 4000)), ("sticker", [{"s": 0, "d": 2000}])))


def test_lanes_beyond_the_eighth_are_counted() -> None:
    titles = [(7, [{"s": 0, "d": 1000, "m": {"text": f"T{number}"}}]) for number in range(20)]
    assert "+ 13" in texts(board((0, photos(1, 4000)), *titles))


@pytest.mark.parametrize("draft", [{}, {"t": []}, {"t": [{"tt": 0, "sg": []}]}, {"t": 5}])
def test_an_empty_timeline_has_no_storyboard(draft: Draft) -> None:
    assert lay_out(read(draft)) is None


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((1920, 1080), "16:9"),
        ((1366, 768), "16:9"),
        ((1080, 1350), "4:5"),
        ((700, 500), "7:5"),
        ((1000, 417), "2.40:1"),
        ((500, 500), "1:1"),
    ],
)
def test_a_shape_is_told_as_people_say_it(size: tuple[int, int], said: str) -> None:
    assert ratio_of(Canvas(*size)) == said


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0, "0:00"), (500, "0:00.5"), (15_000, "0:15"), (17_500, "0:17.5"), (59_990, "1:00"), (7_205_000, "2:00:05")],
)
def test_a_time_is_told_as_players_do(ms: int, shown: str) -> None:
    assert clock(ms) == shown


def test_labels_of_the_axis_leave_room_for_each_other() -> None:
    assert [step_of(scale, 60_000) for scale in (1.0, 0.1, 0.02, 1e-9)] == [200, 2000, 10_000, 3_600_000 * 2**16]


def test_time_is_cut_between_clips_where_that_leaves_no_row_half_empty() -> None:
    assert wrap(10_000, [0, 4000, 8000], 2) == (Span(0, 4000), Span(4000, 10_000))
    assert wrap(10_000, [0], 2) == (Span(0, 5000), Span(5000, 10_000))
    assert wrap(1, [0], 5) == (Span(0, 1),)


segment = st.fixed_dictionaries(
    {
        "s": st.integers(0, 10**9) | st.integers(0, 20_000),
        "d": st.integers(0, 10**9) | st.integers(0, 5000) | st.just(0),
        "m": st.fixed_dictionaries({"name": st.text(max_size=12), "url": st.sampled_from(["", "https://x/1.jpg"])}),
    }
)
track = st.fixed_dictionaries({"tt": st.sampled_from([0, 1, 7, 9, "x"]), "sg": st.lists(segment, max_size=12)})


@settings(max_examples=150, deadline=None)
@given(st.lists(track, max_size=12), st.none() | st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
def test_every_mark_lies_on_the_sheet_and_survives_the_way_to_a_child(tracks: Any, size: Any) -> None:
    shown = lay_out(read({"t": tracks}, size and {"width": size[0], "height": size[1]}))
    if shown is None:
        assert not any(track["sg"] for track in tracks)
        return
    assert 0 < shown.height < 6000
    for mark in shown.marks:
        assert decode(json.loads(json.dumps(encode(mark)))) == mark
        match mark:
            case Label():
                assert mark.room > 0
                assert 0 <= mark.x <= WIDTH
                assert 0 < mark.y < shown.height
            case _:
                assert mark.width > 0
                assert mark.height > 0
                assert mark.x >= 0
                assert mark.x + mark.width <= WIDTH
                assert mark.y >= 0
                assert mark.y + mark.height <= shown.height
