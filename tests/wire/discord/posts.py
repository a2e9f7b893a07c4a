"""Messages as they come about, change and go: their files, their mentions, and who is told."""

from __future__ import annotations

import io
import mimetypes
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from tests.wire.discord.asked import Upload
from tests.wire.discord.gateway import GUILDS, Gateway
from tests.wire.discord.objects import channel_json, member_json, message_json, upload_bytes, without_content
from tests.wire.discord.refusals import form, refused
from tests.wire.discord.shapes import problem
from tests.wire.discord.world import THREADS, Channel, File, Guild, Json, Message, User, World

_USER_MENTION = re.compile(r"<@!?(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_SAID = ("content", "embeds", "components")


class Posts:
    """Everything that happens to messages. `link` makes the signed address of a file."""

    def __init__(self, world: World, gateway: Gateway, link: Callable[[File], str]) -> None:
        self.world = world
        self.gateway = gateway
        self.link = link

    # --- new ones ---

    def post(self, channel: Channel, author: User, body: Json, files: list[File], **about: Any) -> Message:
        """Put a message into a channel and tell of it."""
        content = (body.get("content") or "").strip()
        message = Message(self.world.ids.new(), channel, author, content, **about)
        message.embeds = body.get("embeds") or []
        message.components = body.get("components") or []
        message.files = files
        message.flags |= body.get("flags") or 0
        message.nonce = body.get("nonce")
        message.versions.append(content)
        self._notify(message, body.get("allowed_mentions"))
        channel.messages.append(message)
        self.tell("MESSAGE_CREATE", message)
        return message

    def must_say_something(self, body: Json, files: Mapping[int, Upload]) -> None:
        """Refuse a message with nothing in it."""
        said = (body.get("content") or "").strip(), body.get("embeds"), body.get("components"), body.get("sticker_ids")
        if not any(said) and not files:
            raise refused("empty")

    def files(
        self, channel: Channel, body: Json, uploads: Mapping[int, Upload], folder: str = "attachments"
    ) -> list[File]:
        """The files of a message, as large as the place allows."""
        most = upload_bytes(channel.guild)
        if any(len(upload.data) > most for upload in uploads.values()):
            raise refused("too large")
        listed = {str(one["id"]): one for one in body.get("attachments") or []}
        made = []
        for number, upload in sorted(uploads.items()):
            about = listed.get(str(number), {})
            if listed and not about:
                wrong = problem("ATTACHMENT_NOT_LISTED", "The file is not in the list of attachments.")
                raise form({"attachments": {str(number): wrong}})
            name = str(about.get("filename") or upload.name)
            made.append(self.file(channel, name, upload.data, folder=folder, description=about.get("description")))
        return made

    def file(
        self, channel: Channel, name: str, data: bytes, *, folder: str = "attachments", description: str | None = None
    ) -> File:
        """A file of these bytes; its type is told by its name, and its size in pixels by its bytes."""
        clean = re.sub(r"[^A-Za-z0-9._-]", "", name.replace(" ", "_")) or "unknown"
        mime = mimetypes.guess_type(clean)[0] or "application/octet-stream"
        width, height = _pixels(data) if mime.startswith("image/") else (None, None)
        place = self.world.bot.id if folder != "attachments" else channel.id
        file = File(self.world.ids.new(), clean, data, mime, width, height, description, folder, place)
        self.world.files[file.path] = file
        return file

    def _notify(self, message: Message, allowed: Json | None) -> None:
        """Who is mentioned, and who is notified of it."""
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
        named = [self.world.users.get(int(one)) for one in _USER_MENTION.findall(message.content)]
        chosen = [int(one) for one in (allowed or {}).get("users") or []]
        found = [one for one in named if one is not None and ("users" in parse or one.id in chosen)]
        replied = message.reply_to.author if message.reply_to is not None else None
        if replied is not None and (allowed is None or allowed.get("replied_user")):
            found.append(replied)
        message.mentions = list(dict.fromkeys(found))
        message.everyone = "everyone" in parse and bool(_EVERYONE.search(message.content))
        quiet = message.flags & (1 << 12)
        message.pinged = [] if quiet else [one for one in message.mentions if one is not message.author]

    # --- changes ---

    def edit(self, message: Message, body: Json, uploads: Mapping[int, Upload]) -> None:
        """Change what is named in the body."""
        folder = "ephemeral-attachments" if message.only_for is not None else "attachments"
        kept = message.files
        if body.get("attachments") is not None:
            kept = self._kept(message, body["attachments"], uploads)
        new = self.files(message.channel, body, uploads, folder)
        self._must_remain(message, body, kept + new)
        message.buttons_once += message.components
        for name in _SAID:
            if name in body:
                setattr(message, name, body[name] or ("" if name == "content" else []))
        for one in message.files:
            one.gone = one.gone or one not in kept
        message.content = message.content.strip()
        message.files = kept + new
        if body.get("flags") is not None:
            message.flags = message.flags & ~4 | body["flags"]
        message.flags &= ~128
        message.edited_at = datetime.now(UTC)
        message.edits += 1
        message.versions.append(message.content)
        self._notify(message, body.get("allowed_mentions"))
        self.tell("MESSAGE_UPDATE", message)

    def _kept(self, message: Message, listed: list[Json], uploads: Mapping[int, Upload]) -> list[File]:
        wanted = {int(one["id"]) for one in listed} - set(uploads)
        known = {one.id for one in message.files}
        if strange := wanted - known:
            wrong = problem("ATTACHMENT_NOT_FOUND", f"Attachment {strange} not found.")
            raise form({"attachments": wrong})
        return [one for one in message.files if one.id in wanted]

    def _must_remain(self, message: Message, body: Json, files: list[File]) -> None:
        left = [body[name] if name in body else getattr(message, name) for name in _SAID]
        if not any(left) and not files:
            raise refused("empty")

    def remove(self, message: Message) -> None:
        """Take a message away; its files go with it."""
        message.deleted = True
        for one in message.files:
            one.gone = True
        gone = {"id": str(message.id), "channel_id": str(message.channel.id)}
        guild = message.channel.guild
        if message.only_for is None:
            wanted = 1 << 9 if guild is not None else 1 << 12
            self.gateway.tell("MESSAGE_DELETE", gone | guild_id(guild), guild=guild, intents=wanted)

    # --- telling ---

    def json(self, message: Message) -> Json:
        """A message as the bot is told of it."""
        return message_json(self.world, message, self.link)

    def tell(self, event: str, message: Message) -> None:
        """Dispatch a message to those whom it concerns."""
        guild = message.channel.guild
        if message.only_for is not None or (guild is not None and not guild.has_bot):
            return
        if "view_channel" in message.channel.lacks() or self.is_out_of_reach(message.channel):
            return
        data = self.json(message) | guild_id(guild)
        data["channel_type"] = message.channel.kind
        if guild is not None:
            data["member"] = member_json(guild, message.author)
        self.gateway.tell_message(event, data, self.open_anyway(message, data), guild=guild)

    def is_out_of_reach(self, channel: Channel) -> bool:
        """A group or private chat between people, where the bot is no member."""
        return channel.guild is None and self.world.bot not in channel.people

    def open_anyway(self, message: Message, told: Json) -> Json:
        """What is told of a message to a bot that may not see all. What it answers is judged by itself."""
        replied = message.reply_to
        if replied is not None and told["referenced_message"] and not self._is_open_anyway(replied):
            told = told | {"referenced_message": without_content(told["referenced_message"])}
        return told if self._is_open_anyway(message) else without_content(told)

    def _is_open_anyway(self, message: Message) -> bool:
        bot = self.world.bot
        return message.channel.guild is None or message.author is bot or bot in message.mentions

    def tell_channel(self, event: str, channel: Channel, **more: Any) -> None:
        """Dispatch a channel or thread."""
        if channel.guild is not None and channel.guild.has_bot:
            data = channel_json(self.world, channel) | more
            self.gateway.tell(event, data, guild=channel.guild, intents=GUILDS)


def guild_id(guild: Guild | None) -> Json:
    """The field, where there is a guild."""
    return {"guild_id": str(guild.id)} if guild is not None else {}


def is_thread(channel: Channel) -> bool:
    """Whether it is a thread or a forum post."""
    return channel.kind in THREADS


def _pixels(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (OSError, Image.DecompressionBombError):
        return None, None
