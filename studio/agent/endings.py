"""The wish for a video that moves towards a picture and ends exactly on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import PLACE, THING, place
from studio.agent.selection import index
from studio.agent.sentence import Sentence
from studio.agent.wishes import Both, Found, Impossible, Phase, Wish, always, rule
from studio.render.plan import Motion
from studio.timeline import Clip, Timeline, kind_of


@dataclass(frozen=True, slots=True)
class EndOn(Wish):
    """The video shall end exactly on a picture: the one at `place`, 0 for the one that came in last."""

    phase: ClassVar[Phase] = Phase.LOOK
    place: int

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """It comes last, and the camera comes to rest on all of it."""
        ending = timeline.clips[index(self.place, timeline)] if self.place else self._latest(timeline, project)
        rest = [clip for clip in timeline.clips if clip.media != ending.media]
        moved = [replace(clip, motion=Motion.ZOOM_OUT) if clip.motion is Motion.END_FRAME else clip for clip in rest]
        return replace(timeline, clips=(*moved, replace(ending, motion=Motion.END_FRAME)))

    def _latest(self, timeline: Timeline, project: Project) -> Clip:
        pictures = [item for item in project.pictures if item.kind == "image"]
        if not pictures:
            raise Impossible("There is no picture to end on.", "没有可以作为结尾的照片。")
        latest = pictures[-1]
        there = next((clip for clip in timeline.clips if clip.media == latest.hash), None)
        return there or Clip(latest.hash, latest.name, kind_of(latest), 3000)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which."""
        name = after.clips[-1].name
        return Both(f"The video ends exactly on {name}.", f"视频最后会定格在{name}。")


# --- how it is said ---------------------------------------------------------------------------------------------------


def _end_on(match: re.Match[str], _: Sentence) -> Found:
    return EndOn(place(match[1]) if match[1] else 0)


_THIS = r"(?:this|that|the|my|the\s+last|the\s+latest|the\s+new)"

RULES = (
    rule(
        always(EndOn(0)),
        (
            r"zoom\s+out\s+until\s+(?:the\s+)?(?:whole|entire|full)\s+(?:photo|picture|image)\s+(?:shows|is\s+"
            r"(?:visible|shown|seen|there)|appears|can\s+be\s+seen)"
        ),
    ),
    rule(
        _end_on,
        (
            r"(?:and\s+)?(?:that\s+)?\b(?:end|finish|stop|land|close|rest)(?:s|es|ing)?\s+(?:exactly\s+"
            rf"|right\s+)?(?:on|at)\s+(?:({PLACE})|{_THIS}\s+{THING}\b|it\b|this\b)"
        ),
    ),
    rule(
        _end_on,
        (
            rf"(?:use|make|take|have)\s+(?:({PLACE})|{_THIS}\s+{THING}\b|it|this)\s+(?:as|be)?\s*(?:the\s+"
            r")?(?:end|last|final|closing)[\s-]?frame"
        ),
    ),
    rule(
        _end_on,
        rf"({PLACE})?\s*(?:as\s+)?(?:the\s+)?\bend[\s-]frame\b",
    ),
    rule(
        _end_on,
        rf"(?:以|用|把)?(?:({PLACE})|这张(?:照片|图片|图)?)?(?:作为|做|当作?|为)(?:视频的?)?(?:结尾|尾帧|末帧|最后一帧|结束画面|结束帧)",
    ),
    rule(
        lambda match, _: EndOn(place(match[1] or match[2]) if match[1] or match[2] else 0),
        rf"(?:结尾|最后|结束时?)(?:要)?(?:停|定格|落|结束)(?:留)?在(?:({PLACE})|这张(?:照片|图片|图)?)(?:上)?",
        rf"[以用拿](?:({PLACE})|这张(?:照片|图片|图)?)(?:来)?(?:结尾|结束|收尾)",
    ),
)
