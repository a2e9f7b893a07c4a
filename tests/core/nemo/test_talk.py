"""The editor's talk loses its instructions for a screen, and not a letter of what it says about the video."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.nemo.talk import Act, Talk, TalkStream, translate

DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True, slots=True)
class Labelled:
    kind: str
    text: str
    kept: str
    actions: tuple[Act, ...]


def labelled(part: str) -> Iterator[Labelled]:
    for line in (DATA / f"talk.{part}.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        yield Labelled(one["kind"], one["text"], one["kept"], tuple(map(Act, one["actions"])))


def understood(one: Labelled) -> bool:
    talk = translate(one.text)
    return talk.text == one.kept and sorted(talk.actions) == sorted(one.actions)


@pytest.mark.parametrize("part", ["tune", "blind"])
def test_everything_it_was_tuned_with_is_understood(part: str) -> None:
    assert [one.text for one in labelled(part) if not understood(one)] == []


def test_what_it_was_not_tuned_with_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    right, total = Counter[str](), Counter[str]()
    for one in labelled("check"):
        total[one.kind] += 1
        right[one.kind] += understood(one)
    with capsys.disabled():
        for kind in total:
            print(f"\n  talk {kind:11} right {right[kind] / total[kind]:7.2%} of {total[kind]}", end="")
    assert all(right[kind] / total[kind] >= 0.98 for kind in ("content", "instruction"))
    assert right["mixed"] / total["mixed"] >= 0.95


texts = st.one_of(
    st.sampled_from([one.text for part in ("tune", "check") for one in labelled(part)]),
    st.lists(st.sampled_from([one.text for one in labelled("tune")]), max_size=4).map(" ".join),
    st.lists(st.sampled_from([one.text for one in labelled("tune")]), max_size=4).map("\n\n".join),
    st.text(alphabet="ab1.!?:;,，。：“”\"'()*#- \nClick Export", max_size=80),
    st.text(max_size=60),
)


@given(texts, st.data())
def test_streamed_text_is_the_same_however_it_is_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    stream = TalkStream()
    shown = ""
    for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True):
        shown += stream.feed(text[start:stop])
    talk = stream.close()
    assert talk == translate(text)
    assert talk.text.startswith(shown)


@pytest.mark.parametrize("part", ["tune", "check", "blind"])
def test_text_that_comes_letter_by_letter_is_the_same(part: str) -> None:
    for one in labelled(part):
        stream = TalkStream()
        shown = "".join(map(stream.feed, one.text))
        talk = stream.close()
        assert talk == translate(one.text)
        assert talk.text.startswith(shown)


def test_half_a_sentence_is_not_shown_before_it_is_known_to_be_content() -> None:
    stream = TalkStream()
    assert stream.feed("Your video is ready! Click the Exp") == "Your video is ready!"
    assert stream.feed("ort button to download it. It is 15.") == ""
    assert stream.feed("5 s long. ") == " It is 15.5 s long."
    assert stream.close() == Talk("Your video is ready! It is 15.5 s long.", (Act.EXPORT,))


def test_what_is_complete_is_shown_at_once() -> None:
    stream = TalkStream()
    assert stream.feed("- Photo 1: 3 s\n") == "- Photo 1: 3 s"
    assert stream.feed("- Photo 2: 3 s\n") == "\n- Photo 2: 3 s"


def test_a_heading_waits_for_its_first_line_and_goes_with_its_instructions() -> None:
    stream = TalkStream()
    assert stream.feed("Done.\n\n**Next steps:**\n") == "Done."
    assert stream.feed("1. Click Export\n2. Choose MP4\n") == ""
    assert stream.close().text == "Done."


def test_a_heading_stays_over_content() -> None:
    text = "What I did:\n1. Added the title\n2. Lowered the music"
    assert translate(text).text == text


def test_each_act_comes_once_however_often_it_is_named() -> None:
    assert translate("Click Export. Then click Export. You can click the Export button.").actions == (Act.EXPORT,)


def test_an_edit_left_to_the_hand_is_told_in_its_own_words() -> None:
    talk = translate("I cut it to 10 s. Drag the title to the bottom of the timeline.")
    assert talk.edits == ("Drag the title to the bottom of the timeline",)
    assert talk.actions == (Act.EDIT,)


@pytest.mark.parametrize(
    "text", ["Don't click Export yet.", "You don't need to click the Export button.", "不要点击导出。"]
)
def test_what_is_not_to_be_done_is_not_done(text: str) -> None:
    assert translate(text) == Talk("")


@pytest.mark.parametrize(
    "text",
    [
        "Title: Click to buy, 0–4 s",
        "- Text 2: Tap the screen (0–3 s)",
        "The title now reads: Press Play.",
        "I added the caption: Click the link in bio",
        "标题：点击购买，持续3秒",
        "已把标题改为：点击下方链接",
        "旁白：按下按钮，火箭升空",
        "标题:点击购买,持续3秒",
    ],
)
def test_words_of_the_picture_behind_a_colon_stay(text: str) -> None:
    assert translate(text) == Talk(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("To change the title: click the text layer.", ""),
        ("修改标题：点击时间线上的文字图层。", ""),
        ("Tip: click Export.", ""),
        ("Next: drop your files into the media bin, then hit Generate.", ""),
        ("Simply click 'Export' in the upper-right to get your MP4.", ""),
        ("Press ‘Export’ when you like it.", ""),
        ("I added 'Click Export' as the title.", "I added 'Click Export' as the title."),
        ("The kids' click and the dogs' tap dance stay.", "The kids' click and the dogs' tap dance stay."),
        ("标题已添加,您可以点击时间线上的文字图层进行修改。", "标题已添加。"),
        ("视频做好了!点击右上角的导出按钮下载。", "视频做好了!"),
        ("如需查看积分余额,请打开右上角的个人头像。", ""),
        ("All set 🎉 Hit that export button whenever you're ready!", "All set 🎉"),
        ("搞定啦🎉 点击右上角导出按钮下载。", "搞定啦🎉"),
        (
            "I used the 😀 Smile sticker and the ⭐ Star sticker.",
            "I used the 😀 Smile sticker and the ⭐ Star sticker.",
        ),
        ("Size: 1920,1080; 3,5", "Size: 1920,1080; 3,5"),
    ],
)
def test_instructions_go_however_they_are_punctuated(text: str, kept: str) -> None:
    assert translate(text).text == kept


def test_nothing_at_all_is_nothing() -> None:
    assert translate("") == translate(" \n ") == Talk("")


@pytest.mark.parametrize(
    "text",
    [
        "you can just " * 400,
        "and then please, " * 400,
        "Click " * 800,
        "“" * 3000,
        "(" * 3000,
        "点击，" * 1500,
        ". " * 3000,
    ],
    ids=["you can", "and then", "click", "quotes", "brackets", "点击", "stops"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    begin = time.process_time()
    translate(text)
    assert time.process_time() - begin < 1.0
