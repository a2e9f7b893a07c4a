"""The timeline, its draft on the wire, and the plan for the renderer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.media import Media
from studio.render.plan import Fit, Mood, Motion, Music, Place, Sound, Transition
from studio.timeline import (
    RATIOS,
    Clip,
    NotADraft,
    Song,
    Timeline,
    Title,
    Tune,
    absolute,
    draft_of,
    is_exportable,
    plan_of,
    shares,
    timeline_of,
)
from tests.studio.projects import photos, song

MEDIA = {item.hash: (item, Path("/media") / item.stored_as) for item in (*photos(6), song())}
PHOTOS = [item for item, _ in MEDIA.values()][:6]

clips = st.builds(
    lambda item, *rest: Clip(item.hash, item.name, "image", *rest),
    st.sampled_from(PHOTOS),
    st.integers(200, 20_000),
    st.sampled_from(Motion),
    st.sampled_from(Transition),
    st.integers(200, 3000),
    st.sampled_from(Fit),
)  # fmt: skip
titles = st.builds(
    lambda text, start, ms, place: Title(text, start, start + ms, place),
    st.text(min_size=1),
    st.integers(0, 60_000),
    st.integers(1, 60_000),
    st.sampled_from(Place),
)
sounds = st.one_of(
    st.none(),
    st.builds(Tune, st.sampled_from(Mood), st.floats(0, 1), st.integers(0, 99_999)),
    st.builds(Song, st.just(song().hash), st.just("waltz.mp3"), st.floats(0, 1)),
)
timelines = st.builds(
    Timeline,
    st.lists(clips, min_size=1, max_size=12).map(tuple),
    st.lists(titles, max_size=3).map(tuple),
    sounds,
    st.sampled_from(sorted(RATIOS)),
)


def urls(items: list[Media]) -> dict[str, str]:
    return {item.hash: f"/cdn/s/{item.stored_as}" for item in items}


@given(timelines)
def test_a_draft_says_everything_about_its_timeline(timeline: Timeline) -> None:
    draft = json.loads(json.dumps(draft_of(timeline, urls(PHOTOS))))
    assert timeline_of(draft) == timeline


@given(timelines)
def test_a_plan_lasts_as_long_as_its_timeline_transitions_included(timeline: Timeline) -> None:
    plan = plan_of(draft_of(timeline, {}), MEDIA)
    assert plan.seconds == pytest.approx(timeline.ms / 1000, abs=1e-6)
    assert (plan.width, plan.height) == RATIOS[timeline.ratio]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60), st.integers(1, 600_000))
def test_shares_add_up_exactly(weights: list[int], total: int) -> None:
    parts = shares(weights, total)
    assert sum(parts) == total
    assert len(parts) == len(weights)


def test_the_draft_is_in_the_keys_of_the_contract() -> None:
    timeline = Timeline(
        clips=(Clip(PHOTOS[0].hash, "coffee.jpg", "image", 4000), Clip(PHOTOS[1].hash, "cat.jpg", "image", 6000)),
        titles=(Title("Lisbon", 0, 3000),),
        sound=Tune(Mood.LOFI, 0.35, 1),
    )
    draft = draft_of(timeline, urls(PHOTOS))
    assert draft["d"] == 10_000
    assert [track["tt"] for track in draft["t"]] == [0, 1, 7]
    assert [(segment["s"], segment["d"]) for segment in draft["t"][0]["sg"]] == [(0, 4000), (4000, 6000)]
    assert draft["t"][1]["sg"][0]["m"]["name"] == "Lo-fi"
    assert draft["t"][1]["sg"][0]["m"]["volume"] == 0.35
    assert draft["t"][2]["sg"][0]["m"]["text"] == "Lisbon"
    assert draft["t"][2]["sg"][0]["d"] == 3000


def test_a_segment_keeps_its_id_wherever_it_is_moved() -> None:
    timeline = Timeline(tuple(Clip(item.hash, item.name, "image", 3000) for item in PHOTOS))
    before = [segment["id"] for segment in draft_of(timeline, {})["t"][0]["sg"]]
    after = [segment["id"] for segment in draft_of(replace(timeline, clips=timeline.clips[::-1]), {})["t"][0]["sg"]]
    assert after == before[::-1]
    assert len(set(before)) == len(PHOTOS)


def test_urls_become_whole_and_nothing_else_changes() -> None:
    draft = draft_of(Timeline((Clip(PHOTOS[0].hash, "coffee.jpg", "image", 4000),)), urls(PHOTOS))
    whole = absolute(draft, "http://127.0.0.1:1")
    assert whole["t"][0]["sg"][0]["m"].pop("url") == f"http://127.0.0.1:1/cdn/s/{PHOTOS[0].stored_as}"
    assert draft["t"][0]["sg"][0]["m"].pop("url").startswith("/cdn/")
    assert whole == draft


def test_the_plan_carries_music_titles_and_motion() -> None:
    timeline = Timeline(
        clips=(
            Clip(PHOTOS[0].hash, "coffee.jpg", "image", 4000, Motion.PAN_LEFT, Transition.WIPE, 1000, Fit.BLUR),
            Clip(PHOTOS[1].hash, "cat.jpg", "image", 6000, Motion.END_FRAME),
        ),
        titles=(Title("Lisbon", 500, 3000, Place.TOP),),
        sound=Tune(Mood.EPIC, 0.2, 9),
        ratio="9:16",
    )
    plan = plan_of(draft_of(timeline, {}), MEDIA)
    first, last = plan.shots
    assert (first.motion, first.transition, first.overlap, first.fit) == (
        Motion.PAN_LEFT,
        Transition.WIPE,
        1.0,
        Fit.BLUR,
    )
    assert first.seconds == 5.0
    assert (last.motion, last.seconds) == (Motion.END_FRAME, 6.0)
    assert first.source == MEDIA[PHOTOS[0].hash][1]
    assert (plan.captions[0].text, plan.captions[0].start, plan.captions[0].end) == ("Lisbon", 0.5, 3.0)
    assert plan.sound == Music(Mood.EPIC, 0.2, 9)


def test_an_uploaded_song_is_found_by_its_hash() -> None:
    timeline = Timeline((Clip(PHOTOS[0].hash, "a", "image", 4000),), sound=Song(song().hash, "waltz.mp3", 0.5))
    assert plan_of(draft_of(timeline, {}), MEDIA).sound == Sound(MEDIA[song().hash][1], 0.5)


@pytest.mark.parametrize(
    "draft",
    [{}, {"t": []}, {"t": [{"tt": 0, "sg": [{}]}]}, {"t": 7}, {"t": [{"tt": 0, "sg": []}], "canvas": {"ratio": "4:3"}},
     {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"media_id": "gone"}}]}], "canvas": {"ratio": "1:1"}}],
)  # fmt: skip
def test_a_draft_of_another_make_is_refused(draft: dict[str, object]) -> None:
    with pytest.raises(NotADraft):
        plan_of(draft, MEDIA)


@pytest.mark.parametrize(
    ("draft", "exportable"),
    [
        ({}, False),
        ({"t": []}, False),
        ({"t": "x"}, False),
        ({"t": [{"tt": 0, "sg": []}]}, False),
        ({"t": [{"tt": 0, "sg": [{}]}]}, True),
    ],
)
def test_exportable_is_what_has_a_segment(draft: dict[str, object], exportable: bool) -> None:
    assert is_exportable(draft) is exportable
