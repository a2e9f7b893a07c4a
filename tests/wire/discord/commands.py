"""What a slash command or a context menu may look like when it is registered, and what may be suggested."""

from __future__ import annotations

from typing import Any

from tests.wire.discord.shapes import (
    Shape,
    Tree,
    also,
    by,
    flag,
    many,
    mapping,
    maybe,
    number,
    one_of,
    problem,
    snowflake,
    table,
    text,
    whole,
)

_LOCALES = """
id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja
zh-TW ko
"""
LOCALES = tuple(_LOCALES.split())
NAME = r"[-_'\w]{1,32}"
_SLASH_NAME = text(32, 1, NAME)
_MENU_NAME = text(32, 1)
SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)


def _lower(name: Any) -> Tree:
    return {} if name == name.lower() else problem("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


_NAMED = also(_SLASH_NAME, _lower)
_LOCAL_NAMES = maybe(mapping(LOCALES, _NAMED))
_LOCAL_DESCRIPTIONS = maybe(mapping(LOCALES, text(100, 1)))


def _choice(value: Shape) -> Shape:
    more: dict[str, Shape] = {"name_localizations": maybe(mapping(LOCALES, text(100, 1)))}
    return table({"name": text(100, 1), "value": value}, more)


def _names_once(choices: Any) -> Tree:
    names = [one["name"] for one in choices]
    if len(set(names)) < len(names):
        return problem("APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED", "Option choice names must be unique")
    return {}


def _choices(value: Shape) -> Shape:
    return also(many(_choice(value), 25), _names_once)


_ABOUT: dict[str, Shape] = {
    "name_localizations": _LOCAL_NAMES,
    "description_localizations": _LOCAL_DESCRIPTIONS,
    "required": maybe(flag),
}
_CHOOSING: dict[int, dict[str, Shape]] = {
    STRING: {
        "choices": maybe(_choices(text(100))),
        "autocomplete": maybe(flag),
        "min_length": maybe(whole(0, 6000)),
        "max_length": maybe(whole(1, 6000)),
    },
    INTEGER: {
        "choices": maybe(_choices(whole())),
        "autocomplete": maybe(flag),
        "min_value": maybe(whole()),
        "max_value": maybe(whole()),
    },
    NUMBER: {
        "choices": maybe(_choices(number)),
        "autocomplete": maybe(flag),
        "min_value": maybe(number),
        "max_value": maybe(number),
    },
    CHANNEL: {"channel_types": maybe(many(whole(0, 16), 20, unique=True))},
}


def _choices_or_completion(option: Any) -> Tree:
    if option.get("autocomplete") and option.get("choices"):
        return {
            "autocomplete": problem(
                "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE", "Choices and autocomplete exclude each other."
            )
        }
    return {}


def _option(kind: int) -> Shape:
    required: dict[str, Shape] = {"type": one_of(kind), "name": _NAMED, "description": text(100, 1)}
    return also(table(required, _ABOUT | _CHOOSING.get(kind, {})), _choices_or_completion)


def _options_together(options: Any) -> Tree:
    names = [one["name"] for one in options]
    if len(set(names)) < len(names):
        return problem("APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name already exists")
    wanted = [bool(one.get("required")) for one in options]
    if wanted != sorted(wanted, reverse=True):
        return problem(
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            "Required options must be placed before non-required options",
        )
    return {}


_PLAIN = {kind: _option(kind) for kind in range(STRING, ATTACHMENT + 1)}
_PLAIN_OPTIONS = also(many(by("type", _PLAIN), 25), _options_together)
_SUB = table(
    {"type": one_of(SUB), "name": _NAMED, "description": text(100, 1)}, _ABOUT | {"options": maybe(_PLAIN_OPTIONS)}
)
_GROUP = table(
    {"type": one_of(GROUP), "name": _NAMED, "description": text(100, 1), "options": many(_SUB, 25, 1)}, _ABOUT
)
_OPTIONS = also(many(by("type", {**_PLAIN, SUB: _SUB, GROUP: _GROUP}), 25), _options_together)


def _permissions(value: Any) -> Tree:
    if isinstance(value, int) and not isinstance(value, bool):
        return {}
    return text(20, 1, r"\d+")(value)


_WHERE: dict[str, Shape] = {
    "id": maybe(snowflake),
    "default_member_permissions": maybe(_permissions),
    "dm_permission": maybe(flag),
    "nsfw": flag,
    "contexts": maybe(many(one_of(0, 1, 2), 3, 1, unique=True)),
    "integration_types": maybe(many(one_of(0, 1), 2, 1, unique=True)),
}
_SLASH = table(
    {"name": _NAMED, "description": text(100, 1)},
    _WHERE
    | {
        "type": one_of(1),
        "name_localizations": _LOCAL_NAMES,
        "description_localizations": _LOCAL_DESCRIPTIONS,
        "options": maybe(_OPTIONS),
    },
)
_MENU = table(
    {"name": _MENU_NAME, "type": one_of(2, 3)},
    _WHERE
    | {
        "description": maybe(text(0)),
        "name_localizations": maybe(mapping(LOCALES, _MENU_NAME)),
        "description_localizations": maybe(mapping((), text(0))),
        "options": maybe(many(_PLAIN[STRING], 0)),
    },
)


def command(value: Any) -> Tree:
    """A command as it is registered."""
    is_menu = isinstance(value, dict) and value.get("type", 1) != 1
    return (_MENU if is_menu else _SLASH)(value)


def _all_together(rows: Any) -> Tree:
    seen: set[tuple[int, str]] = set()
    for place, row in enumerate(rows):
        known = (row.get("type") or 1, row["name"])
        if known in seen:
            return {
                str(place): problem("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
            }
        seen.add(known)
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum(one == kind for one, _ in seen) > most:
            return problem("MAX_COMMANDS", f"Maximum number of application commands reached ({most})")
    return {}


COMMANDS = also(many(command, 130), _all_together)
SUGGESTIONS = {
    STRING: table({"choices": _choices(text(100))}),
    INTEGER: table({"choices": _choices(whole())}),
    NUMBER: table({"choices": _choices(number)}),
}
