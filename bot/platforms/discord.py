"""Discord in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.discord.listener import DiscordListener
from adapters.discord.menu import Menu, SkillRow
from adapters.discord.phrases import Phrases
from adapters.discord.sender import open_sender
from adapters.discord.settings import DiscordSettings
from bot.platforms.parts import Part, Stores
from bot.settings import Settings, SettingsError
from core import commands
from core.skills import Skill, Skills
from core.wording import tags, words_for
from core.wording.menus import menu_words, permission_names


@asynccontextmanager
async def open_discord(settings: Settings, stores: Stores, skills: Skills, *, listen: bool) -> AsyncIterator[Part]:
    """Discord, for as long as the block lasts. Nothing is asked of it before the listener listens. Raises
    `SettingsError`."""
    chosen, pace, notes = discord_settings(settings), stores.pace(), stores.notes("discord")
    async with open_sender(chosen, pace, notes) as sender:
        if listen:
            yield Part(sender, [DiscordListener(chosen, pace, notes, menu_of(skills))], "Discord")
        else:
            yield Part(sender)


def discord_settings(settings: Settings) -> DiscordSettings:
    """How Discord is reached. Raises `SettingsError`."""
    try:
        return DiscordSettings(
            token=settings.discord_bot_token.get_secret_value(),
            api_url=settings.discord_api_url,
            message_content=settings.discord_message_content,
            shard_count=settings.discord_shard_count,
            shard_ids=settings.discord_shard_ids,
            threads=settings.discord_threads,
        )
    except ValueError as error:
        raise SettingsError(f"DISCORD_SHARD_IDS or DISCORD_SHARD_COUNT: {error}") from None


def menu_of(skills: Skills) -> Menu:
    """What the commands are made of, in every language there is."""
    return Menu(
        rows={tag: commands.rows(words_for(tag)) for tag in tags()},
        skills={tag: [_row(one.speaking(tag)) for one in skills.all] for tag in tags()},
        phrases={tag: phrases_in(tag) for tag in tags()},
    )


def phrases_in(tag: str) -> Phrases:
    """What the adapter itself says in one language."""
    return Phrases(**menu_words(tag), permissions=permission_names(tag))


def _row(skill: Skill) -> SkillRow:
    return SkillRow(skill.name, skill.title, skill.suggestions)
