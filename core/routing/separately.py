"""Sentences that ask for a video of each picture by itself: "one video per photo, with calm music"."""

from __future__ import annotations

import re
from typing import Final

from core.routing.tokens import simplified

_FILM: Final = r"(?:videos?|clips?|movies?|films?|reels?|animations?)"
_PICTURE: Final = r"(?:photos?|pictures?|pics?|images?|shots?|selfies?)(?!\s*(?:albums?|books?))"
_SINGLE: Final = r"(?:a|an|one|1|its\s+own|their\s+own|his\s+own)"
_APART: Final = r"(?:separate|individual|single|different|own)"
_ASIDE: Final = r"(?:short|vertical|square|landscape|\d+[\s-]?(?:seconds?|secs?|s))\b"  # said in passing, and meant
_NEAR: Final = rf"(?:\s+(?:little|small|new|nice|{_ASIDE}))*"
_OF: Final = rf"of\s+(?:them|these|those|the|my)\b(?:\s+{_PICTURE})?"
_FILM_ZH: Final = r"(?:小|短)?(?:视频|短片|影片|动画|影像)"
_PICTURE_ZH: Final = r"(?:照片|图片|相片|图|照)"
_DO_ZH: Final = r"(?:做成?|生成|制作成?|变成|转成|剪成|弄成?|出)"

_ASKING: Final = re.compile(
    "|".join(
        (
            rf"\b{_SINGLE}{_NEAR}(?:\s+{_APART})?{_NEAR}\s+{_FILM}\s+(?:per|for\s+(?:each|every)(?:\s+single)?)\s+"
            rf"(?:{_PICTURE}|one\b(?:\s+{_OF})?|{_OF})",
            rf"\b(?:(?:one|1)(?:\s+{_APART})?|(?:an?\s+)?{_APART}){_NEAR}\s+{_FILM}\s+(?:(?:out\s+)?of|from|for|with)\s+"
            rf"(?:each|every)(?:\s+(?:single\s+)?{_PICTURE}|\s+one\b(?:\s+{_OF})?|\s+{_OF}|\b)",
            rf"\b{_APART}{_NEAR}\s+videos\s+(?:(?:out\s+)?of|from|for)\s+(?:all\s+)?(?:of\s+)?(?:these|those|the|my)\s+"
            rf"{_PICTURE}",
            rf"\b(?:turn|make|convert|animate)\s+(?:each|every)(?:\s+single)?\s+(?:one\b(?:\s+{_OF})?|{_OF}"
            rf"|{_PICTURE})(?:\s+(?:in)?to)\s+{_SINGLE}(?:\s+{_APART})?{_NEAR}\s+{_FILM}\b",
            r"\bun\s+v[ií]deo\s+(?:por|para)\s+(?:cada\s+)?(?:foto|imagen)\b",
            r"\bum\s+v[ií]deo\s+(?:por|para)\s+(?:cada\s+)?(?:foto|imagem)\b",
            r"\bune?\s+vid[ée]o\s+(?:par|pour\s+chaque)\s+(?:photo|image)\b",
            r"\bein\s+video\s+(?:pro|f[üu]r\s+jedes)\s+(?:foto|bild)\b",
            r"\b(?:по\s+(?:одному\s+)?)?видео\s+(?:на|для|из)\s+кажд\w+\s+(?:фото\w*|картин\w*|снимк\w*)",
            simplified(r"(?:写真|画像)(?:1枚|一枚)?ごとに(?:1本|一本|1つ|一つ)?(?:ずつ)?の?(?:動画|ビデオ)"),
            rf"(?:[给把将为用])?(?:这些)?每\s*一?\s*张\s*{_PICTURE_ZH}?(?:都|各|各自|分别|单独|要|给我|帮我|来)*{_DO_ZH}?"
            rf"(?:一|1)\s*[个条段部]\s*(?:单独的?|独立的?)?{_FILM_ZH}(?!的)",
            rf"(?:[把将])每\s*一?\s*张\s*{_PICTURE_ZH}?(?:都|各|各自|分别|单独)*(?:做成|生成|变成|转成|剪成|弄成|制作成){_FILM_ZH}(?!的)",
            rf"(?<![\w])一\s*张\s*{_PICTURE_ZH}\s*(?:做|出)?一\s*[个条段]\s*{_FILM_ZH}(?!的)",
        )
    ),
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(
    r"\b(?:not|no|don'?t|do\s+not|never|without|instead\s+of|rather\s+than)\b(?:\s+\w+){0,3}\s*$|(?:不要|不是|别|无需)\s*$",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(
    r"^(?:[\s,.:;!，。：；！]|\b(?:please|pls|plz|hi|hello|hey|can|could|would|will|you|i|we|want|need|like|d|would|'d|to|make"
    r"|create|generate|build|produce|do|give|get|me|us|turn|these|those|the|my|our|photos?|pictures?|images?|pics?|of|from"
    r"|out|into|all|just|for|with)\b|请|麻烦|帮我|我想要?|我要|给我|用|把|将|这些|照片|图片|做|制作|生成|的)*$",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"^(?:[\s,.:;!?，。：；！？、]|\b(?:please|pls|plz|thanks|thank\s+you|and|of\s+(?:these|those|them|mine)|that\s+i\s+sent"
    r"|in\s+the\s+album|i\s+sent(?:\s+you)?)\b|吧|谢谢|请)*",
    re.IGNORECASE,
)


def wish_for_each(text: str) -> str | None:
    """What is wished for each of the videos, if one of each picture is asked for (it may be empty); None if not."""
    plain = simplified(text)
    match = _ASKING.search(plain)
    if match is None or _AGAINST.search(plain[: match.start()]):
        return None
    before = "" if _BEFORE.match(plain[: match.start()]) else text[: match.start()].strip(" \n,;:，；：")
    after = text[len(text) - len(_AFTER.sub("", plain[match.end() :])) :]
    aside = ", ".join(re.findall(_ASIDE, match[0], re.IGNORECASE))
    return "\n".join(part for part in (before, aside, after.strip()) if part)
