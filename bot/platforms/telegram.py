"""Telegram in this process: polled, or by webhook where there is a public address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters.telegram.line import Line, open_line
from adapters.telegram.listener import TelegramListener
from adapters.telegram.profile import Profile, set_profile
from adapters.telegram.sender import TelegramSender
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.webhook import TelegramWebhook
from bot.platforms.parts import AtStart, Part, Stores
from bot.settings import Settings, SettingsError
from core import commands
from core.store.leadership import StoreLeadership
from core.wording import tags, words_for


@asynccontextmanager
async def open_telegram(settings: Settings, stores: Stores, *, listen: bool, serve: bool) -> AsyncIterator[Part]:
    """Telegram, for as long as the block lasts. Raises `SettingsError`."""
    async with open_line(telegram_settings(settings)) as line:
        yield _webhook(stores, line, serve=serve) if settings.webhook else _polling(stores, line, listen=listen)


def telegram_settings(settings: Settings) -> TelegramSettings:
    """How Telegram is reached. Raises `SettingsError`."""
    secret = settings.telegram_webhook_secret.get_secret_value()
    if settings.webhook and not secret:
        raise SettingsError("TELEGRAM_WEBHOOK_SECRET is needed with PUBLIC_URL: without it anybody could write there")
    try:
        return TelegramSettings(
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
            local_mode=settings.telegram_local_mode,
            webhook_secret=secret,
            public_url=settings.public_url,
        )
    except ValueError as error:
        raise SettingsError(f"TELEGRAM_BOT_TOKEN or TELEGRAM_WEBHOOK_SECRET: {error}") from None


def _polling(stores: Stores, line: Line, *, listen: bool) -> Part:
    notes = stores.notes("telegram")
    sender = TelegramSender(line, stores.pace(), notes)
    if not listen:
        return Part(sender)
    listener = TelegramListener(line, StoreLeadership(stores.connection), notes, _names())
    return Part(sender, [listener, _profile(stores, line)], "Telegram (polling)")


def _webhook(stores: Stores, line: Line, *, serve: bool) -> Part:
    notes = stores.notes("telegram")
    sender = TelegramSender(line, stores.pace(), notes)
    if not serve:
        return Part(sender)
    webhook = TelegramWebhook(line, notes, _names())
    listeners = [AtStart("webhook", webhook.register), _profile(stores, line)]
    return Part(sender, listeners, f"Telegram (webhook {webhook.url})", lambda receive: [webhook.route(receive)])


def _names() -> list[str]:
    return [row.name for row in commands.TABLE]


def _profile(stores: Stores, line: Line) -> AtStart:
    return AtStart("profile", lambda: set_profile(line, stores.notes("telegram"), _profiles()))


def _profiles() -> Mapping[str, Profile]:
    """What people read before they have written anything; "" is for those who read none of our languages."""
    profiles = {}
    for tag in tags():
        words = words_for(tag)
        greeting = words.greeting()
        language = "" if tag == "en" else tag.partition("-")[0]
        profiles[language] = Profile(commands.rows(words), greeting, greeting.partition("\n")[0])
    return profiles
