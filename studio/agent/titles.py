"""Wishes about titles: their text, their time, their place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import DURATION, NUMBER, NUMBER_ZH, milliseconds, number
from studio.agent.sentence import QUOTE, TAKEN, Sentence
from studio.agent.wishes import Both, Found, Impossible, Phase, Wish, always, rule
from studio.render.plan import Place
from studio.timeline import Timeline, Title

USUAL = 3000
LONGEST = 120
_PANEL = Both("Open the Text panel to change its style.", "打开文字面板可以调整样式。")


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


OPENING = When(0, USUAL)


@dataclass(frozen=True, slots=True)
class Entitle(Wish):
    """A text shall be seen, at a time of its own if `when` is given."""

    phase: ClassVar[Phase] = Phase.TITLE
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "set_title"
    hint: ClassVar[Both] = _PANEL
    text: str
    when: When | None = None
    place: Place | None = None

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """It replaces a title that is seen at the same time; without a time of its own, the first one there is."""
        if not self.text:
            raise Impossible("What should the title say?", "标题要写什么呢？")
        old = timeline.titles[0] if timeline.titles else None
        if self.when is None and old is not None:
            place = self.place or old.place
            return replace(timeline, titles=(replace(old, text=self.text, place=place), *timeline.titles[1:]))
        start, end = (self.when or OPENING).within(timeline.ms)
        new = Title(self.text, start, end, self.place or Place.CENTER)
        others = [title for title in timeline.titles if title.end <= start or title.start >= end]
        return replace(timeline, titles=tuple(sorted([*others, new], key=lambda title: title.start)))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The text and its time."""
        title = next(title for title in after.titles if title.text == self.text)
        span = _span(title)
        return Both(f"The title “{self.text}” is seen from {span} seconds.", f"标题“{self.text}”显示在{span}秒。")


@dataclass(frozen=True, slots=True)
class Retime(Wish):
    """The title shall be seen at another time."""

    phase: ClassVar[Phase] = Phase.TITLE
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "set_title"
    hint: ClassVar[Both] = _PANEL
    when: When

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The first one."""
        title = _first(timeline)
        start, end = self.when.within(timeline.ms)
        return replace(timeline, titles=(replace(title, start=start, end=end), *timeline.titles[1:]))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The new time."""
        span = _span(after.titles[0])
        return Both(f"The title is seen from {span} seconds now.", f"标题现在显示在{span}秒。")


@dataclass(frozen=True, slots=True)
class Put(Wish):
    """The title shall stand elsewhere."""

    phase: ClassVar[Phase] = Phase.TITLE
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "set_title"
    hint: ClassVar[Both] = _PANEL
    place: Place

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """All titles."""
        _first(timeline)
        return replace(timeline, titles=tuple(replace(title, place=self.place) for title in timeline.titles))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Where it is."""
        names = {
            Place.CENTER: Both("in the middle", "中间"),
            Place.TOP: Both("at the top", "上方"),
            Place.BOTTOM: Both("at the bottom", "下方"),
        }
        name = names[self.place]
        return Both(f"The title stands {name.en} now.", f"标题已移到{name.zh}。")


@dataclass(frozen=True, slots=True)
class Untitle(Wish):
    """No text shall be seen."""

    phase: ClassVar[Phase] = Phase.TITLE
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "remove_title"

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """All titles go."""
        _first(timeline)
        return replace(timeline, titles=())

    def told(self, before: Timeline, after: Timeline) -> Both:
        """That it is gone."""
        return Both("The title is gone.", "标题已删除。")


def _first(timeline: Timeline) -> Title:
    if not timeline.titles:
        raise Impossible("There is no title.", "视频里没有标题。")
    return timeline.titles[0]


def _span(title: Title) -> str:
    return f"{title.start / 1000:g}–{title.end / 1000:g}"


# --- how it is said ---------------------------------------------------------------------------------------------------

_WORD = r"(?:titles?|captions?|headings?|headlines?|texts?|(?:the\s+)?words?|lettering|subtitles?|lower\s+thirds?)"
_WORD_ZH = r"(?:标题|题目|片名|字幕|文字|片头文字)"
_ADD = (
    r"(?:(?:please\s+)?(?:add|put|set|use|insert|show|write|display|include|give\s+(?:it|this|the\s+\w+)"
    r"|place|call|name|change|replace|rename|make|update|with|have)\s+)?"
)
_NOT_A_TEXT = (
    r"(?!(?:at|on|in|from|for|to|is|as|be|should|bigger|smaller|larger|longer|shorter|later|earlier|first|away|off"
    r"|colou?r|font|please|too|again|back|card|cards|screen|and|or|with|a|the|it|that|this|visible|until|till|over"
    r"|during|throughout|between|up|down|higher|lower|instead|position|style|size|than|disappear|stay|last|start"
    r"|(?-i:red|blue|green|white|black|yellow|gold|golden|pink|orange|purple|gr[ae]y|bold|italic|nicer|prettier|better"
    r"|visible|hidden|more|less|fade|blink|animated|animation|effect|effects|track|language))\b)"
)
_STOP = re.compile(
    r"\s*(?:$|[,;!?\n。、]|\.(?:\s|$)|\bfrom\s+(?:second\s+)?\d|\bfrom\s+the\b|\bbetween\s+\d|\bfor\s+(?:the\s+|\d|two|three|four|five|ten|a\s)"
    r"|\bat\s+the\b|\bat\s+\d|\b(?:in|over|during|to|on)\s+(?:the|it|top)\b|\bthen\b|\bbut\b|\bplease\b|\bduring\b|\bthroughout\b|\binstead\b"
    r"|\b(?:and|with|plus)\b|然后|并且|并|再|从\s*\d|在(?:开头|结尾|第|最)|放在|显示|,|和(?:音乐|配乐)|加(?:上)?(?:音乐|配乐)"
    rf"|{TAKEN})",
    re.IGNORECASE,
)
_JOINER = re.compile(r"\s*\b(?:and|with|in\s+the|on\s+the|to\s+the|at\s+the|over\s+the|over)\s+(?=[A-Z0-9])")

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


_FOREIGN = re.compile(r"(?:translat\w+|翻译|spell[\s-]?check)\s*(?:the|my|this|all|把)?\s*$", re.IGNORECASE)
_IN_LANGUAGE = re.compile(r"\s+in(?:to)?\s+[A-Z][a-z]+")


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


def _text_of(match: re.Match[str], sentence: Sentence) -> str:
    """The quotation or the words that follow the match; they are taken out of the sentence."""
    rest = sentence.text[match.end() :]
    if quote := re.match(rf"[\s:,]*({QUOTE})", rest):
        sentence.take(match.end(), match.end() + quote.end())
        return sentence.quoted(quote[1])
    stop = _end_of_text(rest)
    text = rest[:stop].strip(" :")
    if text:
        sentence.take(match.end(), match.end() + stop)
    return " ".join(text.split())[:LONGEST]


def _end_of_text(rest: str) -> int:
    """Where unquoted words end: at a comma, an "and" … unless names go on behind it ("Sun and Sea")."""
    at = 0
    while True:
        stop = _STOP.search(rest, at)
        if stop is None:
            return len(rest)
        joiner = _JOINER.match(rest, stop.start())
        if joiner is None or not rest[: stop.start()].strip()[:1].isupper():
            return stop.start()
        at = joiner.end() + 1


def _entitle(match: re.Match[str], sentence: Sentence) -> Found:
    if _FOREIGN.search(sentence.text[: match.start()]):
        return None
    text = _text_of(match, sentence)
    return Entitle(text, take_time(sentence), take_place(sentence)) if text else None


def _entitle_quoted(match: re.Match[str], sentence: Sentence) -> Found:
    sentence.take(*match.span())
    mark = next(group for group in match.groups() if group)
    return Entitle(sentence.quoted(mark)[:LONGEST], take_time(sentence), take_place(sentence))


def _mention(match: re.Match[str], sentence: Sentence) -> Found:
    """A title is spoken of without words for it: a new time, a new place, or the question what it should say."""
    if _FOREIGN.search(sentence.text[: match.start()]) or _IN_LANGUAGE.match(sentence.text[match.end() :]):
        return None
    rest = sentence.text
    when = take_time(sentence)
    if when is not None:
        return Retime(when)
    place = take_place(sentence)
    if place is not None:
        return Put(place)
    asks = re.match(
        r"(?:please\s+)?(?:add|insert|with|give|put|set|have|change|replace|include)\b|加|改|换|添加|配",
        match[0],
        re.IGNORECASE,
    )
    changes = re.search(
        r"colou?r|font|bigger|smaller|larger|size|bold|style|颜色|字体|大一点|小一点|样式", rest, re.IGNORECASE
    )
    return Entitle("") if asks and not changes else None


RULES = (
    rule(
        always(Untitle()),
        (
            r"(?:remove|delete|drop|take\s+(?:out|off|away)|get\s+rid\s+of|hide|lose|kill|erase|no|without"
            rf"|don't\s+(?:want|need|like))\s+(?:the\s+|any\s+|that\s+|all\s+|my\s+|a\s+){{0,4}}{_WORD}\b(?!\s*"
            r":)"
        ),
        rf"{_WORD}\s+(?:off|away)\b",
    ),
    rule(
        always(Untitle()),
        rf"(?:去掉|删除|删掉|移除|不要|取消|拿掉|隐藏|去除)(?:这个|那个|所有|全部)?的?{_WORD_ZH}",
        rf"{_WORD_ZH}(?:都|给我)?(?:去掉|删掉|删除|移除|拿掉|取消|不要了?|去除)",
    ),
    rule(
        _entitle_quoted,
        rf"(?:change|rename|replace)\s+{QUOTE}\s+(?:to|into|with|by)\s+({QUOTE})",
    ),
    rule(
        _entitle_quoted,
        rf"(?:add|put|write|show|insert|display|use|with)\s+({QUOTE})\s+as\s+(?:the\s+|a\s+)?{_WORD}",
        rf"({QUOTE})\s+as\s+(?:the\s+|a\s+)?{_WORD}",
    ),
    rule(
        _entitle_quoted,
        rf"(?:加上?|写上?|添加|以|用|显示)\s*({QUOTE})\s*(?:的|作为|做|为|当|这个)*{_WORD_ZH}",
    ),
    rule(
        _entitle,
        (
            rf"{_ADD}(?:the\s+|a\s+|an\s+|my\s+|its\s+|another\s+|big\s+|new\s+|opening\s+|closing\s+"
            rf"){{0,5}}{_WORD}(?:\s+(?:text|card))?(?:\s+(?:in\s+it|on\s+it|to\s+it))?\s*(?:(?:\b(?:of|to|as"
            r"|saying|that\s+says|which\s+says|reading|called|named|is|should\s+(?:be|say|read)|to\s+be|to\s+"
            r"say|says|:|=)\b|[:=])(?!\s*(?:the\s+)?(?:top|bottom|middle|cent(?:er|re)|end|start"
            rf"|beginning)\b)(?!\s*(?:{NUMBER})\s*(?:-|to|s\b)))\s*"
        ),
    ),
    rule(
        _entitle,
        (
            rf"{_ADD}(?:the\s+|a\s+|an\s+|my\s+|its\s+|another\s+|big\s+|new\s+|opening\s+|closing\s+"
            rf"){{0,5}}{_WORD}\s+(?={QUOTE}|{_NOT_A_TEXT}[^\W\d_]|(?:19|20)\d\d\b)"
        ),
    ),
    rule(
        _entitle,
        r"\b(?:titled|entitled|headlined|captioned)\s+",
    ),
    rule(
        _entitle,
        rf"\b(?:called|named|saying|that\s+says|call\s+it|name\s+it|which\s+says)\s+(?={QUOTE}|[A-Z])",
    ),
    rule(
        _entitle_quoted,
        rf"(?:write|put|add|show|display|print)\s+({QUOTE})(?:\s+(?:on|over|across)\s+(?:it|the\s+\w+|top))?",
    ),
    rule(
        _entitle,
        (
            rf"(?:加上?|添加|写上?|写|配上?|改|把)?(?:一个|个)?(?:的)?{_WORD_ZH}(?:内容)?\s*(?:改成|改为|换成|换为|设为|设成|设置为|是|为|叫做?|写上?"
            rf"|写成|变成|:|=)?\s*(?={QUOTE})"
        ),
    ),
    rule(
        _entitle,
        (
            rf"(?:加上?|添加|写上?|写|配上?|改|把)?(?:一个|个)?(?:的)?{_WORD_ZH}(?:内容)?\s*(?:改成|改为|换成|换为|设为|设成|设置为|是|为|叫做?|写成"
            rf"|写上?|变成|:|=)\s*(?!{QUOTE})(?=\w)"
        ),
    ),
    rule(
        _entitle,
        rf"(?:加上?|添加|写上?|配上?)(?:一个|个)?{_WORD_ZH}\s*(?!{QUOTE}|要|放|在|显示|和|与|吧|并|以|音乐|配乐)(?=\w)",
    ),
    rule(
        _entitle,
        rf"(?:叫做?|名为|题为|取名|命名为)\s*(?={QUOTE})",
    ),
    rule(
        _entitle_quoted,
        rf"(?:写上?|显示|加上)\s*({QUOTE})",
    ),
    rule(
        _mention,
        (
            rf"{_ADD}(?:the\s+|a\s+|an\s+|my\s+|its\s+|another\s+|new\s+){{0,5}}\b{_WORD}\b(?:\s+(?:should|to"
            r"|be|is|shown?|visible|stays?|appears?|only|card|position)){0,5}"
        ),
        rf"(?:加上?|添加|配上?|改|把|换)?(?:一个|个)?{_WORD_ZH}(?:要|应该|只)?(?:放|显示|移)?",
    ),
)
"""With words first, the bare mention of a title last."""
