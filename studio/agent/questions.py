"""Going back and forth, and questions that want an answer and no change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from studio.agent.project import Project
from studio.agent.quantities import spell
from studio.agent.sentence import Sentence
from studio.agent.wishes import Aside, Both, Found, Rule, always, rule


@dataclass(frozen=True, slots=True)
class Undo(Aside):
    """As it was before so many changes."""

    steps: int = 1

    def answer(self, project: Project) -> Both:
        """Said where there is a way back."""
        if project.before(self.steps) is None:
            return Both("There is nothing to go back to.", "没有可以返回的版本。")
        if self.steps > 1:
            return Both(f"I went back {self.steps} versions.", f"已退回{self.steps}个版本。")
        return Both("I went back to the version before.", "已恢复到上一个版本。")


@dataclass(frozen=True, slots=True)
class Redo(Aside):
    """As it was before going back."""

    def answer(self, project: Project) -> Both:
        """Said where there is a way forth."""
        if project.next is None:
            return Both("There is nothing to redo.", "没有可以重做的版本。")
        return Both("I restored the newer version.", "已恢复到较新的版本。")


class Topic(StrEnum):
    """What people ask about."""

    ABILITIES = "abilities"
    LENGTH = "length"
    EXPORT = "export"
    GREETING = "greeting"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Question(Aside):
    """Something to be told, not done."""

    topic: Topic

    def answer(self, project: Project) -> Both:
        """The answer."""
        match self.topic:
            case Topic.ABILITIES:
                return Both(
                    "I make videos of your photos: tell me the length, the shape (16:9, 9:16, 1:1), the order, "
                    "transitions, motion, a title, and the mood and volume of the music.",
                    "我可以把照片做成视频：告诉我时长、比例（16:9、9:16、1:1）、顺序、转场、动效、标题、音乐的风格和音量即可。",
                )
            case Topic.LENGTH:
                return _length(project)
            case Topic.EXPORT:
                return _export(project)
            case Topic.GREETING:
                return Both(
                    "Hello! Send me photos and tell me what to make of them.", "你好！发照片给我，告诉我想做成什么。"
                )
            case Topic.THANKS:
                return Both("You're welcome!", "不客气！")


def _length(project: Project) -> Both:
    if project.timeline is None:
        return Both("There is no video yet.", "还没有视频。")
    ms, count = project.timeline.ms, len(project.timeline.clips)
    photos = "1 photo" if count == 1 else f"{count} photos"
    return Both(f"The video is {spell(ms)} long, with {photos}.", f"视频长{ms / 1000:g}秒，共{count}张照片。")


def _export(project: Project) -> Both:
    if project.timeline is None:
        return Both("There is nothing to export yet.", "还没有可以导出的视频。")
    return Both(
        "Your video is ready in 1080p. Click the Export button in the top right to download it.",
        "视频已准备好（1080p）。点击右上角的“导出”按钮即可下载。",
    )


def _about(topic: Topic, *ways: str) -> Rule:
    return rule(always(Question(topic)), *ways)


def _undo(match: re.Match[str], _: Sentence) -> Found:
    return Undo(max(1, int(match[1] or match[2])))


RULES = (
    rule(
        _undo,
        r"\bundo\s+(?:the\s+|my\s+)?last\s+(\d{1,2})\s+(?:changes?|edits?|steps?)",
        r"撤销(?:最近|最后|前)?(\d{1,2})步(?:修改|操作)?",
    ),
    rule(
        always(Undo()),
        (
            r"\b(?:undo|revert)\b(?:\s+(?:it|that|this|the\s+last\s+(?:change|edit|step)|my\s+last\s+(?:change"
            r"|edit)))?"
        ),
        (
            r"\bgo\s+back\b(?:\s+to\s+(?:the\s+)?(?:previous|last|old|earlier|one|version|how\s+it\s+was|before"
            r"|\s)+)?"
        ),
        r"(?:take|change|put|bring)\s+(?:it|that)\s+back\b",
        r"(?:back\s+to\s+)?the\s+(?:previous|old|earlier)\s+(?:version|one)",
        r"as\s+it\s+was(?:\s+before)?",
        r"撤销",
        r"撤回",
        r"(?:返回|退回|回到|恢复(?:到)?|回退到?)(?:上|前|之前的?)(?:一)?(?:步|个?版本?|次)?",
        r"还原",
        r"退回去",
        r"恢复原来的?",
        r"回退",
    ),
    rule(
        always(Redo()),
        r"\bredo\b(?:\s+(?:it|that))?",
        r"重做",
    ),
    _about(
        Topic.ABILITIES,
        r"\bwhat\s+(?:else\s+)?can\s+you\s+do\b",
        r"\bhow\s+does\s+(?:this|it)\s+work\b",
        r"^\s*help\s*[!?.]*\s*$",
        r"你(?:能|会|可以)(?:做|干)(?:些)?什么",
        r"怎么用",
    ),
    _about(
        Topic.LENGTH,
        r"\bhow\s+(?:long|many\s+(?:seconds|photos|pictures|images))\b[^.?!]*",
        r"(?:视频)?(?:有)?多长(?:时间)?",
        r"多少(?:秒|张)",
    ),
    _about(
        Topic.EXPORT,
        r"\b(?:give|send|show)\s+me\s+the\s+(?:\w+\s+)?(?:file|result|download)\b",
        r"\b(?:export|download)\b(?:\s+(?:it|this|the\s+\w+))?",
        r"导出",
        r"下载",
    ),
    _about(
        Topic.GREETING,
        r"^\s*(?:hi|hello|hey|good\s+(?:morning|evening|afternoon))(?:\s+there)?\s*[!.]*\s*$",
        r"^\s*(?:你好|您好|嗨)\s*[!。]*\s*$",
    ),
    _about(
        Topic.THANKS,
        (
            r"^\s*(?:thanks?(?:\s+you)?|thx|great|perfect|nice|cool|good|well\s+done|awesome|love\s+it|i\s+"
            r"love\s+it)(?:\s+(?:a\s+lot|so\s+much|very\s+much|you))?\s*[!.]*\s*$"
        ),
        r"^\s*(?:谢谢|多谢|太好了|很好|不错)(?:你|您|了)?\s*[!。]*\s*$",
    ),
)
