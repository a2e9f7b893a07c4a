"""Telegram's part of the doctor: the token, the name, how updates come, and what groups let us see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from telegram import User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from adapters.telegram.faults import readable
from adapters.telegram.line import Line, open_line
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.webhook import PATH
from core.ports import Finding

WITHIN: Final = 15.0
WAITING: Final = 100  # updates; more of them mean that nobody fetches


class TelegramDiagnosis:
    """`core.ports.Diagnosis` for Telegram. Asks; changes nothing; raises nothing."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    async def diagnose(self) -> Sequence[Finding]:
        """All findings; only the trouble where that makes further questions useless."""
        async with open_line(self._settings) as line:
            return await findings_of(line)


async def findings_of(line: Line) -> Sequence[Finding]:
    """What is seen over a line: the token, privacy mode, the webhook."""
    try:
        with readable():
            async with asyncio.timeout(WITHIN):
                me = await line.bot.get_me()
                info = await line.bot.get_webhook_info()
    except InvalidToken:
        return (Finding("Telegram token", False, "refused", "Set TELEGRAM_BOT_TOKEN to what @BotFather shows."),)
    except (TelegramError, TimeoutError) as error:
        fix = "Check the network and TELEGRAM_API_URL."
        return (Finding("Telegram", False, f"not reached ({type(error).__name__})", fix),)
    return (_token(me), _privacy(me), _updates(line, info))


def _token(me: User) -> Finding:
    return Finding("Telegram token", True, f"@{me.username}")


def _privacy(me: User) -> Finding:
    """Both modes work; they differ in what people must do."""
    if me.can_join_groups is False:
        return Finding("Telegram groups", True, "the bot cannot be added to groups (@BotFather, /setjoingroups)")
    if me.can_read_all_group_messages:
        return Finding("Telegram groups", True, "privacy mode is off: all messages are seen, only those to us answered")
    detail = "privacy mode is on: commands, mentions and replies are seen; photos must come with one of them"
    return Finding("Telegram groups", True, detail)


def _updates(line: Line, info: WebhookInfo) -> Finding:
    public = line.settings.public_url
    expected = f"{public.rstrip('/')}{PATH}" if public else ""
    if public and not line.settings.webhook_secret:
        fix = "Set TELEGRAM_WEBHOOK_SECRET to 1-256 letters and digits."
        return Finding("Telegram updates", False, "a webhook without a secret is not served", fix)
    if info.url != expected:
        return _elsewhere(expected, info)
    if info.last_error_message and info.pending_update_count:
        fix = "Check that PUBLIC_URL reaches this program over https."
        return Finding("Telegram updates", False, f"deliveries fail: {info.last_error_message[:200]}", fix)
    if info.pending_update_count > WAITING:
        fix = "Start `photoreel run` or `photoreel listen`."
        return Finding("Telegram updates", False, f"{info.pending_update_count} wait to be fetched", fix)
    return Finding("Telegram updates", True, "by webhook" if expected else "by polling")


def _elsewhere(expected: str, info: WebhookInfo) -> Finding:
    if expected:
        detail = "the webhook is not set to PUBLIC_URL" if info.url else "no webhook is set yet"
        return Finding("Telegram updates", False, detail, "Start `photoreel web`: it sets the webhook.")
    detail = "another program has set a webhook"
    fix = "Set PUBLIC_URL, or start `photoreel listen`: it removes the webhook."
    return Finding("Telegram updates", False, detail, fix)
