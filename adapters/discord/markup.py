"""Text as Discord will show it letter for letter: whatever would be taken for markup or a mention is escaped."""

from __future__ import annotations

import re
from typing import Final

TEXT_CHARS: Final = 2000
"""The longest content, after escaping."""
ROOM_CHARS: Final = 1900
"""The longest text that is promised to fit: as escaped text, or else as a block of code."""

_LINK: Final = re.compile(r"https?://[^\s<]+[^\s<.,:;\"')\]]")  # as Discord finds them; within, nothing is markup
_ANYWHERE: Final = re.compile(r"[\\*_`\[@]|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\||<(?=[^\s<])")
_LINE_START: Final = re.compile(r"^([ \t]*)(#{1,3}(?=\s)|-#(?=\s)|>|[-+](?=\s)|(?P<number>\d+)\.(?=\s))", re.MULTILINE)
_ZERO_WIDTH: Final = "\u200b"


def escape(text: str) -> str:
    """`text` so that what people see is `text`. Links stay links; nobody is mentioned. At most `TEXT_CHARS` long for
    what is at most `ROOM_CHARS` long: a text with more marks than that allows is shown as a block of code."""
    escaped = _escaped(text)
    return escaped if len(escaped) <= TEXT_CHARS else _block(text)


def _escaped(text: str) -> str:
    pieces, end = [], 0
    for link in _LINK.finditer(text):
        pieces += [_marks(text[end : link.start()], first=end == 0), link[0]]
        end = link.end()
    return "".join([*pieces, _marks(text[end:], first=end == 0)])


def _marks(text: str, *, first: bool) -> str:
    """The piece between two links; only the first one begins a line where it begins."""
    escaped = _ANYWHERE.sub(r"\\\g<0>", text)
    return _LINE_START.sub(lambda found: _at_line_start(found, first=first), escaped)


def _at_line_start(found: re.Match[str], *, first: bool) -> str:
    if found.start() == 0 and not first:
        return found[0]
    if found["number"]:
        return f"{found[1]}{found['number']}\\."
    return f"{found[1]}\\{found[2]}"


def _block(text: str) -> str:
    """A block of code cannot hold its own end: there a mark without width comes between."""
    return f"```\n{text.replace('```', f'`{_ZERO_WIDTH}`{_ZERO_WIDTH}`')}\n```"[:TEXT_CHARS]
