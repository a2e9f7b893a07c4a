"""A person's eyes: what Discord's clients make of a content's markup. Anything that is still markup is an error."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^```\n(.*)\n```$", re.DOTALL)
_LINK = re.compile(r"https?://[^\s<]+[^<.,:;\"')\]\s]")
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_MARKUP = re.compile(
    r"[*`]|_|~~|\|\||\[[^\]]*\]\(|<[@#:/]|<a:|<t:|<https?:|@everyone|@here|^\s*#{1,3}\s|^\s*-#\s|^\s*>\s|^\s*[-+]\s|^\s*\d+\.\s",
    re.MULTILINE,
)
_HOLE = "\ue000"


def seen(content: str) -> str:
    """What people see. Raises `AssertionError` where something would be rendered as markup."""
    if block := _BLOCK.match(content):
        assert "```" not in block[1]
        return block[1].replace("`\u200b`\u200b`", "```")
    pieces, end = [], 0
    for link in _LINK.finditer(content):
        pieces += [_unescaped(content[end : link.start()], first=end == 0), link[0]]
        end = link.end()
    return "".join([*pieces, _unescaped(content[end:], first=end == 0)])


def _unescaped(text: str, *, first: bool) -> str:
    bare = _ESCAPED.sub(_HOLE, text)
    assert not _MARKUP.search(bare if first else "x" + bare), text
    return _ESCAPED.sub(r"\1", text)
