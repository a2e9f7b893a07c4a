"""Numbers, durations and places in the order, in English and Chinese: their patterns and what they mean."""

from __future__ import annotations

import re

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_UNITS += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: dict[str, int] = {word: value for value, word in enumerate(_UNITS)}
_WORDS |= {word: value * 10 for value, word in enumerate(_TENS, 2)}
_WORDS |= {"a": 1, "an": 1}
_DIGITS: dict[str, int] = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

_SMALL = "|".join(sorted(_WORDS, key=len, reverse=True))
NUMBER = rf"(?:\d+(?:\.\d+)?|(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_UNITS[1:10])})|\b(?:{_SMALL})\b)"
NUMBER_ZH = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+)"
_SECONDS = r"(?:seconds?|secs?|s)(?![a-z])"
_MINUTES = r"(?:minutes?|mins?)(?![a-z])"

DURATION = (
    rf"(?:half(?:\s+of)?\s+a\s+minute|(?:a\s+)?quarter\s+of\s+a\s+minute|(?:one|a)\s+minute\s+and\s+a\s+half"
    rf"|one\s+and\s+a\s+half\s+{_MINUTES}"
    rf"|{NUMBER}[\s-]*{_MINUTES}(?:\s*(?:and\s+)?{NUMBER}[\s-]*{_SECONDS})?"
    rf"|{NUMBER}[\s-]*{_SECONDS}"
    rf"|半\s*分钟|{NUMBER_ZH}\s*分(?:钟)?半(?:钟)?|{NUMBER_ZH}\s*分(?:钟)?(?:\s*{NUMBER_ZH}\s*秒(?:钟)?)?(?!之)"
    rf"|{NUMBER_ZH}\s*秒(?:钟)?)"
)
"""A length of time; `seconds` reads it."""


def number(text: str) -> float:
    """The number that was written. Raises `ValueError`."""
    text = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    words = re.split(r"[\s-]+", text)
    if all(word in _WORDS for word in words):
        return float(sum(_WORDS[word] for word in words))
    return float(_chinese(text))


def _chinese(text: str) -> int:
    total = current = 0
    for char in text:
        if char == "百":
            total, current = total + (current or 1) * 100, 0
        elif char == "十":
            total, current = total + (current or 1) * 10, 0
        elif char in _DIGITS:
            current = _DIGITS[char]
        else:
            raise ValueError(f"not a number: {text!r}")
    return total + current


_CLOCK = re.compile(
    rf"(?:({NUMBER}|{NUMBER_ZH})[\s-]*(?:{_MINUTES}|分(?:钟)?))?\s*(?:and\s+)?"
    rf"(?:({NUMBER}|{NUMBER_ZH})[\s-]*(?:{_SECONDS}|秒(?:钟)?))?"
)


def seconds(text: str) -> float:
    """The seconds in a `DURATION`. Raises `ValueError`."""
    text = " ".join(text.lower().split())
    if re.match(r"half|半\s*分", text):
        return 30.0
    if "quarter" in text:
        return 15.0
    if re.match(r"(?:one|a) minute and a half|one and a half", text):
        return 90.0
    if match := re.fullmatch(rf"({NUMBER_ZH})\s*分(?:钟)?半(?:钟)?", text):
        return number(match[1]) * 60 + 30
    match = _CLOCK.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        raise ValueError(f"not a duration: {text!r}")
    return (number(match[1]) * 60 if match[1] else 0.0) + (number(match[2]) if match[2] else 0.0)


def milliseconds(text: str) -> int:
    """The milliseconds in a `DURATION`."""
    return round(seconds(text) * 1000)


def spell(ms: int) -> str:
    """A length in milliseconds in English: "1 second", "2.5 seconds"."""
    return "1 second" if ms == 1000 else f"{ms / 1000:g} seconds"


# --- places in the order ----------------------------------------------------------------------------------------------

_ORDINALS = {word: place for place, word in enumerate(["first", "second", "third", "fourth", "fifth", "sixth"], 1)}
_ORDINALS |= {"seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_ORDINALS |= {"opening": 1, "last": -1, "final": -1, "closing": -1, "penultimate": -2, "second to last": -2}
_ORDINALS |= {"next to last": -2, "second last": -2}
_ORDINAL = "|".join(key.replace(" ", r"[\s-]") for key in sorted(_ORDINALS, key=len, reverse=True))
THING = r"(?:photo(?:graph)?s?|pictures?|pics?|images?|shots?|clips?|slides?|frames?|files?|ones?)"
_NUMBERED = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)(?![\d.:]|[a-z])"
PLACE = (
    rf"(?:{THING}\s*(?:number|no\.?|\#)?\s*{_NUMBERED}(?!\s*(?:%|{_SECONDS}|{_MINUTES}))"
    rf"|(?:number|no\.|\#)\s*{_NUMBERED}"
    rf"|(?:the\s+|my\s+)?(?<!\d\s)(?<!\d-)\b(?:{_ORDINAL}|\d{{1,2}}(?:st|nd|rd|th))\b(?:\s+{THING}\b)?"
    rf"|倒数第\s*{NUMBER_ZH}\s*[张幅个段](?:照片|图片|相片|图|视频|镜头)?"
    rf"|第\s*{NUMBER_ZH}\s*(?:[张幅个段条](?:照片|图片|相片|图|视频|镜头|画面)?|照片|图片|图)"
    rf"|(?:最后|末尾)的?一?[张幅个段](?:照片|图片|相片|图|视频|镜头)?|首张(?:照片|图片|图)?|(?:照片|图片|图)\s*\d{{1,2}}(?!\s*秒))"
)
"""A place in the order of clips; `place` reads it."""

_GROUP = (
    rf"(?:(?:the\s+)?\b(?:first|last)\s+{_NUMBERED}\s+{THING}"
    rf"|(?:前|后|最后)\s*{NUMBER_ZH}\s*[张幅个段](?:照片|图片|相片|图|视频)?)"
)
PLACES = rf"(?:{_GROUP}|{PLACE})(?:\s*(?:,\s*and\b|,|\band\b|&|和|、|与|跟)\s*(?:{PLACE}|{_NUMBERED}))*"
"""One place or several; `places` reads them."""


def place(text: str) -> int:
    """The place that was named: 1 is the first, -1 the last. Raises `ValueError`."""
    text = re.sub(r"[\s-]+", " ", text.strip().lower())
    if match := re.search(rf"倒数第\s*({NUMBER_ZH})", text):
        return -int(number(match[1]))
    if match := re.search(rf"第\s*({NUMBER_ZH})|(\d+)", text):
        return int(number(match[1] or match[2]))
    if re.search("最后|末尾", text):
        return -1
    if "首张" in text:
        return 1
    named = [word for word in sorted(_ORDINALS, key=len, reverse=True) if re.search(rf"\b{word}\b", text)]
    if named:
        return _ORDINALS[named[0]]
    return int(number(text.split()[-1]))


def places(text: str) -> tuple[int, ...]:
    """The places that were named, in the order in which they were named."""
    found: list[int] = []
    for match in re.finditer(rf"({_GROUP})|{PLACE}|{_NUMBERED}", text, re.IGNORECASE):
        found += _group(match[0]) if match[1] else [place(match[0])]
    return tuple(dict.fromkeys(found))


def _group(text: str) -> list[int]:
    """ "The first two photos", "后三张"."""
    count = re.search(rf"{_NUMBERED}|{NUMBER_ZH}", re.sub(r"first|last|最后", "", text, flags=re.IGNORECASE))
    many = min(100, int(number(count[0]))) if count else 1
    return list(range(-many, 0)) if re.search("last|后", text, re.IGNORECASE) else list(range(1, many + 1))


# --- degrees ----------------------------------------------------------------------------------------------------------

DEGREE = (
    r"(?:(?:just\s+)?(?:a\s+(?:little\s+)?bit|a\s+little|a\s+touch|slightly|somewhat|much|a\s+lot|way|far|even|still"
    r"|twice)\s+)?"
)
"""How much more of something, in English."""


def factor(phrase: str, usual: float) -> float:
    """How much more is meant: `usual`, or less or more of it."""
    low = phrase.lower()
    if re.search(r"twice|double|两倍|一倍|加倍", low):
        return 2.0 if usual > 1 else 0.5
    if re.search(r"\bhalf\b|一半|减半", low):
        return 0.5 if usual < 1 else 2.0
    if re.search(r"\bbit\b|little|touch|slightly|somewhat|稍|一点点|略", low):
        return float(usual**0.5)
    if re.search(r"much|\blot\b|\bway\b|\bfar\b|很多|多一?些|大幅|许多", low):
        return float(usual**1.8)
    return usual
