"""The commands at Discord: compared with what is there, and written over only where something has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog

from adapters.discord.menu import fingerprint
from adapters.discord.notebook import Notebook
from adapters.discord.rest import Rest
from adapters.discord.settings import DAY

log = structlog.get_logger(__name__)

PATH: Final = "/applications/{application_id}/commands"
ALL_LANGUAGES: Final = {"with_localizations": "true"}


async def sync(rest: Rest, book: Notebook, application: int, commands: Sequence[dict[str, Any]]) -> bool:
    """Make the commands at Discord these; whether anything had to be written. What was found right is believed for a
    day. Raises `OutboundError`, `StoreError`."""
    mark = fingerprint(commands)
    name = f"commands:{application}"
    if await book.recall(name) == mark:
        return False
    there = await rest.call("GET", PATH, query=ALL_LANGUAGES, paced=False, application_id=application)
    changed = _by_name(there) != _by_name(commands)
    if changed:
        await rest.call("PUT", PATH, json=list(commands), paced=False, application_id=application)
        log.info("commands_written", commands=len(commands))
    await book.note(name, mark, DAY)
    return changed


def _by_name(commands: Sequence[dict[str, Any]]) -> dict[tuple[str, int], str]:
    return {(one["name"], one.get("type", 1)): fingerprint([one]) for one in commands}
