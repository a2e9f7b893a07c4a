"""Writes `api.txt` anew from a machine-readable description of the Bot API:
`python -m tests.wire.telegram.renew FOLDER/telegram-bot-api.json`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USED = [
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
    "getMe",
    "logOut",
    "close",
    "sendMessage",
    "forwardMessage",
    "copyMessage",
    "sendPhoto",
    "sendAudio",
    "sendDocument",
    "sendVideo",
    "sendAnimation",
    "sendVoice",
    "sendMediaGroup",
    "sendMessageDraft",
    "sendChatAction",
    "setMessageReaction",
    "getFile",
    "leaveChat",
    "getChat",
    "getChatAdministrators",
    "getChatMemberCount",
    "getChatMember",
    "createForumTopic",
    "answerCallbackQuery",
    "pinChatMessage",
    "unpinChatMessage",
    "setMyCommands",
    "deleteMyCommands",
    "getMyCommands",
    "setMyName",
    "getMyName",
    "setMyDescription",
    "getMyDescription",
    "setMyShortDescription",
    "getMyShortDescription",
    "setChatMenuButton",
    "getChatMenuButton",
    "editMessageText",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "deleteMessage",
    "deleteMessages",
]
"""What a bot like ours may call."""

SIZES = re.compile(r"(\d+)-(\d+) (characters|bytes)|Values between (\d+)-(\d+)|, (\d+)-(\d+)\. Defaults")


def sizes(description: str) -> str:
    """The limits that the description names, as they stand in the table: ` 1-4096 characters`."""
    found = SIZES.search(description)
    if found is None:
        return ""
    least, most, unit = found[1] or found[4] or found[6], found[2] or found[5] or found[7], found[3] or "values"
    return f" {least}-{most} {unit}"


def line(name: str, fields: list[dict[str, Any]]) -> str:
    """A method or an object with its fields; `!` marks those that are required."""
    shown = (
        f"{field['name']}{'!' * field['required']} {' | '.join(field['types'])}{sizes(field['description'])}"
        for field in fields
    )
    return f"{name}: {'; '.join(shown)}"


def named(field: dict[str, Any]) -> set[str]:
    """The types that a field names."""
    return {kind.removeprefix("Array of ").removeprefix("Array of ") for kind in field["types"]}


def objects(types: dict[str, Any], wanted: set[str]) -> Iterator[str]:
    """The objects of these names and all that they are made of."""
    seen: set[str] = set()
    while left := sorted((wanted & set(types)) - seen - {"InputFile", "Message"}):
        for name in left:
            seen.add(name)
            fields, kinds = types[name].get("fields", []), types[name].get("subtypes")
            wanted |= set(kinds or ()).union(*map(named, fields))
            yield f"{name} = {' | '.join(kinds)}" if kinds else line(name, fields)


def table(description: dict[str, Any]) -> Iterator[str]:
    """The lines of the table."""
    methods = description["methods"]
    yield f"# What {description['version']} accepts. Written by tests/wire/telegram/renew.py."
    for name in USED:
        yield line(name, methods[name].get("fields", []))
    wanted = {kind for name in USED for field in methods[name].get("fields", []) for kind in named(field)}
    yield from sorted(objects(description["types"], wanted))


if __name__ == "__main__":
    described = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(__file__).with_name("api.txt").write_text("\n".join(table(described)) + "\n", "utf-8")
