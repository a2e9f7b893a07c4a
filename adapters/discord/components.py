"""Buttons, menus and modals as Discord wants them, and back: all that a press means stands in its own id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from core.messages import Choice

ROWS: Final = 5
IN_ROW: Final = 5
IN_MENU: Final = 25
CUSTOM_ID: Final = 100
LABEL: Final = 80
OPTION_LABEL: Final = 100
QUESTION: Final = 45  # the label of a field, and the title of a modal
ANSWER_CHARS: Final = 2000

ACTION_ROW, BUTTON, MENU, FIELD = 1, 2, 3, 4
GREY, PARAGRAPH, LINE = 2, 2, 1

_ASKS: Final = "?"
_HOME: Final = "@"
_OWNER: Final = "!"


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a component's id says: the token behind it, the question it asks first, if any, the place whose
    conversation it belongs to where it stands elsewhere (`places.place_of`), and a mark of whom it asks."""

    token: str
    asks: str = ""
    home: str = ""
    owner: str = ""

    def asks_of(self, user: int) -> str:
        """What this person is to be asked: nothing where the question is for somebody else."""
        return self.asks if self.owner in ("", _mark(str(user))) else ""


def custom_id(choice: Choice) -> str:
    """The id of a choice. A question travels with it, and a mark of whom it is for, so that a modal can be opened at
    once by a process that has never seen the message."""
    if not choice.asks:
        return choice.token[:CUSTOM_ID]
    owner = f"{_OWNER}{_mark(choice.person)}" if choice.person else ""
    return f"{choice.token}{owner}{_ASKS}{choice.asks}"[:CUSTOM_ID]


def _mark(person: str) -> str:
    """Short, for the question needs the room. Who has the same by chance is asked, and refused by the core."""
    return sha256(person.encode()).hexdigest()[:4]


def read_id(text: str) -> Pressed:
    """The inverse of `custom_id`, as far as the question fits into it."""
    whole, _, asks = text.partition(_ASKS)
    whole, _, home = whole.partition(_HOME)
    token, _, owner = whole.partition(_OWNER)
    return Pressed(token, asks, home, owner)


def unasked(text: str) -> str:
    """An id without its question: where the answer to it goes."""
    return text.partition(_ASKS)[0]


def away_from(home: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that stand elsewhere than their conversation, with its place in every id."""
    return [{**row, "components": [_away(home, one) for one in row["components"]]} for row in rows]


def _away(home: str, component: Mapping[str, Any]) -> dict[str, Any]:
    if component["type"] == MENU:
        return {**component, "options": [{**one, "value": _with(home, one["value"])} for one in component["options"]]}
    return {**component, "custom_id": _with(home, component["custom_id"])}


def _with(home: str, text: str) -> str:
    token, mark, asks = text.partition(_ASKS)
    return f"{token}{_HOME}{home}{mark}{asks}"[:CUSTOM_ID]


def rows_of(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Choices as rows of buttons, or as menus where there are too many. The same token twice is one choice."""
    once = list({choice.token: choice for choice in choices}.values())
    if len(once) > ROWS * IN_ROW:
        return [_menu(number, part) for number, part in enumerate(_parts(once[: ROWS * IN_MENU], IN_MENU))]
    return [{"type": ACTION_ROW, "components": [_button(one) for one in part]} for part in _parts(once, IN_ROW)]


def _parts(choices: Sequence[Choice], size: int) -> Iterator[Sequence[Choice]]:
    return (choices[start : start + size] for start in range(0, len(choices), size))


def _button(choice: Choice) -> dict[str, Any]:
    return {"type": BUTTON, "style": GREY, "label": choice.label[:LABEL] or "…", "custom_id": custom_id(choice)}


def _menu(number: int, choices: Sequence[Choice]) -> dict[str, Any]:
    options = [{"label": one.label[:OPTION_LABEL] or "…", "value": custom_id(one)} for one in choices]
    return {"type": ACTION_ROW, "components": [{"type": MENU, "custom_id": f"menu{number}", "options": options}]}


def modal(title: str, field: str, asks: str, *, secret: bool = False) -> dict[str, Any]:
    """A modal that asks one question. `field` is its id and comes back with the answer."""
    style = LINE if secret else PARAGRAPH
    question = {
        "type": FIELD,
        "custom_id": "text",
        "style": style,
        "label": asks[:QUESTION] or "…",
        "required": True,
        "max_length": ANSWER_CHARS,
    }
    return {
        "custom_id": field[:CUSTOM_ID],
        "title": title[:QUESTION] or "…",
        "components": [{"type": ACTION_ROW, "components": [question]}],
    }


def answer_in(components: object) -> str:
    """What was typed into a modal, whatever its layout (rows, or labels around the field)."""
    return "\n".join(value for value in _values(components) if value)


def _values(node: object) -> Iterator[str]:
    match node:
        case [*parts]:
            for part in parts:
                yield from _values(part)
        case {"value": str(value)}:
            yield value
        case {"components": inner} | {"component": inner}:
            yield from _values(inner)


def label_of(components: Sequence[Mapping[str, Any]], wanted: str) -> str:
    """What stood on the button of this id, in a message's raw components."""
    for row in components:
        for one in row.get("components", ()):
            if one.get("custom_id") == wanted:
                return str(one.get("label") or "")
    return ""
