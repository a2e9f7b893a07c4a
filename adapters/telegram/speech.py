"""What a text says and to whom: commands, mentions of the bot, and how much of it has room. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from telegram import MessageEntity

from core.messages import Command, fitting, units_of

COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself: its number and its name without ``@``."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text without the bot's name in it; `to_us` tells whether the name (or a command of ours) was there."""

    text: str
    command: Command | None = None
    to_us: bool = False


def said(text: str, entities: Sequence[MessageEntity], me: Me, commands: Collection[str]) -> Said:
    """Read a text or a caption. A command that the table does not have is a text, and one for another bot is not for
    us."""
    order = COMMAND.match(text)
    if order is None:
        return _spoken(text, entities, me)
    name, whom = order[1].lower(), order[2]
    if whom and whom.casefold() != me.username.casefold():
        return Said(text)
    rest = _spoken(text[order.end() :], (), me).text
    whole = f"/{name} {rest}".strip()
    if name not in commands:
        return Said(whole, to_us=bool(whom))
    return Said(whole, Command(name, rest), to_us=True)


def _spoken(text: str, entities: Sequence[MessageEntity], me: Me) -> Said:
    without = _named(me).sub("", _without_links(text, entities, me))
    if without == text:
        return Said(text.strip())
    seamless = re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", without).strip()
    return Said(seamless.lstrip(",:;–- \t"), to_us=True)


def _named(me: Me) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@/.])@{re.escape(me.username)}(?!\w)", re.IGNORECASE)


def _without_links(text: str, entities: Sequence[MessageEntity], me: Me) -> str:
    """Without mentions that go by number instead of name. Entities count UTF-16 units, as the wire does."""
    ours = [one for one in entities if one.type == MessageEntity.TEXT_MENTION and one.user and one.user.id == me.id]
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(ours, key=lambda one: one.offset, reverse=True):
        start, end = max(0, entity.offset), max(0, entity.offset + entity.length)
        units = units[: 2 * start] + units[2 * end :]
    return units.decode("utf-16-le", "ignore") if ours else text


def cut(text: str, most: int) -> str:
    """The text, cut to at most `most` units with a sign that it was."""
    if units_of(text) <= most:
        return text
    return fitting(text, most - 1).rstrip() + "…"
