"""What the Bot API accepts: the methods and objects of `api.txt`, and the check of a call's parameters against them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.wire.telegram.errors import Refusal, bad_request
from tests.wire.telegram.requests import Request

ARRAY = "Array of "


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a method or a field of an object. `least` and `most` are counted in `unit`."""

    name: str
    required: bool
    kinds: tuple[str, ...]
    least: int = 0
    most: int = 0
    unit: str = ""


Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Table:
    """All that may be said: methods and objects with their fields, and objects of which there are several sorts."""

    entries: Mapping[str, Fields]
    sorts: Mapping[str, tuple[str, ...]]

    def method(self, name: str) -> Fields:
        """The parameters of the method."""
        fields = self.entries.get(name) if name[:1].islower() else None
        if fields is None:
            raise Refusal(404, "Not Found")
        return fields


@cache
def table() -> Table:
    """The table as it is on the disk."""
    entries, sorts = {}, {}
    for line in Path(__file__).with_name("api.txt").read_text("utf-8").splitlines()[1:]:
        if " = " in line:
            name, kinds = line.split(" = ")
            sorts[name] = tuple(kinds.split(" | "))
        else:
            name, fields = line.split(":", 1)
            entries[name] = {field.name: field for field in map(_field, filter(str.strip, fields.split(";")))}
    return Table(entries, sorts)


def _field(text: str) -> Field:
    name, rest = text.strip().split(" ", 1)
    kinds, *limits = re.split(r" (\d+)-(\d+) (\w+)$", rest)
    least, most, unit = limits[:3] if limits else (0, 0, "")
    return Field(name.rstrip("!"), name.endswith("!"), tuple(kinds.split(" | ")), int(least), int(most), str(unit))


def checked(method: str, request: Request) -> dict[str, Any]:
    """The parameters as values; files stay `attach://` references. Raises `Refusal` for what the server refuses."""
    fields = table().method(method)
    attached = {name: f"attach://{name}" for name in request.files if name in fields and name not in request.values}
    request.values |= attached
    unknown = set(request.values) - set(fields)
    if unknown:
        raise bad_request(f"{method} has no parameter {sorted(unknown)[0]!r}")
    spoken = json.dumps(request.values)
    loose = [name for name in request.files if name not in attached and f"attach://{name}" not in spoken]
    if loose:
        raise bad_request(f"{method} has no parameter {loose[0]!r}, and nothing refers to this file")
    known = {name: _decoded(fields[name], value, request) for name, value in request.values.items()}
    _check_fields(method, fields, known)
    return known


def _decoded(field: Field, value: Any, request: Request) -> Any:
    """A parameter of a form is text, of a JSON body it is what it is; what is neither number nor text is JSON."""
    if request.json or not isinstance(value, str) or field.kinds == ("String",) or "InputFile" in field.kinds:
        return value
    if "Integer" in field.kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "String" in field.kinds:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise bad_request(f"can't parse {field.name}: it is not JSON") from error


def _check_fields(where: str, fields: Fields, values: Mapping[str, Any]) -> None:
    for field in fields.values():
        if field.required and values.get(field.name) is None:
            raise _missing(where, field.name)
    for name, value in values.items():
        if name not in fields:
            raise bad_request(f"{where} has no field {name!r}")
        _check(f"{where}.{name}", fields[name], value)


def _missing(where: str, name: str) -> Refusal:
    match name:
        case "text":
            return bad_request("message text is empty")
        case "chat_id":
            return bad_request("chat_id is empty")
        case _:
            return bad_request(f'parameter "{name}" is required in {where}')


def _check(where: str, field: Field, value: Any) -> None:
    fitting = [kind for kind in field.kinds if _fits(kind, value)]
    if not fitting:
        raise bad_request(f"{where} must be {' or '.join(field.kinds)}")
    _check_size(where, field, value)
    _check_inside(where, fitting, value)


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith(ARRAY):
        return isinstance(value, list)
    match kind:
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Boolean":
            return isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "String" | "InputFile":
            return isinstance(value, str)
        case _:
            return isinstance(value, dict)


def _check_size(where: str, field: Field, value: Any) -> None:
    size = measured(field.unit, value)
    if size is None or field.least <= size <= field.most:
        return
    match field.name:
        case "callback_data":
            raise bad_request("BUTTON_DATA_INVALID")
        case "text" if size == 0:
            raise bad_request("message text is empty")
        case "text" if field.most == 4096:
            raise bad_request("message is too long")
        case "caption":
            raise bad_request("message caption is too long")
        case _:
            raise bad_request(f"{where} must be of {field.least} to {field.most} {field.unit}")


def measured(unit: str, value: Any) -> int | None:
    """The size of a value in the unit: characters are UTF-16 code units, as everywhere in this interface."""
    if unit == "values" and isinstance(value, int):
        return value
    if unit == "bytes" and isinstance(value, str):
        return len(value.encode())
    if unit == "characters" and isinstance(value, str):
        return len(value.encode("utf-16-le")) // 2
    return None


def _check_inside(where: str, kinds: list[str], value: Any) -> None:
    if isinstance(value, list):
        inner = Field(where, required=True, kinds=tuple(kind.removeprefix(ARRAY) for kind in kinds))
        for item in value:
            _check(f"{where}[]", inner, item)
    elif isinstance(value, dict):
        name = _sort(where, kinds, value)
        _check_fields(name, table().entries[name], value)


def _sort(where: str, kinds: list[str], value: dict[str, Any]) -> str:
    """Which of the objects it is meant to be."""
    whole = table().sorts
    names = [name for kind in kinds for name in whole.get(kind, (kind,))]
    if len(names) == 1:
        return names[0]
    if "type" in value:
        spoken = str(value["type"]).replace("_", "").lower()
        names = [name for name in names if name.lower().endswith(spoken)]
    else:
        entries = table().entries
        names = [
            name for name in names if all(field.name in value for field in entries[name].values() if field.required)
        ]
    if not names:
        raise bad_request(f"{where}: no object of this sort")
    return min(names, key=len)
