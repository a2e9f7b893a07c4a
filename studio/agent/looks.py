"""Wishes about how it looks: the camera's motion, the transitions, how pictures fill the frame."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import cycle
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import DURATION, PLACE, PLACES, milliseconds, place, places, spell
from studio.agent.selection import index, indices, place_name
from studio.agent.sentence import Sentence
from studio.agent.wishes import Both, Build, Found, Phase, Wish, always, rule
from studio.render.plan import Fit, Motion, Transition
from studio.timeline import Timeline

VARIED = (Motion.ZOOM_IN, Motion.PAN_RIGHT, Motion.ZOOM_OUT, Motion.PAN_LEFT)
"""The motions that take turns where none is asked for."""

MOTION_NAMES = {
    Motion.STILL: Both("stands still", "静止不动"),
    Motion.ZOOM_IN: Both("zooms in slowly", "缓缓放大"),
    Motion.ZOOM_OUT: Both("zooms out slowly", "缓缓拉远"),
    Motion.PAN_LEFT: Both("pans to the left", "向左平移"),
    Motion.PAN_RIGHT: Both("pans to the right", "向右平移"),
    Motion.PAN_UP: Both("pans upwards", "向上平移"),
    Motion.PAN_DOWN: Both("pans downwards", "向下平移"),
    Motion.END_FRAME: Both("moves to the whole picture", "移动到完整画面"),
}
TRANSITION_NAMES = {
    Transition.CUT: Both("hard cuts", "硬切"),
    Transition.FADE: Both("fades through black", "黑场淡入淡出"),
    Transition.DISSOLVE: Both("cross-fades", "叠化转场"),
    Transition.SLIDE: Both("slides", "滑动转场"),
    Transition.WIPE: Both("wipes", "擦除转场"),
}


@dataclass(frozen=True, slots=True)
class Drift(Wish):
    """The camera shall move like this over all pictures, or those at `places`; None is some gentle motion."""

    phase: ClassVar[Phase] = Phase.LOOK
    tool: ClassVar[str] = "set_motion"
    motion: Motion | None
    places: tuple[int, ...] = ()

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """A picture on which the video ends keeps its own motion unless it is meant itself."""
        chosen = indices(self.places, timeline) if self.places else _all_but_end_frame(timeline)
        motions = cycle(VARIED if self.motion is None else (self.motion,))
        clips = list(timeline.clips)
        for at in sorted(chosen):
            clips[at] = replace(clips[at], motion=next(motions))
        return replace(timeline, clips=tuple(clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """What moves how."""
        what = place_name(self.places, Both("The camera", "画面"))
        how = MOTION_NAMES[self.motion] if self.motion else Both("moves gently", "轻柔地移动")
        return Both(f"{what.en} {how.en} now.", f"{what.zh}现在{how.zh}。")


@dataclass(frozen=True, slots=True)
class Join(Wish):
    """Pictures shall go over into each other like this; `after` restricts it to the transition after that place."""

    phase: ClassVar[Phase] = Phase.LOOK
    tool: ClassVar[str] = "set_transition"
    transition: Transition
    after: int = 0

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Where nothing overlapped before, the transition gets its usual length."""
        chosen = [index(self.after, timeline)] if self.after else list(range(len(timeline.clips)))
        clips = list(timeline.clips)
        for at in chosen:
            clips[at] = replace(clips[at], transition=self.transition, overlap=clips[at].overlap or 600)
        return replace(timeline, clips=tuple(clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which kind."""
        name = TRANSITION_NAMES[self.transition]
        return Both(f"The photos change with {name.en} now.", f"照片之间现在使用{name.zh}。")


@dataclass(frozen=True, slots=True)
class JoinFor(Wish):
    """Transitions shall take so many milliseconds, or `factor` times as long where `ms` is 0."""

    phase: ClassVar[Phase] = Phase.LOOK
    tool: ClassVar[str] = "set_transition"
    ms: int
    factor: float = 1.0

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Between a fifth of a second and three seconds."""
        lengths = [self.ms or round(clip.overlap * self.factor) for clip in timeline.clips]
        clips = tuple(
            replace(clip, overlap=min(3000, max(200, ms))) for clip, ms in zip(timeline.clips, lengths, strict=True)
        )
        return replace(timeline, clips=clips)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How long."""
        ms = after.clips[0].overlap
        return Both(f"Transitions take {spell(ms)} now.", f"转场现在持续{ms / 1000:g}秒。")


@dataclass(frozen=True, slots=True)
class Fill(Wish):
    """Pictures of another shape shall fill the frame like this."""

    phase: ClassVar[Phase] = Phase.LOOK
    fit: Fit

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """All of them."""
        return replace(timeline, clips=tuple(replace(clip, fit=self.fit) for clip in timeline.clips))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """How."""
        if self.fit is Fit.BLUR:
            return Both(
                "Every photo is seen whole, before a blurred backdrop.", "每张照片都会完整显示，背景为模糊画面。"
            )
        return Both("The photos fill the frame; their edges are cut.", "照片现在填满画面，边缘会被裁掉。")


def _all_but_end_frame(timeline: Timeline) -> list[int]:
    return [at for at, clip in enumerate(timeline.clips) if clip.motion is not Motion.END_FRAME]


# --- how it is said ---------------------------------------------------------------------------------------------------


def _drift(motion: Motion | None) -> Build:
    def build(match: re.Match[str], _: Sentence) -> Found:
        named = next((group for group in match.groups() if group), "")
        return Drift(motion, places(named) if named else ())

    return build


def _join(transition: Transition) -> Build:
    def build(match: re.Match[str], _: Sentence) -> Found:
        named = next((group for group in match.groups() if group), "")
        return Join(transition, place(named) if named else 0)

    return build


def _join_for(match: re.Match[str], _: Sentence) -> Found:
    return JoinFor(milliseconds(next(group for group in match.groups() if group)))


_SOFT = (
    r"(?:(?:with|add|use|have|do|make|some|a|an|the|slow|slowly|gentle|gently|soft|smooth|smoothly|subtle"
    r"|slight|slightly|gradual|gradually|nice|little|it|them|camera|effects?|to|ly)\s+){0,6}"
)
_AT = rf"(?:\s+(?:in\s+)?(?:on|of|for|into|over|across|to)\s+({PLACES}))?"
_BETWEEN = rf"(?:\s+between\s+({PLACE})\s+and\s+{PLACE})?"
_WITH = (
    r"(?:(?:with|add|use|using|have|make|change|switch|put|set|turn|the|some|a|an|to|into|all|nice|smooth"
    r"|soft|gentle|beautiful)\s+){0,6}"
)
_SOFT_ZH = r"(?:缓慢|缓缓|慢慢|轻轻|轻微|轻柔|平滑|稍微)?(?:地|的)?(?:镜头)?"
_KINDS = r"(?:transitions?|effects?)"
_ZH_BETWEEN = r"(?:的)?(?:转场|过渡|切换)?(?:效果|特效)?"

RULES = (
    rule(
        _join_for,
        (
            rf"(\d+(?:\.\d+)?[\s-]*(?:seconds?|secs?|s)|{DURATION})[\s-]+(?:long\s+)?(?:cross-?fades?"
            r"|transitions?|dissolves?|fades?)"
        ),
        rf"transitions?\s+(?:of|to|take|last|should\s+(?:be|take|last))\s+({DURATION})",
        rf"转场(?:时间|时长|效果)?(?:为|改为|改成|设为|持续|调到)?\s*({DURATION})",
    ),
    rule(
        always(JoinFor(0, 1.6)),
        r"(?:longer|slower)\s+(?:transitions|cross-?fades|fades)",
        r"transitions?\s+(?:longer|slower)",
        r"转场(?:再|更)?(?:慢|长)(?:一点|一些|些)?",
    ),
    rule(
        always(JoinFor(0, 1 / 1.6)),
        r"(?:shorter|faster|quicker)\s+(?:transitions|cross-?fades|fades)",
        r"transitions?\s+(?:shorter|faster|quicker)",
        r"转场(?:再|更)?(?:快|短)(?:一点|一些|些)?",
    ),
    rule(
        _join(Transition.CUT),
        (
            r"(?:no|without|remove|delete|drop|get\s+rid\s+of|don't\s+want)\s+(?:the\s+|any\s+|all\s+"
            rf")?(?:\w+\s+)?(?:transitions?|cross-?fades?|dissolves?|fades|fading){_BETWEEN}"
        ),
        rf"(?:{_WITH})(?:hard|straight|jump|direct|simple|plain)\s+cuts?{_BETWEEN}",
        rf"(?:just|only|with|use|using)\s+cuts\b{_BETWEEN}",
        r"(?:不要|去掉|无|没有|取消|删除)(?:转场|过渡)(?:效果)?",
        r"硬切",
        r"直接切换",
        r"直切",
    ),
    rule(
        _join(Transition.FADE),
        rf"{_WITH}(?:fad(?:e|es|ing)\s+(?:to|through|via|from)\s+black|dip(?:s)?\s+to\s+black){_BETWEEN}",
        rf"黑场{_ZH_BETWEEN}",
        rf"渐黑{_ZH_BETWEEN}",
        rf"淡入淡出{_ZH_BETWEEN}",
    ),
    rule(
        _join(Transition.DISSOLVE),
        (
            rf"{_WITH}(?:cross[\s-]?fad(?:e|es|ing)|cross[\s-]?dissolves?|dissolv(?:e|es|ing))(?:\s+"
            rf"{_KINDS})?{_BETWEEN}"
        ),
        rf"(?:叠化|溶解|交叉淡化|交叉溶解|渐变){_ZH_BETWEEN}",
    ),
    rule(
        _join(Transition.SLIDE),
        (
            rf"{_WITH}(?:slid(?:e|ing)\s+{_KINDS}|slides?\s+(?:between|from|in\b|over)|{_KINDS}\s+(?:to\s+"
            rf"|into\s+)?slid(?:e|es|ing)|slides\s+(?:instead|as\s+transitions)){_BETWEEN}"
        ),
        rf"(?:滑动|滑入|推移){_ZH_BETWEEN}",
    ),
    rule(
        _join(Transition.WIPE),
        rf"{_WITH}wip(?:e|es|ing)(?:\s+{_KINDS})?{_BETWEEN}",
        rf"(?:擦除|划像|划变|擦拭){_ZH_BETWEEN}",
    ),
    rule(
        _join(Transition.FADE),
        rf"{_WITH}(?:fad(?:e|es|ing))\b(?!\s*(?:in|out)\b)(?:\s+{_KINDS})?{_BETWEEN}",
    ),
    rule(
        always(Join(Transition.DISSOLVE)),
        (
            rf"{_WITH}(?:(?:smooth|soft|nice|gentle|elegant|beautiful)\s+)*transitions?(?:\s+between\s+(?:the"
            r"|them|all)\s*(?:photos|pictures|images)?)?"
        ),
        r"(?:加上?|带上?|有|添加)?(?:一些|点|平滑的?|流畅的?)*(?:转场|过渡)(?:效果|特效|动画)?",
    ),
    rule(
        _drift(Motion.ZOOM_IN),
        rf"{_SOFT}zoom(?:s|ing)?[\s-]*(?:in|into|closer)\b{_AT}",
        rf"{_SOFT}(?:push|move)\s+in\b{_AT}",
        rf"({PLACES})?(?:的)?{_SOFT_ZH}(?:放大|推近|拉近|推进|推镜头)(?:效果|画面)?",
    ),
    rule(
        _drift(Motion.ZOOM_OUT),
        rf"{_SOFT}zoom(?:s|ing)?[\s-]*(?:out|away|back)\b{_AT}",
        rf"{_SOFT}(?:pull|move)\s+(?:out|back)\b{_AT}",
        rf"({PLACES})?(?:的)?{_SOFT_ZH}(?:缩小|拉远|推远|拉镜头)(?:效果|画面)?",
    ),
    *(
        rule(
            _drift(motion),
            (
                rf"{_SOFT}(?:pan|move|slide|drift|sweep)(?:s|ning|ing)?\s+(?:(?:slowly|gently|smoothly)\s+"
                rf")?(?:from\s+(?:{opposite})\s+)?(?:to\s+(?:the\s+)?)?(?:{en})(?:ward|wards)?\b{_AT}"
            ),
            rf"({PLACES})?(?:的)?{_SOFT_ZH}{zh}(?:缓慢|慢慢|缓缓)?(?:地)?(?:平移|移动|摇|移|滑动|运动)",
        )
        for motion, en, opposite, zh in (
            (Motion.PAN_LEFT, "left", "right", "(?:向左|从右(?:到|往|向)左)"),
            (Motion.PAN_RIGHT, "right", "left", "(?:向右|从左(?:到|往|向)右)"),
            (Motion.PAN_UP, "up", "bottom|down", "(?:向上|从下(?:到|往|向)上)"),
            (Motion.PAN_DOWN, "down", "top|up", "(?:向下|从上(?:到|往|向)下)"),
        )
    ),
    rule(
        _drift(Motion.STILL),
        rf"(?:make|keep|hold|let|leave)\s+({PLACES})\s+(?:stand\s+|be\s+)?(?:still|static|motionless|fixed)",
        rf"({PLACES})(?:要|保持)?(?:静止|不动|不要动|固定)(?:不动)?",
    ),
    rule(
        always(Drift(Motion.STILL)),
        (
            r"(?:no|without|stop|remove|less)\s+(?:the\s+|any\s+)?(?:camera\s+)?(?:motion|movement|zoom(?:s"
            r"|ing)?|pan(?:s|ning)?|animation|moving)"
        ),
        (
            r"(?:keep|hold|make|leave)\s+(?:it|them|everything|the\s+(?:photos|pictures|images|camera))\s+"
            r"(?:perfectly\s+|completely\s+)?(?:still|static)"
        ),
        r"(?:static|still|motionless)\s+(?:photos|pictures|images|shots)",
        r"don't\s+(?:move|zoom)",
        r"(?:画面|镜头|照片|图片)?(?:保持)?(?:静止|不动|不要动|固定不动)",
        r"(?:不要|去掉|没有|取消)(?:动效|运动|动画|运镜|移动)",
    ),
    rule(
        _drift(None),
        (
            rf"{_SOFT}(?:gentle|soft|slow|smooth|subtle|slight|light|calm|varied|natural|camera|ken[\s-]*burns"
            r"|cinematic|moving|parallax)\s+(?:(?:gentle|slow|smooth|camera)\s+)*(?:motion|movements?|moves?"
            rf"|drift|animation|effects?|zooms?(?:\s+and\s+pans?)?|1080p\s+clip|clip){_AT}"
        ),
        rf"{_SOFT}ken[\s-]*burns",
        r"\bwith\s+(?:some\s+)?(?:motion|movement)",
        r"more\s+(?:motion|movement|lively\s+motion)",
        r"\b(?:add|give\s+(?:it|them))\s+(?:some\s+)?(?:motion|movement|life)",
        r"bring\s+(?:it|them|the\s+\w+|this\s+\w+)\s+to\s+life",
        r"move\s+gently",
        rf"{_SOFT_ZH}(?:动起来|动感效果|运镜|动效|动态效果|镜头运动|移动效果|运动效果)",
        r"(?:轻微|轻柔|缓慢|柔和|平滑|缓缓|自然)(?:地|的)?(?:运动|移动|动态|动画|动)(?:效果)?",
    ),
    rule(
        always(Fill(Fit.BLUR)),
        r"(?:don't|do\s+not|never|without)\s+crop(?:ping)?(?:\s+(?:it|them|anything|the\s+\w+|any\s+\w+))?",
        r"no\s+(?:awkward\s+)?cropping",
        r"(?:blur(?:red|ry)?)\s+(?:backdrop|background|borders?|edges|sides)",
        r"show\s+(?:the\s+)?(?:whole|entire|full)\s+(?:photos?|pictures?|images?)",
        r"不要裁剪?",
        r"完整显示",
        r"背景模糊",
        r"模糊背景",
        r"虚化背景",
    ),
    rule(
        always(Fill(Fit.CROP)),
        r"fill\s+the\s+(?:whole\s+)?(?:frame|screen|picture)",
        r"no\s+(?:black\s+|blurred\s+)?(?:bars|borders|backdrop)",
        r"crop\s+(?:it|them|the\s+(?:photos|pictures|images))(?:\s+to\s+fill)?",
        r"填满(?:画面|屏幕)?",
        r"铺满(?:画面|屏幕)?",
        r"满屏",
        r"不要(?:黑边|模糊背景)",
    ),
)
