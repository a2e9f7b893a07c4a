"""Discord in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.discord.listener import DiscordListener
from adapters.discord.menu import Menu, SkillRow
from adapters.discord.sender import open_sender
from adapters.discord.settings import DiscordSettings
from bot.platforms.parts import Part, Stores
from bot.settings import Settings
from core import commands
from core.skills import Skills
from core.wording import tags, words_for


@asynccontextmanager
async def open_discord(settings: Settings, stores: Stores, skills: Skills) -> AsyncIterator[Part]:
    """Discord, for as long as the block lasts. Nothing is asked of it before the listener listens."""
    chosen, pace, notes = discord_settings(settings), stores.pace(), stores.notes("discord")
    async with open_sender(chosen, pace, notes) as sender:
        yield Part(sender, [DiscordListener(chosen, pace, notes, _menu(skills))], "Discord")


def discord_settings(settings: Settings) -> DiscordSettings:
    """How Discord is reached."""
    return DiscordSettings(
        token=settings.discord_bot_token.get_secret_value(),
        api_url=settings.discord_api_url,
        message_content=settings.discord_message_content,
        shard_count=settings.discord_shard_count,
        shard_ids=settings.discord_shard_ids,
        threads=settings.discord_threads,
    )


def _menu(skills: Skills) -> Menu:
    rows = {tag: commands.rows(words_for(tag)) for tag in tags()}
    return Menu(rows, [SkillRow(one.name, one.title, one.suggestions) for one in skills.all])
