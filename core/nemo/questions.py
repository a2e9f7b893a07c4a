"""What a question of the editor lets a person choose from: its options, where they stand there plainly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

MOST: Final = 8  # more of them are no buttons but a list to read
LONGEST: Final = 60  # characters of an option

_ASKS: Final = re.compile(r"\b(?:which|what|how|where|who|when)\b|[哪几]|什么|怎么|多少|谁", re.I)
_WHICH: Final = re.compile(r"\bwhich\b|哪", re.I)
_CHOOSE: Final = re.compile(r"\b(?:choose|pick|select)\b|选", re.I)
_ITEM: Final = re.compile(
    r"(?:(?P<bullet>[-*•–])|(?P<number>[(（]?(?:\d{1,2}|[A-Ja-j])[.)、）．]|[①-⑩]))\s*(?P<said>\S.*)"
)
_INLINE: Final = re.compile(r"(?<!\w)[(（]?(?:([1-9])|([A-Ha-h]))[)）]\s*")
_QUOTED: Final = re.compile(r"“[^“”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』|‘[^‘’]*’")
_MARKUP: Final = re.compile(r"\*+|`+|^_+|_+$")

_LEAD: Final = re.compile(
    r"(?:so|and|then|or|ok|okay|great|now)?,?\s*"
    r"(?:(?:would|do|did)\s+you\s+(?:rather\s+)?(?:like|prefer|want|mean)|should\s+(?:i|it\s+be)|shall\s+(?:i|it\s+be))"
    r"(?:\s+(?:me\s+to|it\s+to\s+be|to\s+(?:have|use|see)|to))?(?:\s+it)?\s+",
    re.I,
)
_LEAD_ZH: Final = re.compile(
    r"(?:那么?|请问)?(?:您|你)?(?:是|更|比较)?(?:想要|想|希望|喜欢|偏好|需要|要)"
    r"(?:\w{0,8}?(?:放在|放到|改成|做成|换成|设为|先放|使用|用))?"
)
_BARE: Final = re.compile(r"[\w:'’-]+(?: [\w:'’-]+)?(?:,? or [\w:'’-]+(?: [\w:'’-]+)?)", re.I)
_BARE_ZH: Final = re.compile(r"[^\W是有在里]{1,8}还是\w{1,8}")
_NO_OPTION: Final = re.compile(
    r"(?:(?:is|are|was|do|does|did|can|could|will|should|have|has|am|i|you|it|want|need|sooner|later|not|else|maybe|perhaps)\b"
    r"|.*\b(?:something|anything|someone|else|otherwise|not|more or less)\b)|.*(?:吗|其他|别的|不要?$|需要|满意|有点)",
    re.I,
)


def options(text: str) -> tuple[str, ...]:
    """The options of the question that `text` ends with, in its own words; none where there is any doubt about them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ()
    found = _listed(lines) or _numbered(lines[-1]) or _either(lines[-1])
    return _usable([_bare(one) for one in found])


def _usable(found: Sequence[str]) -> tuple[str, ...]:
    distinct = {one.casefold() for one in found}
    good = 2 <= len(found) <= MOST and len(distinct) == len(found) and all(0 < len(one) <= LONGEST for one in found)
    return tuple(found) if good else ()


def _bare(option: str) -> str:
    """Without markup, end marks and the quotation marks around it."""
    said = _MARKUP.sub("", option.strip()).strip(" \t,;，；、.。?？!！")
    return said[1:-1].strip() if _QUOTED.fullmatch(said) else said


# --- a list -----------------------------------------------------------------------------------------------------------


def _listed(lines: Sequence[str]) -> list[str]:
    """The items of a list that ends the text under a question, or stands right before one that asks which."""
    runs = [(kind, list(run)) for kind, run in groupby(lines, _kind)]
    at = max((at for at, (kind, run) in enumerate(runs) if kind and len(run) > 1), default=-1)
    if at < 0:
        return []
    items = [match["said"] for line in runs[at][1] if (match := _ITEM.fullmatch(line))]
    following = [line for _, run in runs[at + 1 :] for line in run]
    if following:
        return items if len(following) == 1 and _ends_asking(following[0]) and _WHICH.search(following[0]) else []
    heading = runs[at - 1][1][-1] if at else ""
    return items if _offers(heading) else []


def _kind(line: str) -> str:
    match = _ITEM.fullmatch(line)
    return "" if match is None else "bullet" if match["bullet"] else "number"


def _offers(heading: str) -> bool:
    """ "Which one do you prefer?", "Please choose:"; not "Shall I do this?", whose list is all to be done."""
    last = _last_sentence(heading)
    if _ends_asking(heading):
        return bool(_ASKS.search(last) or _CHOOSE.search(last))
    return heading.rstrip("*_ ").endswith((":", "：")) and bool(_CHOOSE.search(last))


def _ends_asking(line: str) -> bool:
    return line.rstrip('*_ )）”"').endswith(("?", "？"))


# --- within a line ----------------------------------------------------------------------------------------------------


def _numbered(line: str) -> list[str]:
    """ "Which photo first: 1) the beach or 2) the market?\""""
    marks = list(_INLINE.finditer(_masked(line)))
    signs = [(match[1] or match[2]).lower() for match in marks]
    expected = "123456789" if signs and signs[0] == "1" else "abcdefgh"
    lead = line[: marks[0].start()] if marks else ""
    if len(signs) < 2 or "".join(signs) != expected[: len(signs)] or not _ASKS.search(lead):
        return []
    stops = [*(match.start() for match in marks[1:]), len(line)]
    parts = [line[match.end() : stop] for match, stop in zip(marks, stops, strict=True)]
    return [re.sub(r"[\s,;，；、]*(?:\bor|\band|还是|或者?)?\s*$", "", part.strip()) for part in parts]


def _either(line: str) -> list[str]:
    """ "Vertical or horizontal?", "Shall I shorten the photos or drop one?", "竖屏还是横屏？\""""
    if not line.endswith(("?", "？")):
        return []
    sentence = _last_sentence(line).rstrip("?？ ")
    found = _either_zh(sentence) if "还是" in _masked(sentence) else _either_en(sentence)
    return [] if any(_NO_OPTION.match(one) for one in found) else found


def _either_en(sentence: str) -> list[str]:
    masked = _masked(sentence)
    if len(re.findall(r"\bor\b", masked, re.I)) != 1:
        return []
    quoted = re.search(r"(“[^“”]*”|\"[^\"]*\"),?\s+or\s+(“[^“”]*”|\"[^\"]*\")$", sentence)
    if quoted:
        return [quoted[1], quoted[2]]
    start = _start_en(masked)
    return [] if start < 0 else _alike(list(_split(sentence, masked, start, r",?\s+or\s+|,\s+")))


def _start_en(masked: str) -> int:
    """Where the options begin; -1 where that cannot be told."""
    if lead := _LEAD.match(masked):
        return lead.end()
    if (head := re.match(r"[^:,]+[:,]\s+", masked)) and _ASKS.match(masked):
        return head.end()
    return 0 if _BARE.fullmatch(masked) else -1


def _alike(found: list[str]) -> list[str]:
    """ "The title at the top or at the bottom": what both options have is the place alone."""
    *_, last = found
    word = last.split()[0]
    at = (
        [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", found[0])]
        if len(found) == 2
        else []
    )
    return [found[0][at[-1] :], last] if at else found


def _either_zh(sentence: str) -> list[str]:
    masked = _masked(sentence)
    if masked.count("还是") != 1 or masked.startswith("还是"):
        return []
    quoted = re.search("(“[^“”]*”|「[^」]*」)还是(“[^“”]*”|「[^」]*」)$", sentence)
    if quoted:
        return [quoted[1], quoted[2]]
    start = _start_zh(masked)
    return [] if start < 0 else list(_split(sentence, masked, start, "，?还是|、"))


def _start_zh(masked: str) -> int:
    if (head := re.match("[^：:，,]+[：:，,]\\s*", masked)) and _ASKS.search(head[0]):
        return head.end()
    if lead := _LEAD_ZH.match(masked):
        named = masked.rfind("是", lead.end(), masked.index("还是"))
        return named + 1 if named > 0 else lead.end()
    return 0 if _BARE_ZH.fullmatch(masked) else -1


# --- sentences --------------------------------------------------------------------------------------------------------


def _split(sentence: str, masked: str, start: int, mark: str) -> Iterator[str]:
    """The parts of a sentence between marks that stand outside of quotations."""
    for match in list(re.finditer(mark, masked, re.I)):
        if match.start() >= start:
            yield sentence[start : match.start()]
            start = match.end()
    yield sentence[start:]


def _last_sentence(line: str) -> str:
    """The last sentence of a line, with its end mark."""
    masked = _masked(line)
    ends = [match.end() for match in re.finditer(r"[.!?]\s+|[。！？]\s*", masked) if match.end() < len(masked.rstrip())]
    return line[ends[-1] :] if ends else line


def _masked(text: str) -> str:
    """The text with quotations blanked, letter by letter."""
    return _QUOTED.sub(lambda match: "Q" * len(match[0]), text)
