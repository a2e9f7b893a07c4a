"""The routes under /channels and /guilds: messages, threads, typing, places."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.wire.discord.asked import Answer, Asked
from tests.wire.discord.objects import channel_json, guild_json, member_json, user_json
from tests.wire.discord.payloads import EDIT, MESSAGE
from tests.wire.discord.posts import is_thread
from tests.wire.discord.refusals import Refusal, must_fit, refused
from tests.wire.discord.shapes import flag, many, maybe, one_of, snowflake, table, text, whole
from tests.wire.discord.world import DM, FORUM, PUBLIC_THREAD, THREADS, Channel, Guild, Json, Message

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

_ARCHIVE = maybe(one_of(60, 1440, 4320, 10080))
_SLOW = maybe(whole(0, 21600))
_FROM_MESSAGE = table({"name": text(100, 1)}, {"auto_archive_duration": _ARCHIVE, "rate_limit_per_user": _SLOW})
_THREAD = table(
    {"name": text(100, 1)},
    {
        "auto_archive_duration": _ARCHIVE,
        "rate_limit_per_user": _SLOW,
        "type": maybe(one_of(10, 11, 12)),
        "invitable": maybe(flag),
    },
)
_POST = table(  # the type is sent by the library
    {"name": text(100, 1), "message": MESSAGE},
    {
        "auto_archive_duration": _ARCHIVE,
        "rate_limit_per_user": _SLOW,
        "applied_tags": maybe(many(snowflake, 5)),
        "type": one_of(11),
    },
)
_CHANGE = table(
    {},
    {
        "name": text(100, 1),
        "archived": flag,
        "locked": flag,
        "invitable": flag,
        "auto_archive_duration": _ARCHIVE,
        "rate_limit_per_user": _SLOW,
        "flags": whole(0),
        "applied_tags": maybe(many(snowflake, 5)),
    },
)
_DM = table({"recipient_id": snowflake})


# --- finding and permitting -------------------------------------------------------------------------------------------


def channel_of(server: DiscordServer, asked: Asked, name: str = "channel") -> Channel:
    """The channel of the path, where the bot may see it."""
    channel = server.world.channels.get(asked.id(name))
    if channel is None or channel.deleted or (channel.parent is not None and channel.parent.deleted):
        raise refused("unknown channel")
    if server.posts.is_out_of_reach(channel) or (channel.guild is not None and not channel.guild.has_bot):
        raise refused("access")
    need(channel, "view_channel")
    return channel


def need(channel: Channel, *permissions: str) -> None:
    """Refuse what the bot may not do there."""
    lacking = channel.lacks() & set(permissions)
    if "view_channel" in channel.lacks():
        raise refused("access")
    if lacking and channel.guild is not None:
        raise refused("permission")


def message_of(channel: Channel, number: int) -> Message:
    """The message of this id; ephemeral ones cannot be reached here."""
    for message in channel.messages:
        if message.id == number and not message.deleted and message.only_for is None:
            return message
    raise refused("unknown message")


def guild_of(server: DiscordServer, asked: Asked) -> Guild:
    """The guild of the path, where the bot is a member."""
    guild = server.world.guilds.get(asked.id("guild"))
    if guild is None:
        raise refused("unknown guild")
    if not guild.has_bot:
        raise refused("access")
    return guild


# --- messages ---------------------------------------------------------------------------------------------------------


def create_message(server: DiscordServer, asked: Asked) -> Answer:
    """POST /channels/{channel}/messages"""
    channel = channel_of(server, asked)
    must_fit(MESSAGE, asked.json)
    return Answer(200, server.posts.json(_posted(server, channel, asked.json, asked)))


def _posted(server: DiscordServer, channel: Channel, body: Json, asked: Asked) -> Message:
    _must_be_writable(server, channel, bool(asked.files))
    if (again := _the_same(server, channel, body)) is not None:
        return again
    server.posts.must_say_something(body, asked.files)
    reply_to = _replied(channel, body)
    files = server.posts.files(channel, body, asked.files)
    kind = 19 if reply_to is not None else 0
    channel.archived = False
    return server.posts.post(channel, server.world.bot, body, files, reply_to=reply_to, kind=kind)


def _must_be_writable(server: DiscordServer, channel: Channel, with_files: bool) -> None:
    if channel.kind == FORUM:
        raise refused("not text")
    need(channel, "send_messages_in_threads" if is_thread(channel) else "send_messages")
    if with_files:
        need(channel, "attach_files")
    if channel.kind == DM and not all(one.takes_dms for one in channel.people):
        raise refused("cannot dm")


def _the_same(server: DiscordServer, channel: Channel, body: Json) -> Message | None:
    """What was sent with this nonce a few minutes ago, where the sender insists on it being sent once."""
    nonce = body.get("nonce")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    since = time.time() - server.times.nonce
    for message in reversed(channel.messages):
        if message.author is server.world.bot and str(message.nonce) == str(nonce) and server.sent_at(message) > since:
            return message
    return None


def _replied(channel: Channel, body: Json) -> Message | None:
    reference = body.get("message_reference")
    if reference is None:
        return None
    need(channel, "read_message_history")
    for message in channel.messages:
        if message.id == int(reference["message_id"]) and not message.deleted:
            return message
    if reference.get("fail_if_not_exists", True):
        wrong = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
        raise Refusal(400, 50035, "Invalid Form Body", {"message_reference": {"_errors": [wrong]}})
    return None


def read_messages(server: DiscordServer, asked: Asked) -> Answer:
    """GET /channels/{channel}/messages"""
    channel = channel_of(server, asked)
    need(channel, "read_message_history")
    query = asked.query
    shape = table({}, {"limit": text(3, 1, r"\d+"), "before": snowflake, "after": snowflake, "around": snowflake})
    must_fit(shape, dict(query))
    limit = int(query.get("limit", 50))
    must_fit(whole(1, 100), limit)
    found = [one for one in channel.messages if not one.deleted and one.only_for is None]
    if "after" in query:
        found = [one for one in found if one.id > int(query["after"])][:limit]
    if "before" in query:
        found = [one for one in found if one.id < int(query["before"])]
    return Answer(200, [seen(server, one) for one in reversed(found[-limit:])])


def seen(server: DiscordServer, message: Message) -> Json:
    """A message as the bot gets it when it reads: without content where it has not the right to see it."""
    data = server.posts.json(message)
    return data if server.sees_content else server.posts.open_anyway(message, data)


def read_message(server: DiscordServer, asked: Asked) -> Answer:
    """GET /channels/{channel}/messages/{message}"""
    channel = channel_of(server, asked)
    need(channel, "read_message_history")
    return Answer(200, seen(server, message_of(channel, asked.id("message"))))


def edit_message(server: DiscordServer, asked: Asked) -> Answer:
    """PATCH /channels/{channel}/messages/{message}"""
    channel = channel_of(server, asked)
    message = message_of(channel, asked.id("message"))
    must_fit(EDIT, asked.json)
    if message.author is not server.world.bot:
        raise refused("author")
    if asked.files:
        need(channel, "attach_files")
    if channel.archived:
        raise refused("archived")
    _must_not_be_old(server, message)
    server.posts.edit(message, asked.json, asked.files)
    return Answer(200, server.posts.json(message))


def _must_not_be_old(server: DiscordServer, message: Message) -> None:
    if time.time() - server.sent_at(message) < server.times.old:
        return
    server.old_edits[message.channel.id] = server.old_edits.get(message.channel.id, 0) + 1
    if server.old_edits[message.channel.id] > server.rules.old_edits:
        said = "Maximum number of edits to messages older than 1 hour reached. Try again later."
        raise Refusal(429, 30046, said, more={"retry_after": server.times.old_pause, "global": False})


def delete_message(server: DiscordServer, asked: Asked) -> Answer:
    """DELETE /channels/{channel}/messages/{message}"""
    channel = channel_of(server, asked)
    message = message_of(channel, asked.id("message"))
    if message.author is not server.world.bot:
        if channel.guild is None:
            raise refused("not in dm")
        raise refused("permission")
    server.posts.remove(message)
    return Answer(204)


def type_(server: DiscordServer, asked: Asked) -> Answer:
    """POST /channels/{channel}/typing"""
    channel = channel_of(server, asked)
    _must_be_writable(server, channel, False)
    channel.typing += 1
    return Answer(204)


def react(server: DiscordServer, asked: Asked) -> Answer:
    """PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me"""
    channel = channel_of(server, asked)
    need(channel, "add_reactions", "read_message_history")
    message_of(channel, asked.id("message")).reactions.append(asked.args["emoji"])
    return Answer(204)


# --- threads ----------------------------------------------------------------------------------------------------------


def thread_from_message(server: DiscordServer, asked: Asked) -> Answer:
    """POST /channels/{channel}/messages/{message}/threads"""
    channel = channel_of(server, asked)
    message = message_of(channel, asked.id("message"))
    must_fit(_FROM_MESSAGE, asked.json)
    need(channel, "create_public_threads")
    if channel.guild is None:
        raise refused("not in dm")
    if message.thread is not None:
        raise refused("has thread")
    message.thread = _thread(server, channel, asked.json["name"], id=message.id)
    return Answer(201, channel_json(server.world, message.thread))


def _thread(server: DiscordServer, parent: Channel, name: str, **about: Any) -> Channel:
    about.setdefault("people", (server.world.bot,))
    thread = server.world.channel(about.pop("kind", PUBLIC_THREAD), name, guild=parent.guild, parent=parent, **about)
    server.posts.tell_channel("THREAD_CREATE", thread, newly_created=True)
    return thread


def create_thread(server: DiscordServer, asked: Asked) -> Answer:
    """POST /channels/{channel}/threads, in a forum with its first message"""
    channel = channel_of(server, asked)
    if channel.kind != FORUM:
        must_fit(_THREAD, asked.json)
        need(channel, "create_public_threads")
        thread = _thread(server, channel, asked.json["name"], kind=asked.json.get("type") or 12)
        return Answer(201, channel_json(server.world, thread))
    must_fit(_POST, asked.json)
    need(channel, "send_messages")
    thread = _thread(server, channel, asked.json["name"])
    first = _posted(server, thread, asked.json["message"], asked)
    return Answer(201, channel_json(server.world, thread) | {"message": server.posts.json(first)})


def join_thread(server: DiscordServer, asked: Asked) -> Answer:
    """PUT /channels/{channel}/thread-members/@me"""
    channel_of(server, asked)
    return Answer(204)


def active_threads(server: DiscordServer, asked: Asked) -> Answer:
    """GET /guilds/{guild}/threads/active"""
    guild = guild_of(server, asked)
    there = [one for one in guild.channels if one.kind in THREADS and not one.deleted and not one.archived]
    return Answer(200, {"threads": [channel_json(server.world, one) for one in there], "members": []})


# --- places -----------------------------------------------------------------------------------------------------------


def read_channel(server: DiscordServer, asked: Asked) -> Answer:
    """GET /channels/{channel}"""
    return Answer(200, channel_json(server.world, channel_of(server, asked)))


def change_channel(server: DiscordServer, asked: Asked) -> Answer:
    """PATCH /channels/{channel}, for threads"""
    channel = channel_of(server, asked)
    must_fit(_CHANGE, asked.json)
    if not is_thread(channel):
        raise refused("permission")
    channel.archived = asked.json.get("archived", channel.archived)
    channel.name = asked.json.get("name", channel.name)
    server.posts.tell_channel("THREAD_UPDATE", channel)
    return Answer(200, channel_json(server.world, channel))


def open_dm(server: DiscordServer, asked: Asked) -> Answer:
    """POST /users/@me/channels"""
    must_fit(_DM, asked.json)
    user = server.world.users.get(int(asked.json["recipient_id"]))
    if user is None:
        raise refused("unknown user")
    if user is server.world.bot:
        raise refused("cannot dm")
    return Answer(200, channel_json(server.world, server.world.dm(user)))


def read_guild(server: DiscordServer, asked: Asked) -> Answer:
    """GET /guilds/{guild}"""
    return Answer(200, guild_json(server.world, guild_of(server, asked)))


def read_guild_channels(server: DiscordServer, asked: Asked) -> Answer:
    """GET /guilds/{guild}/channels"""
    there = [one for one in guild_of(server, asked).channels if not one.deleted and one.kind not in THREADS]
    return Answer(200, [channel_json(server.world, one) for one in there])


def read_member(server: DiscordServer, asked: Asked) -> Answer:
    """GET /guilds/{guild}/members/{user}"""
    guild = guild_of(server, asked)
    wanted = asked.id("user")
    user = server.world.bot if wanted == server.world.bot.id else guild.members.get(wanted)
    if user is None:
        raise refused("unknown member")
    return Answer(200, member_json(guild, user) | {"user": user_json(user)})


def my_guilds(server: DiscordServer, asked: Asked) -> Answer:
    """GET /users/@me/guilds"""
    mine = [one for one in server.world.guilds.values() if one.has_bot]
    return Answer(200, [{"id": str(one.id), "name": one.name, "icon": None, "owner": False} for one in mine])


def leave_guild(server: DiscordServer, asked: Asked) -> Answer:
    """DELETE /users/@me/guilds/{guild}"""
    server.kick_bot(guild_of(server, asked))
    return Answer(204)
