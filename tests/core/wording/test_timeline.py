"""What a person reads about a timeline: what is on it, and every change, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.drafts import Lane, compare, read
from core.wording.timeline import describe, summary

Draft = dict[str, Any]
NOTHING = "Nothing changed on the timeline."


def segment(key: str, start: int, duration: int, **facts: Any) -> Draft:
    return {"id": key, "s": start, "d": duration, "m": facts}


def three_photos() -> Draft:
    photos = [
        segment(f"p{at}", at * 4000, 4000, name=name, motion="in")
        for at, name in enumerate(("a.jpg", "b.jpg", "c.jpg"))
    ]
    music = segment("music", 0, 12000, name="Lo-fi", volume=0.35)
    title = segment("title", 0, 3000, text="Urban Dreams")
    return {
        "t": [{"tt": 0, "sg": photos}, {"tt": 1, "sg": [music]}, {"tt": 7, "sg": [title]}],
        "canvas": {"width": 1920, "height": 1080},
    }


def described(change: Callable[[Draft], object]) -> str:
    before, after = three_photos(), three_photos()
    change(after)
    return describe(compare(read(before), read(after)))


def test_the_summary_is_that_of_the_contract() -> None:
    draft = {
        "t": [
            {"tt": 0, "sg": [segment("v", 0, 10000, name="city timelapse")]},
            {"tt": 1, "sg": [segment("m", 0, 10000, name="Lo-fi", volume=0.35)]},
            {"tt": 7, "sg": [segment("t", 0, 3000, text="Urban Dreams")]},
        ]
    }
    assert summary(read(draft)) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%) "
        '3. Title: "Urban Dreams" (0-3s)'
    )


def test_several_photos_are_counted() -> None:
    assert summary(read(three_photos())) == (
        'Timeline (3 tracks): 1. Video: 3 photos (0-12s) 2. BGM: Lo-fi (0-12s, 35%) 3. Title: "Urban Dreams" (0-3s)'
    )


def test_an_empty_timeline_says_so() -> None:
    assert summary(read({})) == summary(read({"t": [{"tt": 0, "sg": []}]})) == "The timeline is still empty."


def test_equal_timelines_say_so() -> None:
    assert described(dict) == NOTHING


def reorder(draft: Draft, *order: int) -> None:
    photos = draft["t"][0]["sg"]
    draft["t"][0]["sg"] = [{**photos[at], "s": 4000 * place} for place, at in enumerate(order)]


def lasting(draft: Draft, *seconds: float) -> None:
    start = 0
    for photo, length in zip(draft["t"][0]["sg"], seconds, strict=True):
        photo["s"], photo["d"] = start, int(length * 1000)
        start += photo["d"]
    draft["t"][1]["sg"][0]["d"] = start


def music(draft: Draft) -> Draft:
    facts: Draft = draft["t"][1]["sg"][0]["m"]
    return facts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["t"].append({"tt": 7, "sg": [segment("t2", 4000, 3000, text="Paradise Found")]}),
         "Title added: “Paradise Found”, 4–7 s."),
        (lambda d: d["t"].pop(2), "Title removed: “Urban Dreams”, 0–3 s."),
        (lambda d: music(d).update(volume=0.2), "Music now at 20 %."),
        (lambda d: music(d).update(volume=0), "Music is muted."),
        (lambda d: music(d).update(name="Happy"), "Music is now “Happy”."),
        (lambda d: d["t"].pop(1), "Music removed: “Lo-fi”, 0–12 s."),
        (lambda d: reorder(d, 1, 0, 2), "The second photo comes first."),
        (lambda d: reorder(d, 1, 2, 0), "The first photo comes last."),
        (lambda d: lasting(d, 2, 2, 2), "Each photo now lasts 2 s. The video is now 6 s long (was 12 s)."),
        (lambda d: lasting(d, 2, 3, 2.5), "All photos now last 2 to 3 s. The video is now 7.5 s long (was 12 s)."),
        (lambda d: lasting(d, 4, 6, 4),
         "The second photo now lasts 6 s (was 4 s). The video is now 14 s long (was 12 s)."),
        (lambda d: d["t"][2]["sg"][0].update(s=2000), "The title now at 2–5 s."),
        (lambda d: d["t"][2]["sg"][0]["m"].update(text="Lisbon"), "The title now reads “Lisbon”."),
        (lambda d: d["canvas"].update(width=1080, height=1920), "The video is now vertical, 1080 × 1920."),
        (lambda d: d["canvas"].update(width=1080), "The video is now square, 1080 × 1080."),
        (lambda d: d["t"][0]["sg"][1]["m"].update(motion="out"), "The second photo: motion changed."),
        (lambda d: [p["m"].update(motion="out") for p in d["t"][0]["sg"]], "All photos: motion changed."),
        (lambda d: d.update(fps=60), "The project: frame rate changed."),
        (lambda d: d.update(fps=60, m={"source": "nemo", "x_rev": 7}, zz_9=1), "The project: frame rate changed."),
        (lambda d: d.update(zz_9=1), "The project: settings changed."),
        (lambda d: d["t"][0]["sg"][1]["m"].update(q_hash="ab12", motion="out"), "The second photo: motion changed."),
        (lambda d: d["t"][0]["sg"][1]["m"].update(q_hash="ab12"), "The second photo: settings changed."),
    ],
)  # fmt: skip
def test_each_kind_of_change_has_its_sentence(change: Callable[[Draft], object], said: str) -> None:
    assert described(change) == said


def test_several_changes_are_all_told() -> None:
    def change(draft: Draft) -> None:
        draft["t"].append({"tt": 7, "sg": [segment("t2", 0, 3000, text="Paradise Found")]})
        music(draft).update(volume=0.2)
        reorder(draft, 1, 0, 2)

    assert described(change) == (
        "The second photo comes first. Music now at 20 %. Title added: “Paradise Found”, 0–3 s."
    )


def test_a_project_that_begins_is_told_by_what_is_in_it() -> None:
    begun = {**three_photos(), "fps": 30, "m": {"source": "nemo"}, "zz_9": 1}
    assert "project" not in describe(compare(read({}), read(begun)))


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}_[0-9a-z]{1,4}", fullmatch=True), st.integers(), min_size=1, max_size=4)
)
def test_no_word_of_the_draft_is_read_aloud(unknown: dict[str, int]) -> None:
    def change(draft: Draft) -> None:
        draft.update(unknown)
        draft["t"][0]["sg"][0]["m"].update(unknown)
        draft["t"][1]["sg"][0]["m"].update({name: {"deep": value} for name, value in unknown.items()})

    said = described(change)
    assert [name for name in unknown if name in said] == []
    assert "_" not in said


def test_many_new_photos_are_counted() -> None:
    assert describe(compare(read({}), read({"t": three_photos()["t"][:1]}))) == "3 photos added."


def test_a_long_title_is_cut() -> None:
    said = described(lambda d: d["t"][2]["sg"][0]["m"].update(text="word " * 400))
    assert len(said) < 120


# --- any two timelines ------------------------------------------------------------------------------------------------

words = st.text(alphabet="abcdefgh", min_size=3, max_size=6)


@st.composite
def timelines(draw: st.DrawFn) -> Draft:
    names = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    photos, start = [], 0
    for name in names:
        duration = draw(st.integers(1, 8)) * 500
        photos.append(segment(name, start, duration, name=f"{name}.jpg"))
        start += duration
    titles = [
        segment(f"t-{text}", draw(st.integers(0, 4)) * 1000, 1500, text=text.upper())
        for text in draw(st.lists(words, max_size=3, unique=True))
    ]
    tracks = [{"tt": 0, "sg": photos}, *({"tt": 7, "sg": [title]} for title in titles)]
    if draw(st.booleans()):
        volume = draw(st.integers(1, 10)) / 10
        tracks.append({"tt": 1, "sg": [segment("music", 0, start, name=draw(words).title(), volume=volume)]})
    return {
        "t": tracks,
        "canvas": draw(st.sampled_from([{"width": 1920, "height": 1080}, {"width": 1080, "height": 1920}])),
    }


@given(timelines())
def test_a_timeline_compared_with_itself_has_not_changed(draft: Draft) -> None:
    assert describe(compare(read(draft), read(deepcopy(draft)))) == NOTHING


def facts(draft: Draft) -> tuple[object, ...]:
    """What a person would notice."""
    timeline = read(draft)
    segments = [(track.lane, segment) for track in timeline.tracks for segment in track.segments]
    return (
        sorted((lane, s.name, s.text, s.duration, str(s.volume)) for lane, s in segments),
        sorted((s.text, s.start) for _, s in segments if s.text),
        [s.name for lane, s in segments if lane is Lane.VIDEO],
        timeline.canvas,
    )


@given(timelines(), timelines())
def test_it_says_that_nothing_changed_only_where_nothing_did(one: Draft, other: Draft) -> None:
    said = describe(compare(read(one), read(other)))
    assert (said == NOTHING) == (facts(one) == facts(other))


@given(timelines(), timelines())
def test_every_difference_of_two_timelines_is_told(one: Draft, other: Draft) -> None:
    said = describe(compare(read(one), read(other)))
    assert ("vertical" in said or "horizontal" in said) == (one["canvas"] != other["canvas"])
    before, after = texts(one), texts(other)
    for text in after - before:
        assert f"“{text}”" in said or "titles added" in said
    for text in before - after:
        assert f"“{text}”" in said or "titles removed" in said or " now reads " in said
    if read(one).duration != read(other).duration:
        assert f"was {read(one).duration / 1000:g} s" in said


def texts(draft: Draft) -> set[str]:
    return {s.text for track in read(draft).tracks for s in track.segments if s.text}


@given(timelines(), st.data())
def test_one_change_is_told_alone(draft: Draft, data: st.DataObject) -> None:
    after = deepcopy(draft)
    photos = after["t"][0]["sg"]
    at = data.draw(st.integers(0, len(photos) - 1))
    photos[at]["m"]["name"] = "renamed.jpg"
    said = describe(compare(read(draft), read(after)))
    assert said.endswith("photo is now “renamed.jpg”.")
    assert said.count(".") == 2


def closed_up(draft: Draft) -> None:
    """Photos follow each other, and music fills the whole."""
    start = 0
    for photo in draft["t"][0]["sg"]:
        photo["s"] = start
        start += photo["d"]
    for track in draft["t"]:
        if track["tt"] == 1:
            track["sg"][0]["d"] = start


def longer(draft: Draft) -> None:
    draft["t"][0]["sg"][0]["d"] += 1000


def another_photo(draft: Draft) -> None:
    draft["t"][0]["sg"].append(segment("new", 0, 3000, name="new.jpg"))


def one_photo_less(draft: Draft) -> None:
    draft["t"][0]["sg"].pop(0)


def last_photo_first(draft: Draft) -> None:
    draft["t"][0]["sg"].insert(0, draft["t"][0]["sg"].pop())


def another_title(draft: Draft) -> None:
    draft["t"].append({"tt": 7, "sg": [segment("t-new", 500, 1250, text="Quite New")]})


def a_key_of_tomorrow(draft: Draft) -> None:
    draft["t"][0]["sg"][-1]["m"]["tomorrow"] = {"a": 1}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (longer, r"The (first )?photo now lasts .+ s \(was .+ s\)\."),
        (another_photo, r"Photo added: “new\.jpg”, .+ s\."),
        (one_photo_less, r"Photo removed: “\w+\.jpg”, .+ s\."),
        (last_photo_first, r"The \w+ photo comes first\."),
        (another_title, r"Title added: “Quite New”, 0\.5–1\.75 s\."),
        (a_key_of_tomorrow, r"The (\w+ )?photo: settings changed\."),
    ],
)
@given(draft=timelines())
def test_a_change_is_told_and_beside_it_only_the_new_length(
    draft: Draft, change: Callable[[Draft], None], told: str
) -> None:
    assume(len(draft["t"][0]["sg"]) > 1)
    after = deepcopy(draft)
    change(after)
    closed_up(after)
    said = describe(compare(read(draft), read(after)))
    assert re.fullmatch(rf"({told})( The video is now .+ s long \(was .+ s\)\.)?", said)
    assert ("long (was" in said) == (read(draft).duration != read(after).duration)
