"""Wishes about which pictures are seen, and in which order."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import PLACE, PLACES, THING, place, places
from studio.agent.selection import index, indices, place_name
from studio.agent.sentence import Sentence
from studio.agent.wishes import Both, Build, Found, Impossible, Phase, Wish, always, rule
from studio.timeline import Clip, Timeline

_DRAG = Both(
    "You can also drag the clips in the timeline to change their order.", "您也可以在时间线中拖拽片段来调整顺序。"
)


@dataclass(frozen=True, slots=True)
class Move(Wish):
    """The picture at `place` shall come at `to`."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "move_clip"
    hint: ClassVar[Both] = _DRAG
    place: int
    to: int

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The others close up."""
        clips = list(timeline.clips)
        target = index(self.to, timeline)
        clips.insert(target, clips.pop(index(self.place, timeline)))
        return replace(timeline, clips=tuple(clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Where it is now."""
        name = before.clips[index(self.place, before)].name
        what = place_name([self.place], Both("", ""))
        at = index(self.to, before) + 1
        where = {1: Both("comes first", "最前面"), len(before.clips): Both("comes last", "最后")}
        to = where.get(at, Both(f"is number {at}", f"第{at}位"))
        return Both(f"{what.en} ({name}) {to.en} now.", f"{what.zh}（{name}）已移到{to.zh}。")


@dataclass(frozen=True, slots=True)
class MoveBeside(Wish):
    """The picture at `place` shall come right before or after the one at `other`."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "move_clip"
    hint: ClassVar[Both] = _DRAG
    place: int
    other: int
    after: bool

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The others close up."""
        moving, fixed = index(self.place, timeline), index(self.other, timeline)
        if moving == fixed:
            return timeline
        rest = [clip for at, clip in enumerate(timeline.clips) if at != moving]
        fixed -= moving < fixed
        rest.insert(fixed + self.after, timeline.clips[moving])
        return replace(timeline, clips=tuple(rest))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """What comes where."""
        what, other = place_name([self.place], Both("", "")), place_name([self.other], Both("", ""))
        en, zh = ("after", "后面") if self.after else ("before", "前面")
        return Both(f"{what.en} comes {en} {other.en.lower()} now.", f"{what.zh}已移到{other.zh}{zh}。")


@dataclass(frozen=True, slots=True)
class Swap(Wish):
    """Two pictures shall change places."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "move_clip"
    hint: ClassVar[Both] = _DRAG
    one: int
    other: int

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """All else stays."""
        clips = list(timeline.clips)
        a, b = index(self.one, timeline), index(self.other, timeline)
        clips[a], clips[b] = clips[b], clips[a]
        return replace(timeline, clips=tuple(clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which two."""
        both = place_name([self.one, self.other], Both("", ""))
        return Both(f"{both.en} have changed places.", f"{both.zh}已交换位置。")


@dataclass(frozen=True, slots=True)
class Reverse(Wish):
    """The last shall be first."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "move_clip"
    hint: ClassVar[Both] = _DRAG

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """All of them."""
        return replace(timeline, clips=timeline.clips[::-1])

    def told(self, before: Timeline, after: Timeline) -> Both:
        """That it is done."""
        return Both("The order is reversed.", "顺序已颠倒。")


@dataclass(frozen=True, slots=True)
class Shuffle(Wish):
    """Any other order."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "move_clip"
    hint: ClassVar[Both] = _DRAG

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The same order gives the same new order, and never itself where there is another."""
        clips = list(timeline.clips)
        chance = random.Random("".join(clip.media for clip in clips))  # noqa: S311 (nothing is kept secret by it)
        chance.shuffle(clips)
        if tuple(clips) == timeline.clips:
            clips = [*clips[1:], *clips[:1]]
        return replace(timeline, clips=tuple(clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """That it is done."""
        return Both("The photos are in a new order.", "照片顺序已打乱。")


@dataclass(frozen=True, slots=True)
class Drop(Wish):
    """The pictures at `places` shall go."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "remove_clip"
    places: tuple[int, ...]

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The video becomes shorter by as much."""
        gone = indices(self.places, timeline)
        left = tuple(clip for at, clip in enumerate(timeline.clips) if at not in gone)
        return _with_clips(timeline, left)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which, and how many are left."""
        what = place_name(self.places, Both("", ""))
        left = len(after.clips)
        photos = "1 photo is" if left == 1 else f"{left} photos are"
        verb = "is" if len(self.places) == 1 else "are"
        return Both(f"{what.en} {verb} gone; {photos} left.", f"已删除{what.zh}，还剩{left}张。")


@dataclass(frozen=True, slots=True)
class Keep(Wish):
    """Only the pictures at `places` shall stay."""

    phase: ClassVar[Phase] = Phase.ORDER
    tool: ClassVar[str] = "remove_clip"
    places: tuple[int, ...]

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """In the order of the timeline."""
        kept = indices(self.places, timeline)
        return _with_clips(timeline, tuple(clip for at, clip in enumerate(timeline.clips) if at in kept))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which."""
        what = place_name(self.places, Both("", ""))
        verb = "is" if len(self.places) == 1 else "are"
        return Both(f"Only {what.en.lower()} {verb} left.", f"只保留了{what.zh}。")


def _with_clips(timeline: Timeline, clips: tuple[Clip, ...]) -> Timeline:
    if not clips:
        raise Impossible("A video needs at least one photo.", "视频至少需要一张照片。")
    return replace(timeline, clips=clips).lasting(sum(clip.ms for clip in clips))


# --- how it is said ---------------------------------------------------------------------------------------------------


def _move(match: re.Match[str], _: Sentence) -> Found:
    return Move(place(match[1]), _target(match[2]))


def _move_to(to: int) -> Build:
    return lambda match, _sentence: Move(place(match[1]), to)


def _target(text: str) -> int:
    low = text.lower()
    if re.search(r"start|begin|front|最前|开头|首位|第一位|前面", low):
        return 1
    if re.search(r"end|back|末尾|结尾|最后", low):
        return -1
    return place(re.sub(r"position|place|spot|to|the|位", " ", low))


def _beside(match: re.Match[str], _: Sentence) -> Found:
    return MoveBeside(place(match[1]), place(match[3]), after=match[2].lower() in ("after", "behind"))


def _beside_zh(match: re.Match[str], _: Sentence) -> Found:
    return MoveBeside(place(match[1]), place(match[2]), after=match[3] in ("后面", "之后", "后"))


def _swap(match: re.Match[str], _: Sentence) -> Found:
    found = places(match[1])
    return Swap(*found) if len(found) == 2 else None


def _drop(match: re.Match[str], _: Sentence) -> Found:
    return Drop(places(match[1]))


def _keep(match: re.Match[str], _: Sentence) -> Found:
    return Keep(places(match[1]))


_NUM = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
_FIRST = (
    r"(?:(?:come\s+|go\s+|be\s+)?first|(?:to|at)\s+the\s+(?:very\s+)?(?:start|beginning|front)|in\s+front"
    r"|to\s+the\s+front)"
)
_END = r"(?:(?:come\s+|go\s+|be\s+)?last|(?:to|at)\s+the\s+(?:very\s+)?(?:end|back))"
_NTH = (
    rf"(?:(?:to|in|at|as)\s+(?:the\s+)?(?:position|place|spot|number)\s+{_NUM}|(?:second|third|fourth|fifth"
    rf"|sixth)\b(?!\s+{THING}))"
)
_REMOVE = (
    r"(?:remove|delete|drop|take\s+out|leave\s+out|cut\s+out|cut|lose|get\s+rid\s+of|skip|exclude|discard"
    r"|throw\s+out|without|ditch)"
)
_REMOVE_ZH = r"(?:删除|删掉|去掉|移除|拿掉|剪掉|不要|去除|删)"

RULES = (
    rule(
        _swap,
        (
            rf"(?:swap|exchange|switch|interchange)\s+(?:around\s+)?({PLACE}\s+(?:and|with|for|&)\s+(?:{PLACE}"
            rf"|{_NUM})|(?:{THING}\s+)?{_NUM}\s+(?:and|with|for|&)\s+{_NUM}\b)"
        ),
    ),
    rule(
        _swap,
        rf"(?:交换|对调|调换|互换)\s*({PLACE}\s*(?:和|与|跟|、)\s*{PLACE})(?:的(?:位置|顺序))?",
    ),
    rule(
        _swap,
        rf"({PLACE}\s*(?:和|与|跟|、)\s*{PLACE})(?:的位置|的顺序|互相)?(?:交换|对调|调换|互换|换)(?:一下)?(?:位置|顺序)?",
    ),
    rule(
        _beside,
        (
            rf"(?:put|move|place|bring|shift|show|have)\s+({PLACE})\s+(before|after|behind|in\s+front\s+of)\s+"
            rf"({PLACE})"
        ),
    ),
    rule(
        _move,
        rf"(?:put|move|place|bring|shift|take|make|show|set|have)\s+({PLACE})\s+({_FIRST}|{_END}|{_NTH})",
    ),
    rule(
        _move,
        rf"({PLACE})\s+(?:should\s+|must\s+|to\s+)?(?:comes?|goes?|be|is)\s+({_FIRST}|{_END}|{_NTH})",
    ),
    rule(
        _move_to(1),
        rf"(?:start|begin|open|lead)(?:s|ing)?\s+with\s+({PLACE})",
    ),
    rule(
        _move_to(-1),
        rf"(?:end|finish|close)(?:s|ing)?\s+with\s+({PLACE})",
    ),
    rule(
        _beside_zh,
        rf"({PLACE})(?:要)?(?:放|移|挪|排|调|换)(?:到|在)\s*({PLACE})(?:的)?(前面|后面|之前|之后|前|后)",
    ),
    rule(
        _move,
        (
            rf"({PLACE})(?:要)?(?:放|移|挪|排|提|调|换)(?:到|在|至)\s*(最前面?|开头|首位|第一位|前面|最后面?|末尾|结尾|第[一二三四五六七八九十\d]+(?:位|个"
            r"|张)?)"
        ),
    ),
    rule(
        _move_to(1),
        rf"(?:从|用|以)({PLACE})开(?:始|头|场)",
    ),
    rule(
        always(Reverse()),
        r"(?:in\s+)?(?:reversed?|opposite|inverse)\s+(?:the\s+)?order",
        r"reverse\s+(?:it|them|the\s+(?:photos|pictures|images|clips))",
        r"backwards?(?:\s+order)?",
        r"the\s+other\s+way\s+(?:a?round)",
        r"倒序",
        r"(?:顺序)?(?:反过来|颠倒|倒过来|倒着)(?:顺序|播放|放|排)?",
    ),
    rule(
        always(Shuffle()),
        r"shuffle(?:\s+(?:it|them|the\s+(?:order|photos|pictures|images|clips)))?",
        r"(?:in\s+(?:a\s+)?)?random(?:ise)?\s+order",
        r"mix\s+(?:them\s+|it\s+|the\s+\w+\s+)?up",
        r"(?:顺序)?(?:打乱|随机)(?:顺序|一下|排列|播放)?",
    ),
    rule(
        lambda match, _: Keep(places(match[1] or match[2] or match[3])),
        rf"(?:only|just)\s+(?:use|keep|show|take|with|from)\s+({PLACES})",
        rf"(?:use|keep|show|take)\s+(?:only|just)\s+({PLACES})",
        rf"(?:keep|use)\s+({PLACES})\s+only",
    ),
    rule(
        _keep,
        rf"只(?:用|要|保留|留下?|留)({PLACES})",
    ),
    rule(
        lambda match, _: Drop(places(match[1] or match[2])),
        rf"{_REMOVE}\s+({PLACES})",
        rf"(?:i\s+)?(?:don't|do\s+not)\s+(?:want|like|need)\s+({PLACES})(?:\s*[,;.]?\s*(?:and\s+|so\s+|please\s+)*{_REMOVE}\s+(?:it|them)\b)?",
    ),
    rule(
        _drop,
        rf"{_REMOVE_ZH}({PLACES})",
    ),
    rule(
        _drop,
        rf"({PLACES})(?:都)?(?:给我)?{_REMOVE_ZH}",
    ),
)
