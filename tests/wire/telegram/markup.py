"""Text with markup: what the server makes of HTML and MarkdownV2, and what it refuses."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.wire.telegram.errors import bad_request

Parsed = tuple[str, list[dict[str, Any]]]

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[A-Za-z-]*)(?P<rest>[^>]*)>|(?P<text>[^<]+)|(?P<stray><)")
RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code"}
TOKEN = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])|(?P<mark>__|\|\||[*_~`])|(?P<link>\[[^\]]*\]\([^)]*\))|(?P<char>.)", re.S
)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def html(text: str) -> Parsed:
    """Without its tags. Raises `Refusal` for unknown, unclosed or crossed ones."""
    out, entities = "", []
    opened: list[tuple[str, int]] = []
    for piece in PIECE.finditer(text):
        if piece["stray"] is not None or (piece["text"] is None and piece["tag"].lower() not in TAGS):
            raise bad_request(
                f'can\'t parse entities: Unsupported start tag "{piece["tag"] or ""}" at byte offset {piece.start()}'
            )
        if piece["text"] is not None:
            out += unescape(piece["text"])
        elif not piece["end"]:
            opened.append((piece["tag"].lower(), _units(out)))
        elif not opened or opened[-1][0] != piece["tag"].lower():
            raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {piece.start()}")
        else:
            tag, start = opened.pop()
            entities.append({"type": TAGS[tag], "offset": start, "length": _units(out) - start})
    if opened:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return out, entities


def markdown(text: str) -> Parsed:
    """Without its marks. Raises `Refusal` for reserved characters that are not escaped, and for open marks."""
    out, entities = "", []
    opened: list[tuple[str, int]] = []
    for token in TOKEN.finditer(text):
        if token["escaped"] is not None:
            out += token["escaped"]
        elif token["mark"] is not None:
            if opened and opened[-1][0] == token["mark"]:
                _, start = opened.pop()
                entities.append({"type": MARKS[token["mark"]], "offset": start, "length": _units(out) - start})
            else:
                opened.append((token["mark"], _units(out)))
        elif token["link"] is not None:
            label = token["link"][1:].split("](")[0]
            entities.append({"type": "text_link", "offset": _units(out), "length": _units(label)})
            out += label
        elif token["char"] in RESERVED:
            raise bad_request(f"can't parse entities: Character '{token['char']}' is reserved and must be escaped")
        else:
            out += token["char"]
    if opened:
        raise bad_request("can't parse entities: Can't find end of the entity")
    return out, entities
