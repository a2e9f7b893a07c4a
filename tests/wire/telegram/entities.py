"""Text and what stands out in it, counted in UTF-16 code units as everywhere in this interface."""

from __future__ import annotations

import re
from typing import Any

from tests.wire.telegram.errors import bad_request
from tests.wire.telegram.markup import html, markdown

MARKED = re.compile(
    r"(?<!\S)(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?!\S)"
    r"|(?<!\w)(?P<mention>@[A-Za-z]\w{3,31})"
    r"|(?P<url>https?://\S+)"
    r"|(?<!\w)(?P<hashtag>#\w+)"
)


def units(text: str) -> int:
    """The length of the text."""
    return len(text.encode("utf-16-le")) // 2


def found(text: str) -> list[dict[str, Any]]:
    """What a client marks in a text that a person has written."""
    return [
        {"type": match.lastgroup, "offset": units(text[: match.start()]), "length": units(match[0])}
        for match in MARKED.finditer(text)
    ]


def plain(values: dict[str, Any], name: str, entities: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of this name without markup, and its entities. Raises `Refusal` where the markup is broken."""
    text, mode = str(values.get(name, "")), values.get("parse_mode")
    match mode and str(mode).lower():
        case None | "":
            given = values.get(entities, [])
            _check(text, given)
            return text, [*given]
        case "html":
            return html(text)
        case "markdownv2":
            return markdown(text)
        case _:
            raise bad_request("unsupported parse_mode")


def _check(text: str, entities: list[dict[str, Any]]) -> None:
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] < 1 or entity["offset"] + entity["length"] > units(text):
            raise bad_request("can't parse entities: an entity lies outside of the text")
