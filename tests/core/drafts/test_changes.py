"""Two drafts are compared: each difference is found, and nothing that merely follows from another."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from core.drafts import (
    Added,
    Altered,
    CanvasChanged,
    Change,
    LengthChanged,
    Moved,
    Removed,
    Renamed,
    Retimed,
    VolumeChanged,
    compare,
    read,
)

Draft = dict[str, Any]


def segment(name: str, start: int, duration: int, **facts: Any) -> Draft:
    return {"id": f"sg-{name}", "s": start, "d": duration, "m": {"name": name, **facts}}


def slideshow(*photos: str, seconds: int = 3) -> list[Draft]:
    return [segment(name, at * seconds * 1000, seconds * 1000) for at, name in enumerate(photos)]


def draft(*photos: str, seconds: int = 3, music: Draft | None = None, titles: tuple[Draft, ...] = ()) -> Draft:
    tracks = [{"tt": 0, "sg": slideshow(*photos, seconds=seconds)}]
    if music:
        tracks.append({"tt": 1, "sg": [music]})
    tracks += [{"tt": 7, "sg": [title]} for title in titles]
    return {"t": tracks, "canvas": {"width": 1920, "height": 1080}}


def changes(before: Draft, after: Draft) -> tuple[Change, ...]:
    return compare(read(before), read(after))


def kinds(before: Draft, after: Draft) -> list[type[Change]]:
    return [type(change) for change in changes(before, after)]


def test_equal_drafts_do_not_differ() -> None:
    one = draft("a.jpg", "b.jpg", music=segment("Calm", 0, 6000), titles=(segment("Hi", 0, 2000),))
    assert changes(one, deepcopy(one)) == ()


def test_a_new_photo_pushes_the_others_and_that_is_no_difference() -> None:
    assert kinds(draft("a.jpg", "b.jpg"), draft("new.jpg", "a.jpg", "b.jpg")) == [Added, LengthChanged]


def test_a_photo_that_goes_lets_the_others_move_up() -> None:
    [removed, length] = changes(draft("a.jpg", "b.jpg", "c.jpg"), draft("a.jpg", "c.jpg"))
    assert isinstance(removed, Removed)
    assert (removed.place.segment.name, removed.place.position, removed.place.count) == ("b.jpg", 2, 3)
    assert length == LengthChanged(9000, 6000)


def test_one_photo_that_comes_first_is_one_move() -> None:
    [moved] = changes(draft("a.jpg", "b.jpg", "c.jpg", "d.jpg"), draft("c.jpg", "a.jpg", "b.jpg", "d.jpg"))
    assert isinstance(moved, Moved)
    assert (moved.before.position, moved.after.position) == (3, 1)


def test_segments_that_were_numbered_anew_are_recognised() -> None:
    after = draft("b.jpg", "a.jpg")
    for at, one in enumerate(after["t"][0]["sg"]):
        one["id"] = f"fresh-{at}"
    assert kinds(draft("a.jpg", "b.jpg"), after) == [Moved]


def test_segments_without_a_start_follow_each_other() -> None:
    before, after = draft("a.jpg", "b.jpg"), draft("a.jpg", "b.jpg")
    for one in before["t"][0]["sg"] + after["t"][0]["sg"]:
        del one["s"]
    after["t"][0]["sg"][0]["d"] = 5000
    assert kinds(before, after) == [Retimed, LengthChanged]


def test_music_that_still_fills_the_whole_has_not_changed() -> None:
    before = draft("a.jpg", "b.jpg", music=segment("Calm", 0, 6000))
    after = draft("a.jpg", "b.jpg", seconds=2, music=segment("Calm", 0, 4000))
    assert kinds(before, after) == [Retimed, Retimed, LengthChanged]


def test_music_that_still_fills_the_pictures_has_not_changed_though_a_title_outlasts_them() -> None:
    title = segment("title", 1000, 5000, text="Lisbon")
    before = draft("a", seconds=2, music=segment("Calm", 0, 2000), titles=(title,))
    after = draft("a", seconds=4, music=segment("Calm", 0, 4000), titles=(title,))
    assert kinds(before, after) == [Retimed]
    shorter = draft("a", seconds=2, music=segment("Calm", 0, 1500), titles=(title,))
    assert [change.after.segment.name for change in changes(before, shorter) if isinstance(change, Retimed)] == ["Calm"]


def test_music_that_ends_with_the_pictures_and_no_longer_with_the_title_has_changed() -> None:
    title = segment("title", 1000, 5000, text="Lisbon")
    before = draft("a", seconds=2, music=segment("Calm", 0, 6000), titles=(title,))
    assert kinds(before, draft("a", seconds=2, music=segment("Calm", 0, 2000), titles=(title,))) == [Retimed]


def test_music_that_ends_earlier_has_changed() -> None:
    before = draft("a.jpg", "b.jpg", music=segment("Calm", 0, 6000))
    assert kinds(before, draft("a.jpg", "b.jpg", music=segment("Calm", 0, 4000))) == [Retimed]


def test_another_tune_is_a_new_name_and_nothing_more() -> None:
    before = draft("a.jpg", music=segment("Calm", 0, 3000, mood="calm", seed=1))
    after = draft("a.jpg", music=segment("Happy", 0, 3000, mood="happy", seed=2))
    after["t"][1]["sg"][0]["id"] = before["t"][1]["sg"][0]["id"]
    assert kinds(before, after) == [Renamed]


def test_a_volume_a_shape_and_a_setting_are_seen() -> None:
    before = draft("a.jpg", music=segment("Calm", 0, 3000, volume=0.35))
    after = deepcopy(before)
    after["t"][1]["sg"][0]["m"]["volume"] = 0.2
    after["canvas"] = {"width": 1080, "height": 1920}
    after["t"][0]["sg"][0]["m"]["motion"] = "pan"
    assert kinds(before, after) == [Altered, VolumeChanged, CanvasChanged]


def test_of_two_titles_the_one_that_goes_is_named() -> None:
    one, two = segment("One", 0, 2000), segment("Two", 4000, 2000)
    one["id"], two["id"] = "title0", "title1"
    renumbered = {**two, "id": "title0"}
    [removed] = changes(draft("a.jpg", "b.jpg", titles=(one, two)), draft("a.jpg", "b.jpg", titles=(renumbered,)))
    assert isinstance(removed, Removed)
    assert removed.place.segment.text == "One"


def test_a_title_with_other_words_at_the_same_place_is_the_same_title() -> None:
    assert kinds(
        draft("a.jpg", titles=(segment("Old", 0, 1000),)), draft("a.jpg", titles=(segment("New", 0, 1000),))
    ) == [Renamed]


def test_a_signature_that_is_new_at_every_look_is_no_difference() -> None:
    before, after = draft("a.jpg"), draft("a.jpg")
    before["t"][0]["sg"][0]["m"]["url"] = "https://cdn.example/a.jpg?sig=1"
    after["t"][0]["sg"][0]["m"]["url"] = "https://cdn.example/a.jpg?sig=2"
    assert changes(before, after) == ()


def test_a_track_without_segments_is_no_difference() -> None:
    after = draft("a.jpg")
    after["t"].append({"tt": 1, "sg": [], "m": {"name": "BGM"}})
    assert changes(draft("a.jpg"), after) == ()
