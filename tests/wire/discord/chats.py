"""A chat as a readable text: what one person sees, in order, with everything that varies put the same."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import av

from tests.wire.discord.components import every
from tests.wire.discord.people import Person, labels
from tests.wire.discord.reading import shown
from tests.wire.discord.world import Channel, File, Interaction, Message

_VARYING = (
    (re.compile(r"\b\d+(\.\d+)? (?=(MB|kB|KB)\b)"), "# "),
    (re.compile(r"(?<=\?)[A-Za-z0-9=&%_-]+"), "…"),
    (re.compile(r"127\.0\.0\.1:\d+"), "host"),
)


def transcript(person: Person, channel: Channel | None = None) -> str:
    """The whole chat, one paragraph a message; what only this person sees is marked."""
    place = channel or person.dm
    happened: list[Message | Interaction] = [*person.view(place)]
    happened += [one for one in person.server.world.interactions.values() if one.channel is place and _is_told(one)]
    happened.sort(key=lambda one: one.id)
    return "\n\n".join(_paragraph(person, one) for one in happened) + "\n"


def _is_told(one: Interaction) -> bool:
    return one.kind in (2, 3, 5)


def _paragraph(person: Person, one: Message | Interaction) -> str:
    return _done(one) if isinstance(one, Interaction) else _said(person, one)


def _done(one: Interaction) -> str:
    match one.kind:
        case 2:
            return f"{one.user.name} runs {one.command}{_options(one)}{_aside(one)}"
        case 3:
            return f"{one.user.name} presses [{_pressed(one)}]{_aside(one)}"
        case _:
            typed = [field["value"] for field in every(one.data["components"]) if field["type"] == 4]
            return f"{one.user.name} types into the dialog: {' / '.join(typed)}"


def _options(one: Interaction) -> str:
    given = one.data.get("options", [])
    files = one.data.get("resolved", {}).get("attachments", {})
    named = [f"{row['name']}: {files.get(str(row['value']), {}).get('filename', row['value'])}" for row in given]
    return "".join(f"\n  {row}" for row in named)


def _aside(one: Interaction) -> str:
    return f"\n  (a dialog opens: {one.modal['title']})" if one.modal is not None else ""


def _pressed(one: Interaction) -> str:
    assert one.message is not None
    by_id = {button.get("custom_id"): button.get("label") for button in _all_buttons(one.message)}
    return str(by_id.get(one.data["custom_id"], "?"))


def _all_buttons(message: Message) -> Sequence[dict[str, object]]:
    return [*every(message.components), *message.buttons_once]


def _said(person: Person, message: Message) -> str:
    world = person.server.world
    lines = [f"{message.author.name}{_how(message)}:"]
    if message.is_loading:
        lines.append("  … is thinking")
    lines += [f"  {line}".rstrip() for line in _same(shown(message.content, world)).splitlines()]
    lines += [f"  ({_file(one)})" for one in message.files]
    if message.components:
        lines.append("  " + " ".join(f"[{label}]" for label in labels(message)))
    if message.pinged and message.author is world.bot:
        lines.append(f"  (notifies {', '.join(one.name for one in message.pinged)})")
    return "\n".join(lines)


def _how(message: Message) -> str:
    marks = []
    if message.only_for is not None:
        marks.append(f"only {message.only_for.name} sees it")
    if message.reply_to is not None:
        marks.append(f"in reply to {message.reply_to.author.name}")
    return f" ({', '.join(marks)})" if marks else ""


def _same(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def _file(file: File) -> str:
    """A file in a few words: what it is, and for how long it plays."""
    if not file.mime.startswith("video/"):
        return file.name
    with av.open(io.BytesIO(file.data)) as film:
        stream = film.streams.video[0]
        seconds = round(float((stream.duration or 0) * (stream.time_base or 0)))
        return f"video, {stream.width} × {stream.height}, {seconds} s, plays at once"
