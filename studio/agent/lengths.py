"""Wishes about time: how long the whole is, how long each picture stays, how fast it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import DEGREE, DURATION, PLACES, THING, factor, milliseconds, places, spell
from studio.agent.selection import indices, place_name
from studio.agent.sentence import Sentence
from studio.agent.wishes import Both, Build, Found, Impossible, Phase, Wish, rule
from studio.timeline import Timeline

LONGEST = 10 * 60_000
SHORTEST = 1_000


@dataclass(frozen=True, slots=True)
class Last(Wish):
    """The whole shall be so long, to the millisecond."""

    phase: ClassVar[Phase] = Phase.LENGTH
    evident: ClassVar[bool] = True
    ms: int

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Every clip keeps its share."""
        return _lasting(timeline, self.ms)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How long it is now."""
        return _length(after)


@dataclass(frozen=True, slots=True)
class Stretch(Wish):
    """The whole shall be so much longer, or shorter where `ms` is negative."""

    phase: ClassVar[Phase] = Phase.LENGTH
    evident: ClassVar[bool] = True
    ms: int

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Every clip keeps its share."""
        return _lasting(timeline, timeline.ms + self.ms)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How long it is now."""
        return _length(after)


@dataclass(frozen=True, slots=True)
class Scale(Wish):
    """The whole shall be longer or shorter by a factor, to full half seconds."""

    phase: ClassVar[Phase] = Phase.LENGTH
    evident: ClassVar[bool] = True
    factor: float

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Every clip keeps its share."""
        return _lasting(timeline, _rounded(timeline.ms * self.factor))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How long it is now."""
        return _length(after)


@dataclass(frozen=True, slots=True)
class Pace(Wish):
    """Everything shall go slower (above 1) or faster (below 1)."""

    phase: ClassVar[Phase] = Phase.PACE
    evident: ClassVar[bool] = True
    factor: float

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Pictures stay longer or shorter, and transitions with them."""
        slowed = _lasting(timeline, _rounded(timeline.ms * self.factor))
        overlaps = [min(2000, max(200, round(clip.overlap * self.factor))) for clip in slowed.clips]
        clips = tuple(replace(clip, overlap=ms) for clip, ms in zip(slowed.clips, overlaps, strict=True))
        return replace(slowed, clips=clips)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The direction, and how long it is now."""
        en, zh = ("slower", "慢") if self.factor > 1 else ("faster", "快")
        return Both(
            f"The pace is {en} now: {spell(after.ms)} in all.",
            f"节奏已{'放' if zh == '慢' else '加'}{zh}，全长{_s(after.ms)}秒。",
        )


@dataclass(frozen=True, slots=True)
class Each(Wish):
    """Every picture, or those at `places`, shall stay so long."""

    phase: ClassVar[Phase] = Phase.PACE
    ms: int
    places: tuple[int, ...] = ()

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Only those that are meant."""
        chosen = indices(self.places, timeline) if self.places else range(len(timeline.clips))
        return _sharing(timeline, [self.ms if at in chosen else clip.ms for at, clip in enumerate(timeline.clips)])

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How long each stays, and how long it is now."""
        what = place_name(self.places, Both("Every photo", "每张照片"))
        return Both(
            f"{what.en} stays {spell(self.ms)} now, {spell(after.ms)} in all.",
            f"{what.zh}现在停留{_s(self.ms)}秒，全长{_s(after.ms)}秒。",
        )


@dataclass(frozen=True, slots=True)
class Linger(Wish):
    """The pictures at `places` shall stay longer or shorter by a factor."""

    phase: ClassVar[Phase] = Phase.PACE
    factor: float
    places: tuple[int, ...]

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Only those that are meant."""
        chosen = indices(self.places, timeline)
        lengths = [
            _rounded(clip.ms * self.factor) if at in chosen else clip.ms for at, clip in enumerate(timeline.clips)
        ]
        return _sharing(timeline, lengths)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The direction, and how long it is now."""
        what = place_name(self.places, Both("", ""))
        en, zh = ("longer", "更久") if self.factor > 1 else ("shorter", "更短")
        return Both(f"{what.en} stays {en} now.", f"{what.zh}现在停留{zh}。")


def _lasting(timeline: Timeline, ms: int) -> Timeline:
    _check(ms)
    try:
        return timeline.lasting(ms)
    except ValueError as error:
        raise _too_short(timeline, ms) from error


def _sharing(timeline: Timeline, lengths: list[int]) -> Timeline:
    _check(sum(lengths))
    try:
        return timeline.sharing(lengths)
    except ValueError as error:
        raise _too_short(timeline, sum(lengths)) from error


def _check(ms: int) -> None:
    if ms > LONGEST:
        raise Impossible("A video can be 10 minutes long at most.", "视频最长为10分钟。")
    if ms < SHORTEST:
        raise Impossible("A video must be at least one second long.", "视频至少要有1秒。")


def _too_short(timeline: Timeline, ms: int) -> Impossible:
    count = len(timeline.clips)
    return Impossible(f"{count} photos do not fit into {spell(ms)}.", f"{_s(ms)}秒太短，放不下{count}张照片。")


def _rounded(ms: float) -> int:
    return max(500, round(ms / 500) * 500)


def _s(ms: int) -> str:
    return f"{ms / 1000:g}"


def _length(timeline: Timeline) -> Both:
    return Both(f"The video is {spell(timeline.ms)} long now.", f"视频现在长{_s(timeline.ms)}秒。")


# --- how it is said ---------------------------------------------------------------------------------------------------


def _last(match: re.Match[str], _: Sentence) -> Found:
    return Last(milliseconds(match[1]))


def _each(match: re.Match[str], _: Sentence) -> Found:
    return Each(milliseconds(match[1]))


def _each_at(match: re.Match[str], _: Sentence) -> Found:
    return Each(milliseconds(match[2]), places(match[1]))


def _longer_by(match: re.Match[str], _: Sentence) -> Found:
    return Stretch(milliseconds(match[1]))


def _shorter_by(match: re.Match[str], _: Sentence) -> Found:
    return Stretch(-milliseconds(match[1]))


def _scale(usual: float) -> Build:
    return lambda match, _sentence: Scale(factor(match[0], usual))


def _pace(usual: float) -> Build:
    return lambda match, _sentence: Pace(factor(match[0], usual))


def _linger(usual: float) -> Build:
    return lambda match, _sentence: Linger(factor(match[0], usual), places(match[1]))


_GROW = r"(?:extend|lengthen|stretch|prolong|expand)"
_SHRINK = r"(?:shorten|cut|trim|reduce|shrink|condense)"
_IT = (
    r"(?:\s+(?:(?:this|that|the|my)\s+(?:photo|picture|image)|it|this|that|everything|things|(?:the\s+"
    r")?(?:whole\s+)?(?:video|clip|movie|film|slideshow|thing|length|duration)))?"
)
_STAYS = r"(?:should\s+|to\s+)?(?:lasts?|stays?|be|is|are|on(?:\s+screen)?|shown|visible|be\s+shown)?"

RULES = (
    rule(
        _each_at,
        (
            rf"(?:show|keep|hold|display|leave|make|let)\s+({PLACES})\s*{_STAYS}\s*(?:on\s+screen\s+)?(?:for\s+"
            rf")?({DURATION})"
        ),
    ),
    rule(
        _each_at,
        rf"({PLACES})\s+(?:should\s+)?(?:lasts?|stays?|be\s+shown)\s+(?:for\s+)?({DURATION})",
    ),
    rule(
        _each_at,
        rf"({PLACES})\s*(?:要|各|都)?(?:显示|停留|持续|播放|放|改成|改为)\s*({DURATION})",
    ),
    rule(
        _each,
        (
            rf"({DURATION})\s*(?:per|for\s+each|for\s+every|on\s+each|each|every|apiece|a(?=\s+{THING}))(?:\s+"
            rf"{THING}\b)?"
        ),
    ),
    rule(
        _each,
        (
            rf"(?:show\s+|give\s+|keep\s+|let\s+)?(?:each|every)(?:\s+(?:single\s+)?{THING}\b)?\s*{_STAYS}\s*"
            rf"(?:for\s+)?({DURATION})"
        ),
    ),
    rule(
        _each,
        rf"每\s*一?[张幅个段](?:照片|图片|相片|图|画面)?(?:都)?(?:显示|停留|持续|播放|放|改成|改为|各)?\s*({DURATION})",
    ),
    rule(
        _last,
        rf"{_GROW}{_IT}\s+(?:up\s+)?to\s+({DURATION})",
    ),
    rule(
        _last,
        rf"{_SHRINK}{_IT}\s+(?:down\s+)?to\s+({DURATION})",
    ),
    rule(
        _last,
        rf"(?:延长|加长|拉长|缩短|剪|压缩|改|调整?|控制|剪辑)(?:到|成|为|至|在)\s*({DURATION})",
    ),
    rule(
        lambda match, _: Stretch(-milliseconds(match[1] or match[2])),
        rf"{_SHRINK}{_IT}\s+(?:off\s+)?(?:by\s+)?({DURATION})",
        rf"({DURATION})\s+(?:shorter|less)",
    ),
    rule(
        lambda match, _: Stretch(milliseconds(match[1] or match[2])),
        rf"{_GROW}{_IT}\s+(?:by\s+)?({DURATION})",
        rf"(?:\badd\s+)?(?:another\s+|an\s+extra\s+)?({DURATION})\s+(?:longer|more|extra)",
    ),
    rule(
        lambda match, _: Stretch(milliseconds(match[1] or match[2])),
        rf"\badd\s+(?:another\s+)?({DURATION})",
        rf"another\s+({DURATION})",
    ),
    rule(
        _shorter_by,
        rf"(?:缩短|减少|剪掉|减去|减|短)(?:了)?\s*({DURATION})",
    ),
    rule(
        _longer_by,
        rf"(?:延长|加长|增加|多加|再加|加|再来|[再多更]长)(?:了)?\s*({DURATION})",
    ),
    rule(
        _linger(1.5),
        (
            rf"(?:show\s+|keep\s+|hold\s+|make\s+|leave\s+)?({PLACES})\s+(?:be\s+|stay\s+|last\s+|on\s+"
            rf")?{DEGREE}longer"
        ),
    ),
    rule(
        _linger(1 / 1.5),
        rf"(?:show\s+|keep\s+|hold\s+|make\s+)?({PLACES})\s+(?:be\s+|stay\s+|last\s+)?{DEGREE}shorter",
    ),
    rule(
        _linger(1.5),
        rf"({PLACES})(?:显示|停留|播放|放)?得?(?:更|再)?(?:久|长)(?:一点|一些|些|点)?",
    ),
    rule(
        _linger(1 / 1.5),
        rf"({PLACES})(?:显示|停留|播放|放)?得?(?:更|再)?短(?:一点|一些|些|点)?",
    ),
    rule(
        _scale(4 / 3),
        rf"(?:make\s+it\s+)?(?:twice\s+as\s+long|double\s+(?:the\s+|its\s+)?(?:length|duration)|{DEGREE}longer)",
        rf"{_GROW}{_IT}(?:\s+(?:a\s+(?:little\s+)?bit|a\s+little|slightly))?",
    ),
    rule(
        _scale(3 / 4),
        (
            r"(?:make\s+it\s+)?(?:half\s+as\s+long|(?:half|halve)\s+(?:the\s+|its\s+)?(?:length|duration)"
            rf"|{DEGREE}shorter|less\s+long)"
        ),
        rf"(?:shorten|condense){_IT}(?:\s+(?:a\s+(?:little\s+)?bit|a\s+little|slightly))?",
    ),
    rule(
        _scale(4 / 3),
        r"(?:稍微?|再|更)?(?:延长|加长|长)(?:一点点?|一些|些|点|很多|一倍|两倍)",
        r"时间(?:再|更)?长",
        r"更长",
    ),
    rule(
        _scale(3 / 4),
        r"(?:稍微?|再|更)?(?:缩短|短)(?:一点点?|一些|些|点|很多|一半)",
        r"时间(?:再|更)?短",
        r"更短",
    ),
    rule(
        _pace(4 / 3),
        r"half\s+(?:the\s+)?(?:speed|as\s+fast)",
        rf"{DEGREE}(?:slower|more\s+slowly|calmer\s+pace)",
        r"too\s+fast",
        (
            r"slow(?:ly)?(?:\s+(?:it|this|everything|things|the\s+\w+))?(?:\s+down)(?:\s+(?:a\s+(?:little\s+"
            r")?bit|a\s+little|slightly|a\s+lot))?"
        ),
        r"slower\s+pace",
        r"(?:a\s+)?slow\s+(?:pace|tempo)",
    ),
    rule(
        _pace(3 / 4),
        r"(?:twice|double)\s+(?:as\s+fast|the\s+(?:speed|pace))",
        rf"{DEGREE}(?:faster|quicker|more\s+quickly|snappier|brisker)(?:\s+pace)?",
        r"too\s+slow",
        (
            r"(?:speed|hurry|pick)(?:\s+(?:it|this|everything|things|the\s+\w+))?\s+up(?:\s+the\s+pace)?(?:\s+"
            r"(?:a\s+(?:little\s+)?bit|a\s+little|slightly|a\s+lot))?"
        ),
        r"(?:a\s+)?(?:fast|quick)\s+(?:pace|tempo|cuts)",
    ),
    rule(
        _pace(4 / 3),
        r"(?:节奏|速度|播放)?(?:再|稍微?|更|放|太快了?[,]?)*(?:放?慢)(?:一点点?|一些|些|点|下来|一倍|很多)?(?:节奏|速度)?",
        r"太快",
    ),
    rule(
        _pace(3 / 4),
        r"(?:节奏|速度|播放)?(?:再|稍微?|更|太慢了?[,]?)*(?:加?快(?!乐|捷|递|照)|提速)(?:一点点?|一些|些|点|一倍|很多)?(?:节奏|速度)?",
        r"太慢",
    ),
    rule(
        _last,
        (
            r"(?:(?:make|keep)\s+it\s+(?:be\s+|to\s+)?)?(?:exactly\s+|about\s+|around\s+)?(?:lasting\s+|for\s+"
            rf"|in\s+|to\s+)?({DURATION})(?:\s+(?:long|in\s+(?:all|total|length)|total|of(?=\s)))?(?:\s*(?:左右|长"
            r"|的))?"
        ),
    ),
)
"""Rules about single pictures come before those about the whole, relative ones before absolute ones."""
