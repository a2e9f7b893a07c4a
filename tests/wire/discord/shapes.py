"""A small language for saying what a JSON body must look like; what does not is told in Discord's own error tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Tree = dict[str, Any]
"""Problems by path, in the form of Discord's `errors`; empty where all is well."""

Shape = Callable[[Any], Tree]


def problem(code: str, message: str) -> Tree:
    """One thing that is wrong, here."""
    return {"_errors": [{"code": code, "message": message}]}


def maybe(shape: Shape) -> Shape:
    """The same, or null."""
    return lambda value: {} if value is None else shape(value)


def text(most: int, least: int = 0, pattern: str = "") -> Shape:
    """A string of so many characters."""
    wanted = re.compile(pattern)

    def check(value: Any) -> Tree:
        if not isinstance(value, str):
            return problem("STRING_TYPE_CONVERT", "Could not interpret as string.")
        if len(value) > most:
            return problem("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        if len(value) < least:
            return problem("BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")
        if pattern and not wanted.fullmatch(value):
            return problem("STRING_TYPE_REGEX", "String value did not match validation regex.")
        return {}

    return check


def whole(least: int = -(2**53), most: int = 2**53) -> Shape:
    """A whole number in these bounds."""

    def check(value: Any) -> Tree:
        if not isinstance(value, int) or isinstance(value, bool):
            return problem("NUMBER_TYPE_COERCE", f"Value {value!r} is not int.")
        if not least <= value <= most:
            return problem("NUMBER_TYPE_RANGE", f"int value should be between {least} and {most}.")
        return {}

    return check


def number(value: Any) -> Tree:
    """A number."""
    fine = isinstance(value, int | float) and not isinstance(value, bool)
    return {} if fine else problem("NUMBER_TYPE_COERCE", f"Value {value!r} is not a number.")


def flag(value: Any) -> Tree:
    """True or false."""
    return {} if isinstance(value, bool) else problem("BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(value: Any) -> Tree:
    """An id. Numbers are taken too, as Discord does."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {} if value >= 0 else problem("NUMBER_TYPE_COERCE", f"Value {value!r} is not snowflake.")
    fine = isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]{0,19}", value)
    return {} if fine else problem("NUMBER_TYPE_COERCE", f"Value {value!r} is not snowflake.")


def bits(*allowed: int) -> Shape:
    """Flags, of which only these may be set."""
    mask = sum(1 << bit for bit in allowed)

    def check(value: Any) -> Tree:
        wrong = whole(0)(value)
        if not wrong and value & ~mask:
            return problem("BASE_TYPE_CHOICES", f"Flags {value & ~mask} cannot be set here.")
        return wrong

    return check


def one_of(*values: Any) -> Shape:
    """One of these values."""

    def check(value: Any) -> Tree:
        fine = any(value == one and type(value) is type(one) for one in values)
        return {} if fine else problem("BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")

    return check


def link(most: int = 2048, schemes: tuple[str, ...] = ("http", "https")) -> Shape:
    """A URL."""

    def check(value: Any) -> Tree:
        wrong = text(most)(value)
        if not wrong and not str(value).startswith(tuple(f"{scheme}://" for scheme in schemes)):
            return problem("URL_TYPE_INVALID_SCHEME", f"Scheme must be one of {schemes}.")
        return wrong

    return check


def moment(value: Any) -> Tree:
    """A time in ISO 8601."""
    fine = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value)
    return {} if fine else problem("DATE_TIME_TYPE_PARSE", f"Could not parse {value!r}. Should be ISO8601.")


def many(item: Shape, most: int, least: int = 0, *, unique: bool = False) -> Shape:
    """A list of so many."""

    def check(value: Any) -> Tree:
        if not isinstance(value, list):
            return problem("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        if not least <= len(value) <= most:
            return problem("BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        if unique and len({str(one) for one in value}) < len(value):
            return problem("LIST_ITEM_VALUE_DUPLICATE", "List items must be unique.")
        return _gathered((str(place), item(one)) for place, one in enumerate(value))

    return check


def mapping(keys: Iterable[str], value_shape: Shape) -> Shape:
    """An object whose keys are among these."""
    known = frozenset(keys)

    def check(value: Any) -> Tree:
        if not isinstance(value, dict):
            return problem("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        strange = {str(key): problem("BASE_TYPE_CHOICES", "Unknown key.") for key in value if key not in known}
        return strange or _gathered((key, value_shape(one)) for key, one in value.items())

    return check


def table(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with these fields and no other: what Discord would silently ignore is somebody's mistake."""
    fields = {**required, **(optional or {})}

    def check(value: Any) -> Tree:
        if not isinstance(value, dict):
            return problem("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        missing = {
            name: problem("BASE_TYPE_REQUIRED", "This field is required") for name in required if name not in value
        }
        strange = {name: problem("UNKNOWN_FIELD", "There is no such field.") for name in value if name not in fields}
        wrong = _gathered((name, fields[name](one)) for name, one in value.items() if name in fields)
        return missing | strange | wrong

    return check


def by(field: str, shapes: Mapping[Any, Shape]) -> Shape:
    """An object whose shape depends on one of its fields."""

    def check(value: Any) -> Tree:
        if not isinstance(value, dict):
            return problem("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        kind = value.get(field)
        if isinstance(kind, bool) or kind not in shapes:
            return {field: problem("BASE_TYPE_CHOICES", f"Value of field {field!r} must be one of {list(shapes)}.")}
        return shapes[kind](value)

    return check


def also(shape: Shape, *more: Shape) -> Shape:
    """The shape, and where it fits, further rules about the whole."""

    def check(value: Any) -> Tree:
        for one in (shape, *more):
            if wrong := one(value):
                return wrong
        return {}

    return check


def _gathered(found: Iterable[tuple[str, Tree]]) -> Tree:
    return {name: wrong for name, wrong in found if wrong}
