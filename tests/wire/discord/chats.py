"""A chat as one person sees it, written down: who said and did what, in order, with files, buttons and dialogs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import av

from tests.wire.discord.components import every
from tests.wire.discord.people import Person, labels
from tests.wire.discord.reading import shown
from tests.wire.discord.world import Channel, File, Interaction, Message

VARIABLE = (
    (re.compile(r"clm_[\w-]+"), "clm_…"),
    (re.compile(r"127\.0\.0\.1:\d+"), "host"),
    (re.compile(r"\b\d{1,2}:\d{2}\b(?= [AP]M)"), "H:MM"),
)
"""What differs each time, and what is written instead."""

MARGIN = 10
_RUN, _PRESS, _DIALOG = 2, 3, 5


def transcript(person: Person, channel: Channel | None = None) -> str:
    """The whole chat; what only this person sees is marked."""
    place = channel or person.dm
    happened: list[Message | Interaction] = [*person.view(place)]
    done = person.server.world.interactions.values()
    happened += [one for one in done if one.channel is place and one.kind in (_RUN, _PRESS, _DIALOG)]
    happened.sort(key=lambda one: one.id)
    text = "\n".join(line for one in happened for line in _lines(person, one)) + "\n"
    for pattern, instead in VARIABLE:
        text = pattern.sub(instead, text)
    return text


def _lines(person: Person, one: Message | Interaction) -> Iterator[str]:
    if isinstance(one, Interaction):
        speaker, text = one.user.name, _done(one)
    else:
        speaker, text = one.author.name, _said(person, one)
    first, *more = text.splitlines()
    yield f"{speaker:<{MARGIN}}{first}".rstrip()
    yield from (f"{'':<{MARGIN}}{line}".rstrip() for line in more)


# --- what people do ---------------------------------------------------------------------------------------------------


def _done(one: Interaction) -> str:
    match one.kind:
        case 2:
            return f"{_command(one)}{_dialog(one)}"
        case 3:
            return f"presses [{_pressed(one)}]{_dialog(one)}"
        case _:
            typed = [str(field["value"]) for field in every(one.data["components"]) if field["type"] == 4]
            return f"types: {' / '.join(typed)}"


def _command(one: Interaction) -> str:
    if one.data["type"] != 1:
        return f"chooses “{one.command}” in the menu of a message"
    files = one.data.get("resolved", {}).get("attachments", {})
    given = [f"{row['name']}:{_option(row['value'], files)}" for row in one.data.get("options", ())]
    return " ".join([one.command, *given])


def _option(value: object, files: dict[str, dict[str, str]]) -> str:
    return f"<{files[str(value)]['filename']}>" if str(value) in files else str(value)


def _dialog(one: Interaction) -> str:
    if one.modal is None:
        return ""
    asked = [str(part.get("label")) for part in every(one.modal["components"]) if part.get("label")]
    return f" and is asked in a dialog: {' / '.join(asked) or one.modal['title']}"


def _pressed(one: Interaction) -> str:
    assert one.message is not None
    known = [*one.message.buttons_once, *one.message.components]
    by_id = {button.get("custom_id"): str(button.get("label")) for button in every(known)}
    return by_id.get(one.data["custom_id"], "something that was never there")


# --- what stands there ------------------------------------------------------------------------------------------------


def _said(person: Person, message: Message) -> str:
    text = "… is thinking" if message.is_loading else shown(message.content, person.server.world)
    files = "".join(f"<{_file(one, message)}>" for one in _files(message))
    buttons = "".join(f"[{label}]" for label in labels(message))
    head = " ".join(part for part in (_marks(message, person), files, text) if part)
    return "\n".join(part for part in (head, buttons) if part) or "(nothing)"


def _files(message: Message) -> list[File]:
    return message.files + (message.forwarded[1] if message.forwarded is not None else [])


def _marks(message: Message, person: Person) -> str:
    marks = [f"to “{_begin(message.reply_to, person)}”"] if message.reply_to is not None else []
    marks += ["forwarded"] if message.forwarded is not None else []
    marks += [f"only {message.only_for.name} sees this"] if message.only_for is not None else []
    rings = [one.name for one in message.pinged if not one.bot]
    marks += [f"notifies {', '.join(rings)}"] if rings else []
    return f"({'; '.join(marks)})" if marks else ""


def _begin(message: Message, person: Person) -> str:
    said = shown(message.content, person.server.world).splitlines()
    return said[0][:30] if said else "…" if not message.files else _file(message.files[0], message)


def _file(file: File, message: Message) -> str:
    """A file in a few words. The names of ours hold the delivery's number."""
    kind = file.mime.partition("/")[0]
    if not message.author.bot:
        return file.name
    if kind != "video":
        return {"image": "picture"}.get(kind, "file")
    with av.open(io.BytesIO(file.data)) as film:
        stream = film.streams.video[0]
        seconds = round(float((stream.duration or 0) * (stream.time_base or 0)))
        return f"video, {stream.width}×{stream.height}, {seconds} s"
