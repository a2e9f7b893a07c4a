"""Writing with the bundled fonts: which font has which letter, how wide a line is, how it is drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "fonts"
_LATIN = "NotoSans-Bold.subset.ttf"
_CJK = "NotoSansCJKsc-Bold.subset.otf"
_EMOJI = "NotoEmoji-Bold.subset.ttf"

_SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0590, 0x05FF, "NotoSansHebrew-Bold.subset.ttf"),
    (0x0600, 0x06FF, "NotoSansArabic-Bold.subset.ttf"),
    (0x0900, 0x097F, "NotoSansDevanagari-Bold.subset.ttf"),
    (0x0E00, 0x0E7F, "NotoSansThai-Bold.subset.ttf"),
    (0x1100, 0x11FF, _CJK),
    (0x2190, 0x22FF, _CJK),
    (0x2300, 0x23FF, _EMOJI),
    (0x2460, 0x25FF, _CJK),
    (0x2600, 0x27BF, _EMOJI),
    (0x2B00, 0x2BFF, _EMOJI),
    (0x2E80, 0xA4CF, _CJK),
    (0xAC00, 0xD7FF, _CJK),
    (0xF900, 0xFAFF, _CJK),
    (0xFE30, 0xFE4F, _CJK),
    (0xFF00, 0xFFEF, _CJK),
    (0x1F000, 0x1FAFF, _EMOJI),
    (0x20000, 0x3FFFF, _CJK),
)
_OTHERS = (_LATIN, _CJK, _EMOJI)
_JOINERS = {0x200C, 0x200D, 0xFE0E, 0xFE0F, 0x20E3}
_SKINS = range(0x1F3FB, 0x1F400)
_RIGHT_TO_LEFT = {"R", "AL"}
_LEFT_TO_RIGHT = {"L"}
_PROBE_SIZE = 24
_MISSING = "\uffff"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one font."""

    text: str
    font: ImageFont.FreeTypeFont

    @property
    def width(self) -> float:
        """In pixels."""
        return float(self.font.getlength(self.text))


class Letters:
    """What the bundled fonts can write. Remembers what it has looked up."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[str, int], ImageFont.FreeTypeFont] = {}
        self._known: dict[tuple[str, str], bool] = {}
        self._widths: dict[tuple[str, int], float] = {}

    def writable(self, text: str) -> str:
        """The text without what no bundled font has: better a letter less than an empty box."""
        plain = "".join(letter for letter in text if ord(letter) not in _SKINS)  # the emoji are of one colour
        return "".join(letter for letter, font in self._assign(plain) if font)

    def runs(self, line: str, size: int) -> list[Run]:
        """A line in letters of `size` pixels, cut into runs in the order of drawing, from left to right."""
        pieces = groupby(self._assign(line), key=itemgetter(1))
        runs = [Run("".join(letter for letter, _ in pairs), self._font(name, size)) for name, pairs in pieces if name]
        return runs[::-1] if _reads_leftwards(line) else runs

    def width(self, line: str, size: int) -> float:
        """How many pixels a line takes."""
        if (line, size) not in self._widths:
            self._widths[line, size] = sum(run.width for run in self.runs(line, size))
        return self._widths[line, size]

    def write(self, pen: ImageDraw.ImageDraw, line: str, size: int, x: float, baseline: float) -> None:
        """Draw a line at full strength on an `L` image."""
        for run in self.runs(line, size):
            pen.text((x, baseline), run.text, fill=255, font=run.font, anchor="ls")
            x += run.width

    def _assign(self, text: str) -> Iterator[tuple[str, str]]:
        """Every letter with the file of its font, empty if there is none. Spaces, digits and marks keep to the font of
        the word before them, so that a phrase stays in one run."""
        current = ""
        for letter in text:
            if not (current and self._stays(current, letter)):
                current = next((name for name in _candidates(letter) if self._has(name, letter)), "")
            yield letter, current

    def _stays(self, name: str, letter: str) -> bool:
        return ord(letter) in _JOINERS or (name != _EMOJI and _is_neutral(letter) and self._has(name, letter))

    def _has(self, name: str, letter: str) -> bool:
        if (name, letter) not in self._known:
            font = self._font(name, _PROBE_SIZE)
            self._known[name, letter] = letter.isspace() or _drawn(font, letter) != _drawn(font, _MISSING)
        return self._known[name, letter]

    def _font(self, name: str, size: int) -> ImageFont.FreeTypeFont:
        if (name, size) not in self._fonts:
            self._fonts[name, size] = ImageFont.truetype(FONTS / name, size)
        return self._fonts[name, size]


def _candidates(letter: str) -> Iterator[str]:
    code = ord(letter)
    yield from (name for first, last, name in _SCRIPTS if first <= code <= last)
    yield from _OTHERS


def _is_neutral(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "ZPNM" and unicodedata.bidirectional(letter) not in _RIGHT_TO_LEFT


def _reads_leftwards(line: str) -> bool:
    kinds = (unicodedata.bidirectional(letter) for letter in line)
    return next((kind in _RIGHT_TO_LEFT for kind in kinds if kind in _RIGHT_TO_LEFT | _LEFT_TO_RIGHT), False)


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    image = Image.new("L", (2 * _PROBE_SIZE, 2 * _PROBE_SIZE))
    ImageDraw.Draw(image).text((_PROBE_SIZE // 2, _PROBE_SIZE * 3 // 2), letter, fill=255, font=font, anchor="ls")
    return image.tobytes()
