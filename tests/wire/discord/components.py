"""Buttons, selects and what modals consist of: their shapes and the rules about all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.wire.discord.shapes import (
    Shape,
    Tree,
    also,
    by,
    flag,
    link,
    many,
    maybe,
    one_of,
    problem,
    snowflake,
    table,
    text,
    whole,
)

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, LABEL = 1, 2, 3, 4, 18
_ID: dict[str, Shape] = {"id": maybe(whole(0, 2**31 - 1))}
_CUSTOM_ID = text(100, 1)
_EMOJI = table({"name": maybe(text(32))}, {"id": maybe(snowflake), "animated": flag})


def _button_rules(button: Any) -> Tree:
    style, has = button["style"], {name for name in ("custom_id", "url", "sku_id") if button.get(name)}
    wanted = {5: {"url"}, 6: {"sku_id"}}.get(style, {"custom_id"})
    if has != wanted:
        return {
            "custom_id": problem("BUTTON_COMPONENT_INVALID", f"A button of style {style} has {wanted}, and only that.")
        }
    if style != 6 and not button.get("label") and not button.get("emoji"):
        return {"label": problem("BUTTON_COMPONENT_LABEL_OR_EMOJI", "A button needs a label or an emoji.")}
    return {}


_BUTTON = also(
    table(
        {"type": one_of(BUTTON), "style": whole(1, 6)},
        _ID
        | {
            "custom_id": maybe(_CUSTOM_ID),
            "label": maybe(text(80)),
            "disabled": maybe(flag),
            "url": maybe(link(512, ("http", "https", "discord"))),
            "sku_id": maybe(snowflake),
            "emoji": maybe(_EMOJI),
        },
    ),
    _button_rules,
)
_OPTION = table(
    {"label": text(100, 1), "value": text(100, 1)},
    {"description": maybe(text(100)), "default": maybe(flag), "emoji": maybe(_EMOJI)},
)


def _select_rules(select: Any) -> Tree:
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if least > most:
        return {"min_values": problem("SELECT_COMPONENT_MIN_VALUES", "min_values is above max_values.")}
    values = [one["value"] for one in select.get("options", ())]
    if len(set(values)) < len(values):
        return {
            "options": problem(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used."
            )
        }
    return {}


def _select(kind: int) -> Shape:
    required: dict[str, Shape] = {"type": one_of(kind), "custom_id": _CUSTOM_ID}
    if kind == STRING_SELECT:
        required["options"] = many(_OPTION, 25, 1)
    more: dict[str, Shape] = {
        "placeholder": maybe(text(150)),
        "min_values": whole(0, 25),
        "max_values": whole(1, 25),
        "disabled": flag,
        "required": flag,
        "default_values": many(table({"id": snowflake, "type": one_of("user", "role", "channel")}), 25),
        "channel_types": many(whole(0, 16), 20, unique=True),
    }
    return also(table(required, _ID | more), _select_rules)


_SELECTS = {kind: _select(kind) for kind in (STRING_SELECT, 5, 6, 7, 8)}


def _row_rules(row: Any) -> Tree:
    kinds = [one["type"] for one in row["components"]]
    if any(kind != BUTTON for kind in kinds) and len(kinds) > 1:
        return {
            "components": problem(
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
            )
        }
    return {}


_ROW = also(
    table({"type": one_of(ROW), "components": many(by("type", {BUTTON: _BUTTON, **_SELECTS}), 5, 1)}, _ID),
    _row_rules,
)
_TEXT_DISPLAY = table({"type": one_of(10), "content": text(4000, 1)}, _ID)
_MEDIA = table({"url": link(2048, ("http", "https", "attachment"))})
_THUMBNAIL = table(
    {"type": one_of(11), "media": _MEDIA}, _ID | {"description": maybe(text(1024, 1)), "spoiler": maybe(flag)}
)
_SECTION = table(
    {
        "type": one_of(9),
        "components": many(_TEXT_DISPLAY, 3, 1),
        "accessory": by("type", {BUTTON: _BUTTON, 11: _THUMBNAIL}),
    },
    _ID,
)
_GALLERY_ITEM = table({"media": _MEDIA}, {"description": maybe(text(1024, 1)), "spoiler": maybe(flag)})
_GALLERY = table({"type": one_of(12), "items": many(_GALLERY_ITEM, 10, 1)}, _ID)
_FILE = table({"type": one_of(13), "file": table({"url": link(2048, ("attachment",))})}, _ID | {"spoiler": maybe(flag)})
_SEPARATOR = table({"type": one_of(14)}, _ID | {"spacing": maybe(whole(1, 2)), "divider": maybe(flag)})
_INSIDE = {ROW: _ROW, 9: _SECTION, 10: _TEXT_DISPLAY, 12: _GALLERY, 13: _FILE, 14: _SEPARATOR}
_CONTAINER = table(
    {"type": one_of(17), "components": many(by("type", _INSIDE), 40, 1)},
    _ID | {"accent_color": maybe(whole(0, 0xFFFFFF)), "spoiler": maybe(flag)},
)


def every(components: Any) -> Iterator[dict[str, Any]]:
    """All components, however deep they lie."""
    for one in components or ():
        yield one
        yield from every(one.get("components"))
        yield from every([part for part in (one.get("accessory"), one.get("component")) if part])


def _together(components: Any) -> Tree:
    names = [one["custom_id"] for one in every(components) if one.get("custom_id")]
    if len(set(names)) < len(names):
        return problem("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    if len(list(every(components))) > 40:
        return problem("BASE_TYPE_BAD_LENGTH", "Must be 40 or fewer in total.")
    return {}


message_components: Shape = also(many(by("type", {**_INSIDE, 17: _CONTAINER}), 40), _together)


def _input_rules(one: Any) -> Tree:
    if (one.get("min_length") or 0) > (one.get("max_length") or 4000):
        return {"min_length": problem("TEXT_INPUT_LENGTH", "min_length is above max_length.")}
    if len(one.get("value") or "") > (one.get("max_length") or 4000):
        return {"value": problem("BASE_TYPE_MAX_LENGTH", "The value is longer than max_length.")}
    return {}


def _text_input(labelled: bool) -> Shape:
    label: dict[str, Shape] = {"label": maybe(text(45))} if labelled else {"label": text(45, 1)}
    fields: dict[str, Shape] = {
        "value": maybe(text(4000)),
        "placeholder": maybe(text(100)),
        "required": maybe(flag),
        "min_length": maybe(whole(0, 4000)),
        "max_length": maybe(whole(1, 4000)),
    }
    required: dict[str, Shape] = {"type": one_of(TEXT_INPUT), "custom_id": _CUSTOM_ID, "style": whole(1, 2)}
    return also(table(required | ({} if labelled else label), _ID | fields | (label if labelled else {})), _input_rules)


_LABELLED = by("type", {TEXT_INPUT: _text_input(True), **_SELECTS})
_LABEL = table(
    {"type": one_of(LABEL), "label": text(45, 1), "component": _LABELLED}, _ID | {"description": maybe(text(100, 1))}
)
_MODAL_ROW = table({"type": one_of(ROW), "components": many(_text_input(False), 1, 1)}, _ID)
MODAL = table(
    {
        "custom_id": _CUSTOM_ID,
        "title": text(45, 1),
        "components": also(many(by("type", {ROW: _MODAL_ROW, LABEL: _LABEL, 10: _TEXT_DISPLAY}), 5, 1), _together),
    }
)
