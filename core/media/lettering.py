"""Writing with the bundled fonts: which font has which letter, how wide a line is, how it is drawn and shortened."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

FONTS: Final = Path(__file__).parent / "fonts"
_LATIN: Final = "NotoSans-Bold.subset.ttf"
_CJK: Final = "NotoSansCJKsc-Bold.subset.otf"
_EMOJI: Final = "NotoEmoji-Bold.subset.ttf"
_FILES: Final = (
    _LATIN,
    _CJK,
    _EMOJI,
    "NotoSansArabic-Bold.subset.ttf",
    "NotoSansHebrew-Bold.subset.ttf",
    "NotoSansDevanagari-Bold.subset.ttf",
    "NotoSansThai-Bold.subset.ttf",
)

LONGEST: Final = 300
"""Letters of a text that are looked at: more never fit a line."""

_NO_LETTER: Final = "\uffff"
_PROBE: Final = 24
_INVISIBLE: Final = frozenset("\u200c\u200d\ufe0e\ufe0f\u20e3")
_SKINS: Final = range(0x1F3FB, 0x1F400)  # the emoji are of one colour
_LEFTWARDS: Final = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one font; `width` in pixels."""

    text: str
    font: ImageFont.FreeTypeFont
    width: float


def runs(text: str, size: int) -> list[Run]:
    """The text in letters of `size` pixels, cut into runs from left to right. What no font has is left out: better a
    letter less than an empty box."""
    pieces = groupby(_assigned(text[:LONGEST]), key=itemgetter(1))
    found = [_run("".join(letter for letter, _ in pairs), name, size) for name, pairs in pieces if name]
    return found[::-1] if _reads_leftwards(text) else found


def width_of(text: str, size: int) -> float:
    """How many pixels the text takes."""
    return sum(run.width for run in runs(text, size))


def shorten(text: str, size: int, room: float) -> str:
    """The text, or its beginning and end with an ellipsis between: names of files differ at the end as often as not.
    Empty where nothing fits."""
    if len(text) <= LONGEST and width_of(text, size) <= room:
        return text
    low, high = 0, min(len(text), LONGEST) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(_without_middle(text, middle), size) <= room else (low, middle - 1)
    return _without_middle(text, low) if low else ""


def _without_middle(text: str, letters: int) -> str:
    """So many letters of the text; no mark is left without the letter that it belongs to."""
    tail = letters // 2
    end = text[len(text) - tail :]
    while end and (end[0] in _INVISIBLE or unicodedata.combining(end[0])):
        end = end[1:]
    return f"{text[: letters - tail].rstrip()}…{end.lstrip()}"


def write(pen: ImageDraw.ImageDraw, text: str, size: int, place: tuple[float, float], colour: str) -> None:
    """Draw a line; `place` is the left end of its baseline."""
    x, y = place
    for run in runs(text, size):
        pen.text((x, y), run.text, fill=colour, font=run.font, anchor="ls")
        x += run.width


def _assigned(text: str) -> Iterator[tuple[str, str]]:
    """Every letter with the file of its font, empty if none has it. Spaces and marks keep to the font of the word
    before them, so that a phrase stays in one run."""
    current = ""
    for letter in text:
        if ord(letter) in _SKINS or not (letter.isprintable() or letter in _INVISIBLE):
            continue
        if not (current and _stays(current, letter)):
            current = _font_for(letter)
        yield letter, current


def _stays(name: str, letter: str) -> bool:
    if letter in _INVISIBLE:
        return True
    neutral = unicodedata.category(letter)[0] in "ZPNM" and unicodedata.bidirectional(letter) not in _LEFTWARDS
    return neutral and name != _EMOJI and _has(name, letter)


@lru_cache(maxsize=20_000)
def _font_for(letter: str) -> str:
    return next((name for name in _FILES if _has(name, letter)), "")


@lru_cache(maxsize=20_000)
def _has(name: str, letter: str) -> bool:
    return letter.isspace() or _drawn(name, letter) != _drawn(name, _NO_LETTER)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / name, size)


@lru_cache(maxsize=5_000)
def _run(text: str, name: str, size: int) -> Run:
    font = _font(name, size)
    return Run(text, font, float(font.getlength(text)))


def _drawn(name: str, letter: str) -> bytes:
    mask = Image.new("L", (2 * _PROBE, 2 * _PROBE))
    place = (_PROBE // 2, _PROBE * 3 // 2)
    ImageDraw.Draw(mask).text(place, letter, fill=255, font=_font(name, _PROBE), anchor="ls")
    return mask.tobytes()


def _reads_leftwards(text: str) -> bool:
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind in _LEFTWARDS for kind in kinds if kind == "L" or kind in _LEFTWARDS), False)
