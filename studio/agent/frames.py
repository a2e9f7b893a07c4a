"""Wishes about the frame: vertical, horizontal or square."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.sentence import Sentence
from studio.agent.wishes import Aside, Both, Build, Found, Phase, Wish, always, rule
from studio.timeline import RATIOS, Timeline


@dataclass(frozen=True, slots=True)
class Frame(Wish):
    """The video shall have this shape."""

    phase: ClassVar[Phase] = Phase.LOOK
    evident: ClassVar[bool] = True
    tool: ClassVar[str] = "set_canvas"
    ratio: str

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The pictures are fitted anew when it is rendered."""
        return replace(timeline, ratio=self.ratio)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The shape and its pixels."""
        width, height = RATIOS[self.ratio]
        return Both(
            f"The video is {self.ratio} now ({width} × {height}).", f"视频比例已改为{self.ratio}（{width}×{height}）。"
        )


@dataclass(frozen=True, slots=True)
class NoSuchFrame(Aside):
    """A shape or size that cannot be made."""

    asked: str

    def answer(self, project: Project) -> Both:
        """What can."""
        return Both(
            f"I can't make {self.asked}: I can do 16:9, 9:16 and 1:1, in 1080p.",
            f"做不了{self.asked}：我支持16:9、9:16和1:1，清晰度为1080p。",
        )


@dataclass(frozen=True, slots=True)
class Granted(Aside):
    """Something that is so anyway."""

    def answer(self, project: Project) -> Both:
        """Nothing needs saying."""
        return Both("", "")


def _by_numbers(match: re.Match[str], _: Sentence) -> Found:
    ratio = f"{match[1]}:{match[2]}"
    return Frame(ratio) if ratio in RATIOS else NoSuchFrame(ratio)


def _to(ratio: str) -> Build:
    return always(Frame(ratio))


def _refuse(match: re.Match[str], sentence: Sentence) -> Found:
    return NoSuchFrame(sentence.say(match[0]).strip())


_SHAPE = r"(?:\s+(?:format|ratio|mode|version|orientation|video|aspect|frame))*"
_ZH = r"(?:的)?(?:视频|格式|比例|版本?|画面|构图)?"

RULES = (
    rule(
        _by_numbers,
        (
            r"(?:aspect\s+ratio\s+(?:of\s+|to\s+)?)?(?<![\d:])(\d{1,2})\s*(?::|x|×|/|比)\s*(\d{1,2})(?![\d:]|\s*"
            rf"s){_SHAPE}{_ZH}"
        ),
    ),
    rule(
        _to("9:16"),
        (
            r"\b(?:vertical(?:ly)?|portrait|upright|tik\s*tok|douyin|reels?|(?:youtube\s+)?shorts|(?:instagram"
            rf"|insta|ig|whatsapp)\s+stor(?:y|ies)|phone\s+screen){_SHAPE}\b"
        ),
        r"for\s+(?:my\s+|the\s+)?phone\b",
    ),
    rule(
        _to("16:9"),
        rf"\b(?:landscape|horizontal(?:ly)?|wide\s*screen|youtube|for\s+(?:the\s+)?tv){_SHAPE}\b",
    ),
    rule(
        _to("1:1"),
        rf"\b(?:square|instagram\s+post){_SHAPE}\b",
    ),
    rule(
        _to("9:16"),
        rf"竖屏{_ZH}",
        rf"竖版{_ZH}",
        rf"竖(?:着|的|向|过来){_ZH}",
        rf"纵向{_ZH}",
        rf"抖音{_ZH}",
        rf"手机(?:屏幕|竖屏){_ZH}",
    ),
    rule(
        _to("16:9"),
        rf"横屏{_ZH}",
        rf"横版{_ZH}",
        rf"横(?:着|的|向|过来){_ZH}",
        rf"宽屏{_ZH}",
    ),
    rule(
        _to("1:1"),
        rf"正方形{_ZH}",
        rf"方形{_ZH}",
        rf"方的{_ZH}",
    ),
    rule(
        _refuse,
        r"\b(?:4k|8k|2k|2160p|1440p|720p|480p)\b",
    ),
    rule(
        always(Granted()),
        r"(?:full[\s-]*)?\b(?:hd|1080p?)\b(?:\s+(?:resolution|quality))?",
        r"高清",
    ),
)
