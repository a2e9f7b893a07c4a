"""The bot's profile: commands in its menu, and what stands in an empty chat. Set only where it has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from telegram import BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from adapters.telegram.faults import readable, translated
from adapters.telegram.line import Line
from core.errors import StoreError
from core.ports import CommandRow, Notes

log = structlog.get_logger(__name__)

DESCRIPTION_CHARS: Final = 512
SHORT_CHARS: Final = 120
COMMAND_CHARS: Final = 256
NOTE: Final = "profile"
KEPT: Final = 90 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What people of one language read. `description` stands in an empty chat, `short` on the profile page."""

    rows: Sequence[CommandRow]
    description: str
    short: str


async def set_profile(line: Line, notes: Notes, profiles: Mapping[str, Profile]) -> bool:
    """Put the profiles of all languages ("" is for everybody else, then two letters each) where they are not the ones
    that were put there last. Returns whether anything was sent. Raises `OutboundError`: none of it is worth a stop."""
    mark = _mark(profiles)
    if await _noted(notes) == mark:
        return False
    with translated(), readable():
        for language, profile in profiles.items():
            for send in _calls(line, language or None, profile):
                await send()
    try:
        await notes.put("bot", NOTE, mark, seconds=KEPT)
    except StoreError as error:
        log.warning("profile_not_noted", error=type(error).__name__)
    return True


def _calls(line: Line, language: str | None, profile: Profile) -> Sequence[Callable[[], Awaitable[bool]]]:
    private = [_command(row) for row in profile.rows]
    groups = [_command(row) for row in profile.rows if not row.private_only]

    def commands(of: Sequence[BotCommand], scope: BotCommandScope) -> Callable[[], Awaitable[bool]]:
        return lambda: line.bot.set_my_commands(of, scope, language)

    return (
        commands(private, BotCommandScopeAllPrivateChats()),
        commands(groups, BotCommandScopeAllGroupChats()),
        lambda: line.bot.set_my_description(profile.description[:DESCRIPTION_CHARS], language),
        lambda: line.bot.set_my_short_description(profile.short[:SHORT_CHARS], language),
    )


def _command(row: CommandRow) -> BotCommand:
    return BotCommand(row.name, row.summary[:COMMAND_CHARS])


async def _noted(notes: Notes) -> bytes | None:
    try:
        return await notes.get("bot", NOTE)
    except StoreError:
        return None


def _mark(profiles: Mapping[str, Profile]) -> bytes:
    """A fingerprint of everything that would be sent."""
    told = [
        [language, [[row.name, row.summary, row.private_only] for row in one.rows], one.description, one.short]
        for language, one in sorted(profiles.items())
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest().encode()
