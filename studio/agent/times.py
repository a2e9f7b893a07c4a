"""When and where a title is to be seen: what a sentence says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.agent.quantities import DURATION, NUMBER, NUMBER_ZH, milliseconds, number
from studio.agent.sentence import Sentence
from studio.agent.wishes import Impossible
from studio.render.plan import Place

USUAL = 3000
"""So many milliseconds a title is seen where nothing else is said."""


@dataclass(frozen=True, slots=True)
class When:
    """A stretch of time in milliseconds; negative ones count from the end, and None is the end itself."""

    start: int
    end: int | None

    def within(self, total: int) -> tuple[int, int]:
        """Start and end in a video of that length. Raises `Impossible` where nothing is left of it."""
        start = self.start if self.start >= 0 else max(0, total + self.start)
        end = total if self.end is None else min(self.end, total)
        if start >= end:
            raise Impossible(f"The video is only {total / 1000:g} seconds long.", f"视频只有{total / 1000:g}秒。")
        return start, end


_TIME = rf"(?:{DURATION}|(?:second\s+|第\s*)?(?:{NUMBER}|{NUMBER_ZH})\s*(?:s\b|秒)?|0?\d:\d\d)"
_SPAN = re.compile(
    rf"(?:\b(?:shown?|visible|seen|displayed|appear(?:s|ing)?)\s+)?(?:\bfrom\s+|\bbetween\s+|从\s*|在\s*|显示(?:在)?\s*)?({_TIME})\s*(?:秒)?\s*(?:\bto\b|\buntil\b|\btill\b|\band\b|\bthrough\b|-|–|—|~|到|至)\s*({_TIME}|the\s+end|结束|最后|结尾)",
    re.IGNORECASE,
)
_FIRST_SECONDS = re.compile(
    rf"(?:for|in|during|over|on)\s+the\s+(?:first|opening|initial)\s+({DURATION}|{NUMBER})|(?:在|显示)?\s*(?:前|开头|最开始的?|头)\s*({DURATION})"
    rf"|(?:disappear|vanish|go(?:es)?\s+away|end|fade\s+out)s?\s+after\s+({DURATION})",
    re.IGNORECASE,
)
_FROM_SECOND = re.compile(
    rf"(?:appear|start|begin|show|shown)s?\s+(?:at|after|from)\s+(?:second\s+)?({DURATION}|{NUMBER}\b)"
    rf"|(?:从|在)?第\s*({NUMBER_ZH})\s*秒(?:开始|出现|显示)",
    re.IGNORECASE,
)
_LAST_SECONDS = re.compile(
    rf"(?:for|in|during|over|on)\s+the\s+(?:last|final|closing)\s+({DURATION}|{NUMBER})|(?:在|显示)?\s*(?:最后|结尾|末尾)的?\s*({DURATION})",
    re.IGNORECASE,
)
_AT_END = re.compile(
    r"(?:\bat|\bin|\bto|\bnear|\btowards)\s+the\s+(?:very\s+)?end(?:ing)?\b|(?:在|到|放在)?(?:结尾|片尾|末尾|最后)(?:处|的时候)?",
    re.IGNORECASE,
)
_AT_START = re.compile(
    r"(?:\bat|\bin|\bto|\bnear)\s+the\s+(?:very\s+)?(?:start|beginning|opening|front)\b|(?:在|到|放在)?(?:开头|片头|开始|最前面)(?:处|的时候)?",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"(?:(?:during|throughout|over|for|through)\s+)?the\s+(?:whole|entire)\s+(?:video|time|clip|film|thing)|\bthroughout\b|all\s+the\s+time|the\s+whole\s+time|全程|整个视频|一直(?:显示)?|始终",
    re.IGNORECASE,
)
_FOR_SECONDS = re.compile(
    rf"(?:(?:shown?|visible|seen|displayed)\s+)?for\s+({DURATION})|(?:显示|持续|停留)\s*({DURATION})", re.IGNORECASE
)
_PLACES = (
    (
        Place.TOP,
        re.compile(
            r"(?:(?:at|on|to|in|near)\s+)?the\s+top\b(?:\s+of\s+the\s+\w+)?|(?:在|到|放在|移到)?(?:最?上方|上面|顶部|最上面)",
            re.IGNORECASE,
        ),
    ),
    (
        Place.BOTTOM,
        re.compile(
            r"(?:(?:at|on|to|in|near)\s+)?the\s+bottom\b(?:\s+of\s+the\s+\w+)?|(?:在|到|放在|移到)?(?:最?下方|下面|底部|最下面)",
            re.IGNORECASE,
        ),
    ),
    (
        Place.CENTER,
        re.compile(
            r"(?:(?:at|on|to|in|near)\s+)?the\s+(?:middle|cent(?:er|re))\b(?:\s+of\s+the\s+\w+)?|(?:在|到|放在|移到)?(?:正?中间|中央|居中|正中)",
            re.IGNORECASE,
        ),
    ),
)


def _ms(text: str) -> int:
    """A point in time: "3", "3 s", "0:03", "second 3", "第3秒"."""
    text = re.sub(r"second\s+|第", "", text.strip().lower())
    if match := re.fullmatch(r"(\d+):(\d\d)", text):
        return (int(match[1]) * 60 + int(match[2])) * 1000
    try:
        return milliseconds(text)
    except ValueError:
        return round(number(re.sub(r"\s*(?:s|秒)$", "", text)) * 1000)


def take_time(sentence: Sentence, start: int, end: int) -> When | None:
    """The time that is spoken of near a title, which stands from `start` to `end`; it is taken out of the sentence."""
    near = _Near(sentence, start, end)
    if match := near.take(_SPAN):
        open_end = re.fullmatch(r"the\s+end|结束|最后|结尾", match[2].strip(), re.IGNORECASE)
        return When(_ms(match[1]), None if open_end else _ms(match[2]))
    if match := near.take(_FIRST_SECONDS):
        return When(0, _ms(next(group for group in match.groups() if group)))
    if match := near.take(_LAST_SECONDS):
        return When(-_ms(match[1] or match[2]), None)
    if match := near.take(_FROM_SECOND):
        begin = _ms(next(group for group in match.groups() if group))
        return When(begin, begin + USUAL)
    if near.take(_ALWAYS):
        return When(0, None)
    return _take_edge(near)


def _take_edge(near: _Near) -> When | None:
    """At the start or the end, or for so long."""
    at_end, at_start = near.take(_AT_END), near.take(_AT_START)
    length = near.take(_FOR_SECONDS)
    if not (at_end or at_start or length):
        return None
    ms = milliseconds(length[1] or length[2]) if length else USUAL
    return When(-ms, None) if at_end else When(0, ms)


def take_place(sentence: Sentence, start: int, end: int) -> Place | None:
    """The place that is spoken of near a title; it is taken out of the sentence."""
    near = _Near(sentence, start, end)
    return next((place for place, pattern in _PLACES if near.take(pattern)), None)


_BREAK = re.compile(r"[,;!?。、]|\.(?=\s|$)|\b(?:and(?!\s*\d)|then|but)\b|然后|并且|并|再(?!见)|和(?!\s*\d)")
_GOES_ON = re.compile(
    r"\s*(?:(?:show|display|keep|have|let|put|make)\s+)?(?:it|them)?\s*"
    r"(?:from|for|at|in|on|during|until|between|throughout|only|shown?|显示|在|从|到|放|只)",
    re.IGNORECASE,
)


class _Near:
    """The clause in which something stands, with those beside it that go on about it."""

    def __init__(self, sentence: Sentence, start: int, end: int) -> None:
        self._sentence = sentence
        breaks = list(_BREAK.finditer(sentence.text))
        self._start = max((at.end() for at in breaks if at.end() <= start), default=0)
        after = [at for at in breaks if at.start() >= end]
        while after and _GOES_ON.match(sentence.text, after[0].end()):
            after.pop(0)
        self._end = after[0].start() if after else len(sentence.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place where the pattern fits; it is taken out of the sentence."""
        match = pattern.search(self._sentence.text, self._start, self._end)
        if match:
            self._sentence.take(*match.span())
        return match
