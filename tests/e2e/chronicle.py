"""A chat as a person sees it, written down: who said what, in order, with files, buttons and notices."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.wire.telegram.chats import Chat, Message
from tests.wire.telegram.world import Query, World

VARIABLE = (
    (re.compile(r"clm_[\w-]+"), "clm_…"),
    (re.compile(r"\d+(?= available)|\d+(?= reserved)"), "…"),  # all chats of one test have one account
)
"""What differs each time, and what is written instead."""

MARGIN = 10


def written(world: World, chat: Chat) -> str:
    """The chat as text."""
    acts: list[tuple[float, str, str]] = [
        (message.at, _speaker(message), _shown(message, world)) for message in chat.shown
    ]
    acts += [(query.at, query.by, _press(query)) for query in world.queries.values() if query.chat == chat.id]
    text = "\n".join(_lines(sorted(acts))) + "\n"
    for pattern, instead in VARIABLE:
        text = pattern.sub(instead, text)
    return text


def _lines(acts: list[tuple[float, str, str]]) -> Iterator[str]:
    for _, speaker, text in acts:
        first, *more = text.splitlines()
        yield f"{speaker:<{MARGIN}}{first}".rstrip()
        yield from (f"{'':<{MARGIN}}{line}".rstrip() for line in more)


def _speaker(message: Message) -> str:
    if message.mine:
        return "Photoreel"
    return str(message.sender.get("from", {}).get("first_name", "(chat)"))


def _shown(message: Message, world: World) -> str:
    parts = [_quote(message), _file(message), message.text.replace(f"@{world.username}", "@photoreel")]
    buttons = "\n".join("".join(f"[{button['text']}]" for button in row) for row in message.buttons)
    return "\n".join(part for part in (" ".join(filter(None, parts)), buttons) if part)


def _quote(message: Message) -> str:
    if message.reply_to is None:
        return ""
    what = _file(message.reply_to) or f"“{message.reply_to.text.splitlines()[0][:30]}”"
    return f"(to {what})"


def _file(message: Message) -> str:
    if message.kind in ("text", "service"):
        return "(opens a topic)" if message.kind == "service" else ""
    file, name = message.media[-1], message.media[-1].name
    facts = [f"{file.width}×{file.height}, {file.seconds} s"] if message.kind == "video" and message.mine else []
    facts += [name] if name and message.kind == "document" else []
    if not message.mine and (file.announced or 0) > 1_000_000:
        facts.append(f"{(file.announced or 0) // 1_000_000} MB")
    return f"<{', '.join([message.kind, *facts])}>"


def _press(query: Query) -> str:
    notice = f" and is told: {query.text}" if query.text else ""
    return f"presses [{query.label}]{notice}"
