"""The agent asks which picture is meant where nobody said, and takes the answer for a part of the wish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.agent import Change, completed, understand
from studio.timeline import Timeline
from tests.studio.projects import made, untouched


def names(timeline: Timeline | None) -> list[str]:
    assert timeline
    return [clip.name.removesuffix(".jpg") for clip in timeline.clips]


def test_which_one_is_asked_and_nothing_is_changed_before_the_answer() -> None:
    outcome = understand("put it first", made(3))
    assert outcome.reply == "Which photo should come first?\n1) coffee\n2) cat\n3) rocket"
    assert (outcome.change, outcome.asks, outcome.hint) == (Change.NONE, "put photo {} first", "")


def test_the_question_is_asked_in_the_language_of_the_request() -> None:
    outcome = understand("把这张放到最后", made(2))
    assert outcome.reply == "哪张照片放最后？\n1) coffee\n2) cat"
    answered = understand("第一张", replace(made(2), asked=outcome.asks))
    assert names(answered.timeline) == ["cat", "coffee"]


@pytest.mark.parametrize(
    "answer", ["2", "2)", "cat", "The cat.", "cat.jpg", "photo 2", "the second one", "the cat please", "第二张"]
)
def test_the_answer_completes_the_wish(answer: str) -> None:
    asked = replace(made(3), asked="put photo {} first")
    assert names(understand(answer, asked).timeline) == ["cat", "coffee", "rocket"]


@pytest.mark.parametrize("text", ["slower", "9", "the dog", "put photo 3 first", "15 seconds"])
def test_who_says_something_else_is_not_taken_to_answer(text: str) -> None:
    assert completed(text, replace(made(3), asked="put photo {} first")) == text


def test_what_else_was_wanted_is_done_and_the_question_comes_last() -> None:
    outcome = understand("make it vertical and put it first", made(2))
    assert outcome.timeline is not None
    assert outcome.timeline.ratio == "9:16"
    assert outcome.reply.startswith("The video is 9:16 now")
    assert outcome.reply.endswith("Which photo should come first?\n1) coffee\n2) cat")


def test_a_first_video_is_made_before_it_is_asked() -> None:
    outcome = understand("make a slideshow and put it first", untouched(2))
    assert outcome.timeline is not None
    assert outcome.reply.endswith("Which photo should come first?\n1) coffee\n2) cat")


def test_the_one_photo_that_has_just_come_needs_no_question() -> None:
    outcome = understand("put it first", made(2, uploaded=1))
    assert names(outcome.timeline) == ["rocket", "coffee", "cat"]
    assert outcome.asks == ""


def test_where_there_is_no_choice_nothing_is_asked() -> None:
    assert understand("put it first", made(1)).reply == "There is only one photo in the video."
    assert understand("put it first", untouched(3)).asks == ""


def test_photos_with_the_same_name_go_by_their_numbers() -> None:
    project = made(2)
    assert project.timeline
    alike = tuple(replace(clip, name="image.jpg") for clip in project.timeline.clips)
    alike_project = replace(project, timeline=replace(project.timeline, clips=alike))
    outcome = understand("put it last", alike_project)
    assert outcome.reply.endswith("\n1) Photo 1\n2) Photo 2")
    assert completed("photo 1", replace(alike_project, asked=outcome.asks)) == "put photo 1 last"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("add a title", "Paradise Found"),
        ("add a title", "“Slow living, 3 days”"),
        ("add a title", "coffee"),
        ("加个标题", "海边的一天"),
    ],
)
def test_the_words_of_a_title_are_asked_for_and_taken(wish: str, words: str) -> None:
    project = made(3)
    outcome = understand(wish, project)
    titled = understand(words, replace(project, asked=outcome.asks)).timeline
    assert titled is not None
    assert [title.text for title in titled.titles] == [words.strip("“”")]


def test_a_video_that_is_made_with_a_title_takes_its_words_afterwards() -> None:
    outcome = understand("make a slideshow with a title", untouched(2))
    assert outcome.reply.endswith("What should the title say?")
    titled = understand("Paradise Found", replace(made(2), asked=outcome.asks)).timeline
    assert titled is not None
    assert titled.titles[0].text == "Paradise Found"


@pytest.mark.parametrize("text", ["slower", "never mind", "make it vertical", "no title"])
def test_who_wants_something_else_than_a_title_gets_it(text: str) -> None:
    asked = understand("add a title", made(3)).asks
    assert completed(text, replace(made(3), asked=asked)) == text
