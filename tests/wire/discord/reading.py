"""What stands on the screen for a message's content: marks are gone where they would be taken for markup."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.wire.discord.world import World

_BLOCK = re.compile(r"```(?:[a-z0-9_+\-.#]+\n)?\n*([\s\S]*?)\n*```", re.IGNORECASE)
_LINE = re.compile(r"^(?P<lead>[ \t]*)(?:(?P<drop>#{1,3}|-#|>(?:>>)?)[ \t]+|(?P<bullet>[-*+])[ \t]+)(?=\S)")
_INLINE = re.compile(
    r"""
      (?P<escaped>\\(?P<letter>[^0-9A-Za-z\s]))
    | (?P<address><https?://[^\s<>]+>)
    | (?P<url>https?://[^\s<]+[^<.,:;"'\]\s])
    | (?P<masked>\[(?P<title>[^\[\]]+)\]\(<?(?:https?|mailto|discord)://?[^\s)]+>?\))
    | (?P<ticks>`+)(?P<code>[\s\S]*?[^`])(?P=ticks)(?!`)
    | <@!?(?P<user>\d+)>
    | <\#(?P<channel>\d+)>
    | <@&(?P<role>\d+)>
    | <a?:(?P<emoji>\w+):\d+>
    | <t:(?P<time>-?\d+)(?::[tTdDfFR])?>
    | </(?P<command>[^:\n]+):\d+>
    | \*\*(?P<strong>(?:\\.|[^\\])+?)\*\*(?!\*)
    | __(?P<under>(?:\\.|[^\\])+?)__(?!_)
    | \*(?=\S)(?P<star>(?:\*\*|\\.|[^\s*\\]|\s+(?:\\.|[^\s*\\]|\*\*))+?)\*(?!\*)
    | (?<!\w)_(?P<line>(?:__|\\.|[^\\_])+?)_(?!\w)
    | ~~(?=\S)(?P<struck>(?:\\.|[^\\])*?\S)~~(?!~)
    | \|\|(?P<spoiler>[\s\S]+?)\|\|
    """,
    re.VERBOSE,
)


def shown(content: str, world: World) -> str:
    """The text that a person reads."""
    pieces, at = [], 0
    for block in _BLOCK.finditer(content):
        if not _is_escaped(content, block.start()):
            pieces += [_lines(content[at : block.start()], world), block[1]]
            at = block.end()
    return "".join([*pieces, _lines(content[at:], world)])


def _is_escaped(content: str, at: int) -> bool:
    slashes = len(content[:at]) - len(content[:at].rstrip("\\"))
    return slashes % 2 == 1


def _lines(text: str, world: World) -> str:
    return _inline("\n".join(map(_line, text.split("\n"))), world)


def _line(line: str) -> str:
    def lead(found: re.Match[str]) -> str:
        return found["lead"] + ("• " if found["bullet"] else "")

    return _LINE.sub(lead, line)


def _inline(text: str, world: World) -> str:
    return _INLINE.sub(lambda found: _replacement(found, world), text)


def _replacement(found: re.Match[str], world: World) -> str:
    for name, plain in _PLAIN.items():
        if found[name] is not None:
            return plain(found[name])
    for name, named in _NAMES.items():
        if found[name] is not None:
            return named(found[name], world)
    return next((_inline(found[name], world) for name in _NESTED if found[name] is not None), found[0])


def _user(number: str, world: World) -> str:
    user = world.users.get(int(number))
    return f"@{user.name}" if user is not None else f"<@{number}>"


def _channel(number: str, world: World) -> str:
    channel = world.channels.get(int(number))
    return f"#{channel.name}" if channel is not None else "#unknown"


_PLAIN: dict[str, Callable[[str], str]] = {
    "letter": str,
    "address": lambda url: url[1:-1],
    "url": str,
    "code": str,
    "role": "@role{:.0}".format,
    "emoji": ":{}:".format,
    "time": "[time {}]".format,
    "command": "/{}".format,
}
_NAMES: dict[str, Callable[[str, World], str]] = {"user": _user, "channel": _channel}
_NESTED = ("title", "strong", "under", "star", "line", "struck", "spoiler")
