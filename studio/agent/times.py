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
    rf"(?:for|in|during|over|on)\s+the\s+(?:first|opening|initial)\s+({DURATION}|{NUMBER})|(?:在|显示)?\s*(?:前|开头|最开始的?|头)\s*({DURATION})",
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


def take_time(sentence: Sentence) -> When | None:
    """The time that a sentence about a title speaks of; it is taken out of the sentence."""
    if match := _taken(_SPAN, sentence):
        open_end = re.fullmatch(r"the\s+end|结束|最后|结尾", match[2].strip(), re.IGNORECASE)
        return When(_ms(match[1]), None if open_end else _ms(match[2]))
    if match := _taken(_FIRST_SECONDS, sentence):
        return When(0, _ms(match[1] or match[2]))
    if match := _taken(_LAST_SECONDS, sentence):
        return When(-_ms(match[1] or match[2]), None)
    if _taken(_ALWAYS, sentence):
        return When(0, None)
    return _take_edge(sentence)


def _take_edge(sentence: Sentence) -> When | None:
    at_end, at_start = _taken(_AT_END, sentence), _taken(_AT_START, sentence)
    if not (at_end or at_start):
        return None
    length = _taken(_FOR_SECONDS, sentence)
    ms = milliseconds(length[1] or length[2]) if length else USUAL
    return When(-ms, None) if at_end else When(0, ms)


def take_place(sentence: Sentence) -> Place | None:
    """The place that a sentence about a title speaks of; it is taken out of the sentence."""
    return next((place for place, pattern in _PLACES if _taken(pattern, sentence)), None)


def _taken(pattern: re.Pattern[str], sentence: Sentence) -> re.Match[str] | None:
    match = pattern.search(sentence.text)
    if match:
        sentence.take(*match.span())
    return match
