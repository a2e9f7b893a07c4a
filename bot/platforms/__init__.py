"""The wiring of the chat platforms: which of them this process hears and speaks on.

A platform is one module here, loaded only where its token is set: an SDK takes a second to load, and much memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.platforms.parts import Part, Platforms, Stores
from bot.settings import Settings
from core.skills import Skills

__all__ = ["Part", "Platforms", "Stores", "open_platforms"]


@asynccontextmanager
async def open_platforms(
    settings: Settings, stores: Stores, skills: Skills, *, listen: bool, serve: bool
) -> AsyncIterator[Platforms]:
    """Those whose tokens are set. `listen`: take in what comes without a web server; `serve`: what comes by one.
    Raises `SettingsError`."""
    async with AsyncExitStack() as stack:
        platforms = Platforms()
        if settings.telegram_bot_token:
            from bot.platforms.telegram import open_telegram

            part = await stack.enter_async_context(open_telegram(settings, stores, listen=listen, serve=serve))
            platforms = platforms.with_part("telegram", part)
        if settings.discord_bot_token:
            from bot.platforms.discord import open_discord

            part = await stack.enter_async_context(open_discord(settings, stores, skills, listen=listen))
            platforms = platforms.with_part("discord", part)
        yield platforms
