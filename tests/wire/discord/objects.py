"""The JSON in which things of the server's world are told to clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.wire.discord.world import (
    DM,
    EVERYBODY_MAY,
    FORUM,
    MIB,
    PERMISSIONS,
    THREADS,
    Channel,
    File,
    Guild,
    Interaction,
    Json,
    Message,
    User,
    World,
    bitset,
    told_time,
)

Link = Callable[[File], str]
UPLOAD_BYTES = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}


def upload_bytes(guild: Guild | None) -> int:
    """How large a file may be there."""
    return UPLOAD_BYTES[guild.tier if guild is not None else 0]


def user_json(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name.lower(),
        "global_name": None if user.bot else user.name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member_json(guild: Guild, user: User) -> Json:
    return {
        "roles": [],
        "nick": None,
        "avatar": None,
        "joined_at": told_time(guild.id).isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }


def bot_permissions(channel: Channel) -> int:
    """What the bot may do in a channel."""
    return bitset((EVERYBODY_MAY if channel.guild is not None else frozenset(PERMISSIONS)) - channel.lacks())


def person_permissions(channel: Channel, user: User) -> int:
    """What a person may do in a channel."""
    guild = channel.guild
    boss = guild is not None and (user.id in guild.admins or user is guild.owner)
    return bitset(PERMISSIONS if boss else EVERYBODY_MAY)


def channel_json(world: World, channel: Channel) -> Json:
    last = channel.messages[-1].id if channel.messages else None
    base: Json = {
        "id": str(channel.id),
        "type": channel.kind,
        "last_message_id": str(last) if last else None,
        "flags": 0,
    }
    if channel.kind == DM:
        return base | {"recipients": [user_json(one) for one in channel.people if one is not world.bot]}
    if channel.guild is None:
        owner = {"owner_id": str(channel.people[0].id), "name": None, "icon": None}
        return base | owner | {"recipients": [user_json(one) for one in channel.people]}
    base |= {
        "name": channel.name,
        "guild_id": str(channel.guild.id),
        "parent_id": str(channel.parent.id) if channel.parent is not None else None,
        "rate_limit_per_user": 0,
    }
    return base | (_thread_fields(world, channel) if channel.kind in THREADS else _place_fields(world, channel))


def _thread_fields(world: World, channel: Channel) -> Json:
    began = told_time(channel.id).isoformat()
    return {
        "owner_id": str(channel.people[0].id if channel.people else world.bot.id),
        "message_count": len(channel.messages),
        "total_message_sent": len(channel.messages),
        "member_count": len(channel.people),
        "applied_tags": [],
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": began,
            "create_timestamp": began,
            "locked": False,
        },
    }


def _place_fields(world: World, channel: Channel) -> Json:
    denied = {"id": str(world.bot.id), "type": 1, "allow": "0", "deny": str(bitset(channel.denied))}
    forum: Json = {
        "available_tags": [],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
    }
    return {
        "position": 0,
        "permission_overwrites": [denied] if channel.denied else [],
        "nsfw": False,
        "topic": None,
        **(forum if channel.kind == FORUM else {}),
    }


def partial_channel_json(world: World, channel: Channel, user: User) -> Json:
    """A channel as it comes with an interaction."""
    return channel_json(world, channel) | {"permissions": str(person_permissions(channel, user))}


def guild_json(world: World, guild: Guild) -> Json:
    everyone = {
        "id": str(guild.id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(bitset(EVERYBODY_MAY)),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner_id": str(guild.owner.id),
        "premium_tier": guild.tier,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "roles": [everyone],
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": False,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "application_id": None,
        "description": None,
        "banner": None,
        "splash": None,
        "discovery_splash": None,
        "vanity_url_code": None,
        "premium_progress_bar_enabled": False,
    }


def whole_guild_json(world: World, guild: Guild) -> Json:
    """A guild as GUILD_CREATE tells it."""
    there = [one for one in guild.channels if not one.deleted]
    bot = world.bot
    return guild_json(world, guild) | {
        "joined_at": told_time(guild.id).isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members) + 1,
        "voice_states": [],
        "members": [member_json(guild, bot) | {"user": user_json(bot)}],
        "channels": [channel_json(world, one) for one in there if one.kind not in THREADS],
        "threads": [channel_json(world, one) for one in there if one.kind in THREADS and not one.archived],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def file_json(file: File, link: Link) -> Json:
    url = link(file)
    size = {"width": file.width, "height": file.height} if file.width else {}
    return {
        "id": str(file.id),
        "filename": file.name,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": file.mime,
        **size,
        **({"description": file.description} if file.description else {}),
        **({"duration_secs": 2.5, "waveform": "AAAA"} if file.voice else {}),
        **({"ephemeral": True} if file.folder != "attachments" else {}),
    }


def message_json(world: World, message: Message, link: Link, *, deep: bool = True) -> Json:
    """A message with all it contains; what a client may not see is taken away by `without_content`."""
    answers = message.interaction
    about: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.kind,
        "content": message.content,
        "author": user_json(message.author),
        "timestamp": told_time(message.id).isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "flags": message.flags,
        "tts": False,
        "pinned": False,
        "mention_everyone": message.everyone,
        "mentions": [user_json(one) for one in message.mentions],
        "mention_roles": [],
        "attachments": [file_json(one, link) for one in message.files],
        "embeds": message.embeds,
        "components": message.components,
    }
    if message.nonce is not None:
        about["nonce"] = message.nonce
    if answers is not None:
        about |= {"application_id": str(world.bot.id), "webhook_id": str(world.bot.id)}
        about["interaction_metadata"] = metadata_json(answers)
    if message.reply_to is not None and deep:
        about |= _reply_json(world, message, message.reply_to, link)
    if message.forwarded is not None and deep:
        about |= _forwarded_json(world, *message.forwarded, link)
    if message.thread is not None:
        about["thread"] = channel_json(world, message.thread)
    return about


def _reply_json(world: World, message: Message, to: Message, link: Link) -> Json:
    guild = {"guild_id": str(message.channel.guild.id)} if message.channel.guild is not None else {}
    reference = {"type": 0, "message_id": str(to.id), "channel_id": str(message.channel.id), **guild}
    quoted = None if to.deleted else message_json(world, to, link, deep=False)
    return {"message_reference": reference, "referenced_message": quoted}


def _forwarded_json(world: World, message: Message, copies: list[File], link: Link) -> Json:
    whole = message_json(world, message, link, deep=False)
    kept = ("type", "content", "embeds", "timestamp", "edited_timestamp", "flags", "mentions", "mention_roles")
    copy = {name: whole[name] for name in (*kept, "components")}
    copy["attachments"] = [file_json(one, link) for one in copies]
    reference = {"type": 1, "message_id": str(message.id), "channel_id": str(message.channel.id)}
    return {"message_reference": reference, "message_snapshots": [{"message": copy}]}


def metadata_json(interaction: Interaction) -> Json:
    return {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": user_json(interaction.user),
        "authorizing_integration_owners": owners_json(interaction),
    }


def owners_json(interaction: Interaction) -> dict[str, str]:
    """By whom the app is installed where the interaction took place."""
    guild = interaction.channel.guild
    by_guild = {"0": str(guild.id if guild is not None else 0)}
    return {"1": str(interaction.user.id)} if interaction.by_user_install else by_guild


def without_content(told: Json) -> Json:
    """The same message for those who may not see what is in it."""
    kept = {name: value for name, value in told.items() if name != "message_snapshots"}
    return kept | {"content": "", "embeds": [], "attachments": [], "components": []}


def interaction_json(world: World, one: Interaction, link: Link) -> Json:
    """What INTERACTION_CREATE says."""
    channel, guild, user = one.channel, one.channel.guild, one.user
    told: dict[str, Any] = {
        "id": str(one.id),
        "application_id": str(world.bot.id),
        "type": one.kind,
        "data": one.data,
        "token": one.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": partial_channel_json(world, channel, user),
        "app_permissions": str(bot_permissions(channel)),
        "locale": user.locale,
        "entitlements": [],
        "authorizing_integration_owners": owners_json(one),
        "context": 0 if guild is not None else (1 if world.bot in channel.people else 2),
        "attachment_size_limit": upload_bytes(guild),
    }
    if one.message is not None:
        told["message"] = message_json(world, one.message, link)
    if guild is None:
        return told | {"user": user_json(user)}
    member = member_json(guild, user) | {"user": user_json(user), "permissions": str(person_permissions(channel, user))}
    about_guild = {"id": str(guild.id), "locale": guild.locale, "features": []}
    return told | {"guild_id": str(guild.id), "guild": about_guild, "guild_locale": guild.locale, "member": member}
