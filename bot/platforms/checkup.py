"""The chat platforms' part of the doctor: each one's own findings, where its token is set."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.settings import Settings
from core.ports import Diagnosis, Finding


async def check_platforms(settings: Settings) -> Sequence[Finding]:
    """What the adapters find. Raises `SettingsError`."""
    found = await asyncio.gather(*(one.diagnose() for one in diagnoses_of(settings)))
    if not found:
        return [Finding("chat platforms", True, "neither TELEGRAM_BOT_TOKEN nor DISCORD_BOT_TOKEN is set")]
    return [finding for findings in found for finding in findings]


def diagnoses_of(settings: Settings) -> Sequence[Diagnosis]:
    """One for each platform whose token is set. A new platform is a row here."""
    diagnoses: list[Diagnosis] = []
    if settings.telegram_bot_token:
        from adapters.telegram.diagnose import TelegramDiagnosis
        from bot.platforms.telegram import telegram_settings

        diagnoses.append(TelegramDiagnosis(telegram_settings(settings)))
    if settings.discord_bot_token:
        from adapters.discord.diagnose import DiscordDiagnosis
        from bot.platforms.discord import discord_settings

        diagnoses.append(DiscordDiagnosis(discord_settings(settings)))
    return diagnoses
