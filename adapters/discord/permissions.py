"""What the bot must be allowed to do in a channel, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord

from adapters.discord.phrases import Phrases


def missing_for(interaction: discord.Interaction[Any]) -> str:
    """The permission that an answer to this interaction would lack; empty where nothing is known to lack."""
    allowed = interaction.app_permissions
    if not allowed.value or interaction.guild_id is None:
        return ""
    if not interaction.is_guild_integration():
        return _first_missing(allowed, ("attach_files",))
    return _first_missing(allowed, _needed(in_thread=isinstance(interaction.channel, discord.Thread)))


def missing_in(message: discord.Message) -> str:
    """The permission that an answer to this message would lack."""
    guild, channel = message.guild, message.channel
    if guild is None or guild.me is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return ""
    return _first_missing(channel.permissions_for(guild.me), _needed(in_thread=isinstance(channel, discord.Thread)))


def may_speak(message: discord.Message) -> bool:
    """Whether what is missing can be said where it is missing."""
    return missing_in(message) == "attach_files"


def sentence(phrases: Phrases, permission: str) -> str:
    """What people are told of it, by the name that they find in Discord's own settings."""
    return phrases.lacking.format(permission=phrases.permissions[permission])


def _needed(*, in_thread: bool) -> tuple[str, ...]:
    return ("view_channel", "send_messages_in_threads" if in_thread else "send_messages", "attach_files")


def _first_missing(allowed: discord.Permissions, needed: Iterable[str]) -> str:
    if allowed.administrator:
        return ""
    return next((name for name in needed if not getattr(allowed, name)), "")
