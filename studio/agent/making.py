"""Making a video out of what was uploaded, and adding what came later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import ClassVar

from studio.agent.looks import VARIED
from studio.agent.music import USUAL
from studio.agent.project import Project
from studio.agent.quantities import PLACES, THING, places, spell
from studio.agent.selection import index_among
from studio.agent.sentence import TAKEN, Sentence
from studio.agent.wishes import Aside, Both, Found, Impossible, Phase, Wish, always, rule
from studio.media import Kind, Media
from studio.timeline import Clip, Song, Timeline, kind_of

STILL_MS = 3000
LONE_MS = 5000
MOST_FILM_MS = 20_000


@dataclass(frozen=True, slots=True)
class Make(Aside):
    """A video is wanted, out of everything or of the uploads at `places`. Where there is one already, only `anew`
    means another one: "make the video slower" does not."""

    anew: bool = False
    places: tuple[int, ...] = ()

    def answer(self, project: Project) -> Both:
        """The answer is the video."""
        return Both("", "")


@dataclass(frozen=True, slots=True)
class AddNew(Wish):
    """What was uploaded since shall be added, at the end, or at the front if `first`."""

    phase: ClassVar[Phase] = Phase.MATERIAL
    tool: ClassVar[str] = "add_clips"
    first: bool = False

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Every new picture stays as long as the others do on average; a new song becomes the music."""
        fresh = new_media(project, timeline)
        pictures = [item for item in fresh if item.kind is not Kind.AUDIO]
        songs = [item for item in fresh if item.kind is Kind.AUDIO]
        if not fresh:
            raise Impossible("There is nothing new to add: please upload it first.", "没有新的素材，请先上传。")
        usual = timeline.ms // len(timeline.clips)
        added = _clips(pictures, usual, start=len(timeline.clips))
        clips = (*added, *timeline.clips) if self.first else (*timeline.clips, *added)
        volume = timeline.sound.volume if timeline.sound else USUAL
        sound = Song(songs[-1].hash, songs[-1].name, volume) if songs else timeline.sound
        return replace(timeline, clips=clips, sound=sound)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How many, and how long it is now."""
        count = len(after.clips) - len(before.clips)
        if not count:
            return Both("The new song is the music now.", "已使用新的音乐。")
        photos = "1 new photo is" if count == 1 else f"{count} new photos are"
        return Both(
            f"{photos} in the video now, {spell(after.ms)} in all.",
            f"已添加{count}张新照片，视频现在长{after.ms / 1000:g}秒。",
        )


def new_media(project: Project, timeline: Timeline | None) -> list[Media]:
    """What has come in since the timeline was made; if nothing has, what is not on it."""
    used = {clip.media for clip in timeline.clips} if timeline else set()
    if timeline and isinstance(timeline.sound, Song):
        used.add(timeline.sound.media)
    fresh = [item for item in project.media[project.seen :] if item.hash not in used]
    return fresh or [item for item in project.media if item.hash not in used]


def make(project: Project, wanted: Make) -> Timeline:
    """A first timeline: all pictures in their order, in the shape that most of them have. Raises `Impossible`."""
    pictures = list(project.pictures)
    if wanted.places:
        pictures = [pictures[at] for at in dict.fromkeys(index_among(at, len(pictures)) for at in wanted.places)]
    clips = _clips(pictures, LONE_MS if len(pictures) == 1 else STILL_MS)
    upright = sum(item.height > item.width for item in pictures)
    song = project.songs[-1] if project.songs else None
    return Timeline(
        clips=clips,
        sound=Song(song.hash, song.name, USUAL) if song else None,
        ratio="9:16" if upright * 2 > len(pictures) else "16:9",
    )


def _clips(pictures: Sequence[Media], still_ms: int, start: int = 0) -> tuple[Clip, ...]:
    motions = cycle(VARIED[start % len(VARIED) :] + VARIED[: start % len(VARIED)])
    return tuple(
        Clip(item.hash, item.name, kind_of(item), _usual(item, still_ms), motion=next(motions)) for item in pictures
    )


def _usual(item: Media, still_ms: int) -> int:
    if item.kind is Kind.VIDEO and item.seconds:
        return max(500, min(MOST_FILM_MS, round(item.seconds * 1000)))
    return still_ms


# --- how it is said ---------------------------------------------------------------------------------------------------


def _anew(match: re.Match[str], _: Sentence) -> Found:
    named = next((group for group in match.groups() if group), "")
    return Make(anew=True, places=places(named) if named else ())


def _plain(match: re.Match[str], _: Sentence) -> Found:
    return Make(anew=bool(match[1]), places=places(match[1]) if match[1] else ())


_FILM = (
    r"(?:slide[\s-]?shows?|videos?|movies?|films?|clips?|reels?|montage|animations?|animated\s+(?:video"
    r"|clip)|vlog|story\s*video|video\s+clip)"
)
_DO = (
    r"(?:make|create|build|turn|put|combine|convert|generate|produce|give\s+me|do|i\s+(?:want|need|would\s+"
    r"like)|i'd\s+like|prepare|assemble|compose|cut|edit|merge|stitch|transform|can\s+(?:i|you)\s+(?:have"
    r"|get|make|do))"
)
_MINE = r"(?:these|those|this|the|my|all|our|them|it|every|each|single)"
_FILM_ZH = r"(?:视频|幻灯片|短片|影片|电影|动画|电子相册|相册|vlog|动态视频|小视频)"
_DO_ZH = r"(?:做成?|生成|制作|合成|变成|剪成|剪辑成|剪|转成|转换成|弄成|弄|来一?个|拼成|创建|整理成|串成)"
_OUT_OF = rf"(?:\s+(?:out\s+)?(?:of|from|with|using)\s+(?:only\s+|just\s+)?({PLACES})(?:\s+only)?)?"

RULES = (
    rule(
        always(Make(anew=True)),
        rf"\b(?:create|generate|produce|build)\s+(?:me\s+)?(?:an?|another)\s+(?:new\s+)?(?={TAKEN})",
        rf"(?:生成|制作|做)(?:一个|一段|个|段)(?={TAKEN})",
    ),
    rule(
        always(Make(anew=True)),
        (
            r"(?:start\s+(?:over|again|from\s+scratch)|from\s+scratch|begin\s+again|all\s+over\s+again|重新(?:开始"
            rf"|做|制作|生成)(?:一个|一遍|一次)?{_FILM_ZH}?|从头(?:开始|再来))"
        ),
    ),
    rule(
        _anew,
        (
            rf"\b{_DO}\s+(?:{_MINE}\s+){{0,4}}(?:{THING}|\w+\s+{THING})?\s*(?:together\s+)?(?:in|into|to|as)\s+"
            rf"(?:an?|one|1)\s+(?:[\w:{TAKEN}-]+\s+){{0,4}}?{_FILM}\b{_OUT_OF}"
        ),
    ),
    rule(
        _anew,
        (
            rf"\b{_DO}\s+(?:me\s+)?(?:an?|one|another|1|something\s+like\s+an?)\s+(?:[\w:,{TAKEN}-]+\s+"
            rf"){{0,5}}?{_FILM}\b{_OUT_OF}"
        ),
    ),
    rule(
        always(Make(anew=True)),
        (
            rf"^\s*(?:an?\s+|one\s+)?(?:[\w:,{TAKEN}-]+\s+){{0,4}}?{_FILM}\s+(?:out\s+)?(?:of|from|with"
            rf"|using)\s+(?:{_MINE}\s+){{1,4}}(?:\w+\s+)?{THING}"
        ),
    ),
    rule(
        always(Make()),
        rf"\banimate\s+(?:{_MINE}\s+){{0,4}}(?:\w+\s+)?(?:{THING})?",
        rf"\b(?:out\s+of|from)\s+(?:{_MINE}\s+){{1,4}}{THING}",
    ),
    rule(
        always(Make(anew=True)),
        rf"(?:{_DO_ZH})[^,。;]{{0,14}}?(?:一个|一段|个|段|一部|部)(?:[^,。;]{{0,14}}?){_FILM_ZH}",
        rf"(?:照片|图片|相片|图)[^,。;]{{0,6}}?{_DO_ZH}[^,。;]{{0,14}}?{_FILM_ZH}",
    ),
    rule(
        always(Make()),
        rf"{_DO_ZH}[^,。;]{{0,8}}?{_FILM_ZH}",
    ),
    rule(
        always(Make()),
        (
            r"\b(?:surprise\s+me|you\s+(?:decide|choose)|whatever\s+you\s+(?:like|want|think)|do\s+your\s+"
            r"(?:best|magic|thing)|something\s+(?:nice|beautiful|cool|great)|go\s+ahead)\b"
        ),
        r"随便",
        r"你(?:来)?决定",
        r"看着办",
    ),
    rule(
        _plain,
        rf"\b{_FILM}\b{_OUT_OF}",
    ),
)

ADDING = (
    rule(
        always(AddNew(first=True)),
        (
            r"(?:add|include|insert|put|use|append)\s+(?:in\s+)?(?:also\s+)?(?:it|them|these|those|this|that"
            r"|(?:these|those|this|that|the|my)\s+(?:(?:two|three|four|five|\d+)\s+)?(?:new|other|extra"
            rf"|additional|latest|last|missing|newest)?\s*(?:uploaded\s+)?{THING}|(?:the\s+)?(?:new|other"
            rf"|latest)\s+(?:one|ones)|(?:one|another|(?:one|two|three|\d+)\s+more)\s+{THING})(?:\s+(?:too"
            r"|as\s+well|also|in))?\s+(?:at|to)\s+the\s+(?:start|beginning|front)"
        ),
    ),
    rule(
        always(AddNew()),
        (
            r"(?:yes\s*,?\s*)?(?:add|include|insert|put|use|append)\s+(?:in\s+)?(?:also\s+)?(?:it|them|these"
            r"|those|this|that|(?:these|those|this|that|the|my|all)\s+(?:(?:two|three|four|five|\d+)\s+)?(?:new"
            rf"|other|extra|additional|latest|missing|newest|remaining)?\s*(?:uploaded\s+)?{THING}|(?:the\s+"
            r")?(?:new|other|latest)\s+(?:one|ones)|(?:another|(?:one|two|three|\d+)\s+more)\s+"
            rf"{THING})\b(?!\s+(?:first|last|before|after|as\b|a\b|move|still|slow|zoom|pan|to\s+(?:the\s+"
            r")?(?:front|start|square|vertical)))(?:\s+(?:too|as\s+well|also|in|to\s+(?:it|the\s+(?:video|end"
            r"|slideshow))|at\s+the\s+end))*"
        ),
    ),
    rule(
        always(AddNew()),
        (
            r"(?:把)?(?:新(?:的|上传的?|发的?)?|这几?张|这些|这|刚才|刚刚?|刚上传的?|其他|另外)(?:的|发的|上传的)?(?:那?[几两一]?张)?(?:新)?(?:照片|图片"
            r"|相片|图)?(?:也|都)?(?:加|放|添加|插)(?:到)?(?:进去|进来|上去?|入|进视频(?:里)?|到视频(?:里|中)|视频里)?(?:里|中)?"
        ),
    ),
    rule(
        always(AddNew()),
        r"(?:加上|添加|加入|加进|也加|放入)(?:这张|这些|这几张|那张|新的?|刚才的?|刚上传的?|其他)(?:照片|图片|相片|图)?(?:吧)?",
    ),
)
