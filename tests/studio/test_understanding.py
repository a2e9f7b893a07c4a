"""What the agent does with a request: the timeline afterwards, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.agent import Change, Effort, Outcome, Project, understand
from studio.render.plan import Mood, Motion, Transition
from studio.timeline import Song, Timeline, Tune
from tests.studio.projects import made, photo, song, untouched


def after(text: str, project: Project) -> Timeline:
    outcome = understand(text, project)
    assert outcome.timeline is not None, outcome.reply
    return outcome.timeline


def names(timeline: Timeline) -> list[str]:
    return [clip.name.removesuffix(".jpg") for clip in timeline.clips]


def test_a_first_request_uses_every_photo_in_its_order_and_lasts_exactly_as_long_as_asked() -> None:
    outcome = understand("turn these into a 15-second slideshow with music and the title Lisbon", untouched(5))
    assert outcome.timeline is not None
    assert names(outcome.timeline) == ["coffee", "cat", "rocket", "tower", "beach"]
    assert outcome.timeline.ms == 15_000
    assert [title.text for title in outcome.timeline.titles] == ["Lisbon"]
    assert isinstance(outcome.timeline.sound, Tune)
    assert (outcome.change, outcome.effort) == (Change.NEW, Effort.GENERATION)
    assert "15 seconds" in outcome.reply


def test_seven_photos_share_fifteen_seconds_to_the_millisecond() -> None:
    timeline = after("a 15 second video of my photos", Project(media=tuple(photo(at % 6) for at in range(7))))
    assert timeline.ms == 15_000
    assert max(clip.ms for clip in timeline.clips) - min(clip.ms for clip in timeline.clips) <= 1


@pytest.mark.parametrize(("upright", "ratio"), [(True, "9:16"), (False, "16:9")])
def test_the_first_shape_is_that_of_most_photos(upright: bool, ratio: str) -> None:
    assert after("make a video", Project(media=tuple(photo(at, upright=upright) for at in range(3)))).ratio == ratio


def test_without_photos_nothing_is_made_and_photos_are_asked_for() -> None:
    outcome = understand("make a 15 second video", Project())
    assert outcome.change is Change.NONE
    assert "upload" in outcome.reply


def test_an_uploaded_song_becomes_the_music() -> None:
    project = Project(media=(photo(0), photo(1), song()))
    sound = after("make a slideshow with music", project).sound
    assert isinstance(sound, Song)
    assert sound.name == "waltz.mp3"


def test_a_video_ends_on_the_picture_that_came_last() -> None:
    timeline = after("make a video that ends on this picture", untouched(3))
    assert names(timeline)[-1] == "rocket"
    assert timeline.clips[-1].motion is Motion.END_FRAME


def test_ending_on_another_picture_moves_it_to_the_end_and_frees_the_old_one() -> None:
    first = replace(made(), timeline=after("end on the last photo", made()))
    timeline = after("end on the second photo", first)
    assert names(timeline) == ["coffee", "rocket", "tower", "cat"]
    assert [clip.motion is Motion.END_FRAME for clip in timeline.clips] == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("put the second photo first", "cat coffee rocket tower"),
        ("move the first photo to the end", "cat rocket tower coffee"),
        ("swap 1 and 3", "rocket cat coffee tower"),
        ("put photo 4 before photo 2", "coffee tower cat rocket"),
        ("move photo 1 after photo 3", "cat rocket coffee tower"),
        ("reverse the order", "tower rocket cat coffee"),
        ("remove photos 2 and 3", "coffee tower"),
        ("only keep the last photo", "tower"),
        ("put the rocket first", "rocket coffee cat tower"),
        ("把第三张放到最前面", "rocket coffee cat tower"),
        ("删掉第一张", "cat rocket tower"),
    ],
)
def test_photos_are_arranged(text: str, order: str) -> None:
    assert names(after(text, made())) == order.split()


def test_shuffling_changes_the_order_and_loses_nothing() -> None:
    timeline = after("shuffle the photos", made())
    assert names(timeline) != names(made().timeline or timeline)
    assert sorted(names(timeline)) == ["cat", "coffee", "rocket", "tower"]


def test_slower_makes_it_longer_and_faster_shorter() -> None:
    assert after("slower", made()).ms == 16_000
    assert after("faster", made()).ms == 9_000
    assert 12_000 < after("a bit slower", made()).ms < 16_000


def test_a_length_holds_whatever_else_is_asked_in_the_same_sentence() -> None:
    timeline = after("slower, remove the second photo, and make it 10 seconds", made())
    assert timeline.ms == 10_000
    assert len(timeline.clips) == 3


def test_a_title_at_the_end_stays_at_the_end_when_the_video_gets_longer() -> None:
    ending = replace(made(titled=False), timeline=after('add the text "The End" at the end', made(titled=False)))
    title = after("make it 20 seconds", ending).titles[0]
    assert (title.start, title.end) == (17_000, 20_000)


def test_a_new_title_replaces_the_one_at_the_same_time_and_leaves_the_others() -> None:
    both = replace(made(), timeline=after('add the text "The End" at the end', made()))
    assert [title.text for title in after("the title Lisbon from 1 to 4 seconds", both).titles] == ["Lisbon", "The End"]
    assert [title.text for title in after("change the title to Porto", both).titles] == ["Porto", "The End"]


def test_the_volume_is_a_share_of_one_and_stays_when_the_mood_changes() -> None:
    quiet = after("lower the music to 20%", made())
    assert quiet.sound is not None
    assert quiet.sound.volume == 0.2
    happy = after("something happier", replace(made(), timeline=quiet)).sound
    assert isinstance(happy, Tune)
    assert (happy.mood, happy.volume) == (Mood.HAPPY, 0.2)


def test_another_song_is_another_piece_of_the_same_mood() -> None:
    before = made().timeline
    assert before is not None
    other = after("a different song please", made()).sound
    assert isinstance(other, Tune)
    assert isinstance(before.sound, Tune)
    assert other.mood is before.sound.mood
    assert other.seed != before.sound.seed


@pytest.mark.parametrize(
    "text",
    ["lower the music to 20%", "louder", "remove the title", "the title Lisbon", "title from 2 to 6 seconds",
     "去掉标题", "lower the music to 20% and add the title Lisbon"],
)  # fmt: skip
def test_changes_of_volume_and_title_may_end_without_a_word(text: str) -> None:
    assert understand(text, made()).quiet


@pytest.mark.parametrize(
    "text",
    ["slower", "make it vertical", "slower and remove the title", "remove the title and add a dancing bear",
     "make a 15 second slideshow with the title Lisbon", "remove photo 9 and the title"],
)  # fmt: skip
def test_everything_else_is_told(text: str) -> None:
    outcome = understand(text, made())
    assert not outcome.quiet
    assert outcome.reply


def test_two_wishes_are_both_granted() -> None:
    timeline = after("make it vertical and lower the music to 20%", made())
    assert timeline.ratio == "9:16"
    assert timeline.sound is not None
    assert timeline.sound.volume == 0.2


@pytest.mark.parametrize("text", ["add a dancing bear", "make it pop", "what is love", "给我跳舞的熊猫"])
def test_an_unknown_wish_changes_nothing_and_is_admitted(text: str) -> None:
    outcome = understand(text, made())
    assert outcome.change is Change.NONE
    assert "did not understand" in outcome.reply or "没有理解" in outcome.reply


def test_an_unknown_wish_beside_a_known_one_is_named() -> None:
    outcome = understand("make it vertical and add a dancing bear", made())
    assert outcome.timeline is not None
    assert outcome.timeline.ratio == "9:16"
    assert "“add a dancing bear”" in outcome.reply


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("remove photo 9", "no photo 9"),
        ("make it 11 minutes", "10 minutes"),
        ("make it 0.1 seconds", "one second"),
        ("only keep photo 7", "no photo 7"),
        ("remove photos 1, 2, 3 and 4", "at least one"),
        ("add the new photo", "nothing new"),
        ("use my song", "upload the song"),
        ("add a title", "What should the title say"),
        ("undo", "nothing to go back to"),
        ("make it 4:3", "16:9, 9:16 and 1:1"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(text: str, words: str) -> None:
    outcome = understand(text, made())
    assert outcome.change is Change.NONE
    assert words in outcome.reply


def test_a_photo_is_never_seen_for_a_mere_flash() -> None:
    outcome = understand("make it 1 second", made(6))
    assert outcome.change is Change.NONE
    assert outcome.reply == "6 photos do not fit into 1 second."


@pytest.mark.parametrize("text", ["remove the title", "lower the music to 10%", "title from 1 to 2 seconds"])
def test_what_is_not_there_is_not_changed(text: str) -> None:
    outcome = understand(text, made(titled=False, music=False))
    assert outcome.change is Change.NONE
    assert "no title" in outcome.reply or "no music" in outcome.reply


def test_what_is_so_already_is_said_and_not_charged() -> None:
    outcome = understand("make it 16:9", made())
    assert (outcome.change, outcome.effort) == (Change.NONE, Effort.ANSWER)
    assert "already" in outcome.reply


def test_new_photos_are_added_on_request_only() -> None:
    project = made(3, uploaded=2)
    assert names(after("slower", project)) == ["coffee", "cat", "rocket"]
    outcome = understand("add them", project)
    assert outcome.timeline is not None
    assert names(outcome.timeline) == ["coffee", "cat", "rocket", "tower", "beach"]
    assert outcome.takes_all
    assert "2 new photos" in outcome.reply


def test_going_back_leads_to_the_timeline_before_and_can_be_combined() -> None:
    now = made()
    assert now.timeline is not None
    project = replace(now, previous=replace(now.timeline, ratio="1:1"))
    back = understand("go back", project)
    assert (back.change, back.timeline and back.timeline.ratio) == (Change.BACK, "1:1")
    both = understand("go back and make it 20 seconds", project)
    assert both.change is Change.NEW
    assert both.timeline is not None
    assert (both.timeline.ratio, both.timeline.ms) == ("1:1", 20_000)


def test_going_back_by_several_changes() -> None:
    now = made()
    assert now.timeline is not None
    versions = [replace(now.timeline, ratio=ratio) for ratio in ("9:16", "1:1")]
    project = replace(now, previous=now.timeline, earlier=tuple(versions))
    for wish, ratio in (("Undo the last 2 changes.", "1:1"), ("撤销最近3步修改。", "9:16")):
        back = understand(wish, project)
        assert (back.change, back.timeline and back.timeline.ratio) == (Change.BACK, ratio)
    assert understand("Undo the last 4 changes.", project).timeline is None


def test_remarks_on_the_photos_are_no_wishes_but_for_the_end_frame() -> None:
    project = replace(made(), timeline=None)
    remark = "[Photos in the order in which they were sent: 1. remove it.jpg; 2. cat.jpg.]"
    plain = understand("a 6-second slideshow of these", project)
    assert understand(f"a 6-second slideshow of these\n{remark}", project) == plain
    last = f"{remark[:-1]} The last photo, cat.jpg, is the end frame.]"
    ending = understand(f"a 6-second slideshow of these\n{last}", project)
    assert ending.timeline is not None
    assert ending.timeline.clips[-1].motion is Motion.END_FRAME
    assert "did not understand" not in ending.reply


def test_a_new_video_is_made_of_everything_when_asked_anew_and_not_when_an_edit_speaks_of_the_video() -> None:
    project = made(3, uploaded=1)
    assert understand("make the video slower", project).effort is Effort.EDIT
    anew = understand("make a new video with wipes", project)
    assert anew.effort is Effort.GENERATION
    assert anew.timeline is not None
    assert len(anew.timeline.clips) == 4
    assert {clip.transition for clip in anew.timeline.clips} == {Transition.WIPE}


def test_one_video_of_one_photo() -> None:
    assert names(after("make a video out of the second photo", untouched(4))) == ["cat"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("竖屏", "视频比例已改为9:16"),
        ("make it vertical", "The video is 9:16 now"),
        ("add the title 里斯本", "The title"),
    ],
)
def test_the_answer_is_in_the_language_of_the_request(text: str, words: str) -> None:
    assert words in understand(text, made()).reply


def test_a_request_of_no_language_is_answered_in_that_of_the_session() -> None:
    assert "The video is" in understand("9:16", made()).reply
    assert "视频比例" in understand("9:16", replace(made(), language="zh-CN")).reply


def test_the_editor_believes_in_buttons() -> None:
    assert understand("make a video", untouched()).hint == "Click the Export button in the top right to download it."
    assert "时间线" in understand("顺序反过来", made()).hint


def test_an_answer_costs_nothing() -> None:
    outcome = understand("what can you do?", made())
    assert outcome == Outcome(outcome.reply)
