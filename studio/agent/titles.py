"""Wishes about titles: their text, their time, their place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import NUMBER
from studio.agent.sentence import QUOTE, TAKEN, Sentence
from studio.agent.times import USUAL, When, take_place, take_time
from studio.agent.wishes import Both, Found, Impossible, Phase, Wish, always, rule
from studio.render.plan import Place
from studio.timeline import Timeline, Title

LONGEST = 120
_PANEL = Both("Open the Text panel to change its style.", "打开文字面板可以调整样式。")


OPENING = When(0, USUAL)
OPEN = Both("set the title to “{}”", "把标题改成“{}”")
"""The request that the question for its words leaves open."""


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

_FOREIGN = re.compile(r"(?:translat\w+|翻译|spell[\s-]?check)\s*(?:the|my|this|all|把)?\s*$", re.IGNORECASE)
_IN_LANGUAGE = re.compile(r"\s+in(?:to)?\s+[A-Z][a-z]+")


def _text_of(match: re.Match[str], sentence: Sentence) -> tuple[str, int]:
    """The quotation or the words that follow the match, and where they end; they are taken out of the sentence."""
    rest = sentence.text[match.end() :]
    if quote := re.match(rf"[\s:,]*({QUOTE})", rest):
        sentence.take(match.end(), match.end() + quote.end())
        return sentence.quoted(quote[1])[:LONGEST], match.end() + quote.end()
    stop = _end_of_text(rest)
    text = rest[:stop].strip(" :")
    if text:
        sentence.take(match.end(), match.end() + stop)
    return " ".join(text.split())[:LONGEST], match.end() + stop


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
    text, end = _text_of(match, sentence)
    if not text:
        return None
    return Entitle(text, take_time(sentence, match.start(), end), take_place(sentence, match.start(), end))


def _entitle_quoted(match: re.Match[str], sentence: Sentence) -> Found:
    sentence.take(*match.span())
    mark = next(group for group in match.groups() if group)
    when, place = take_time(sentence, *match.span()), take_place(sentence, *match.span())
    return Entitle(sentence.quoted(mark)[:LONGEST], when, place)


def _mention(match: re.Match[str], sentence: Sentence) -> Found:
    """A title is spoken of without words for it: a new time, a new place, or the question what it should say."""
    if _FOREIGN.search(sentence.text[: match.start()]) or _IN_LANGUAGE.match(sentence.text[match.end() :]):
        return None
    rest = sentence.text
    when = take_time(sentence, *match.span())
    if when is not None:
        return Retime(when)
    place = take_place(sentence, *match.span())
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
            rf"|写上?|变成|:|=)\s*[:=]?\s*(?!{QUOTE})(?=\w)"
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
