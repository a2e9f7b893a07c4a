"""Between discord.py's objects and the core's values, without I/O: messages, commands, presses, attachments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import discord

from adapters.discord.components import answer_in, read_id
from adapters.discord.places import (
    Handle,
    channel_of,
    elsewhere,
    id_of_interaction,
    id_of_message,
    key_of,
    key_of_place,
    made_at,
    place_of,
    ref_of,
)
from core.messages import (
    Attachment,
    Command,
    ConversationKey,
    Edited,
    InboundMessage,
    Kind,
    MessageRef,
    Press,
    Sender,
)

VIDEO: Final = "video"
PROMPT: Final = "prompt"
PHOTO: Final = "photo"
TEXT: Final = "text"
ADMIN: Final = "admin"

_EMOJI: Final = re.compile(r"<a?(:\w+:)\d+>")
_PLACE: Final = re.compile(r"\d+(/\d+)?", re.ASCII)
_SPACES: Final = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are: our user, and the roles that Discord made for us (mentioning one of them means us, too)."""

    user: int
    roles: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Files:
    """Attachments as handles, and the signed link behind each handle, which is a secret."""

    attachments: tuple[Attachment, ...] = ()
    links: Mapping[str, str] | None = None

    def __add__(self, other: Files) -> Files:
        return Files((*self.attachments, *other.attachments), {**(self.links or {}), **(other.links or {})})


# --- places -----------------------------------------------------------------------------------------------------------


def key_of_channel(channel: object) -> ConversationKey | None:
    """The conversation of a channel that discord.py knows; None for one of which it knows nothing but the id. A thread
    that we opened for an answer is a part of its channel's."""
    match channel:
        case discord.Thread(parent_id=parent, guild=guild, owner_id=owner) if guild.me and guild.me.id == owner:
            return key_of(parent)
        case discord.Thread(id=thread, parent_id=parent):
            return key_of(parent, thread)
        case None | discord.PartialMessageable():
            return None
        case _:
            number = getattr(channel, "id", None)
            return key_of(number) if isinstance(number, int) else None


def key_of_raw(channel: Mapping[str, Any], me: int) -> ConversationKey:
    """The same for a channel as the API describes it."""
    number, kind, parent = int(channel["id"]), channel.get("type"), channel.get("parent_id")
    if kind not in (10, 11, 12) or not parent:
        return key_of(number)
    ours = str(channel.get("owner_id")) == str(me)
    return key_of(int(parent), None if ours else number)


def is_private(interaction: discord.Interaction[Any]) -> bool:
    """Whether the person is alone with the bot."""
    if interaction.guild_id is not None:
        return False
    return bool(interaction.context.dm_channel) or not interaction.context.private_channel


# --- people -----------------------------------------------------------------------------------------------------------


def sender_of(user: discord.abc.User, permissions: discord.Permissions | None = None, locale: str = "") -> Sender:
    """A person, with what they may do here."""
    roles = {f"role:{role.id}" for role in getattr(user, "roles", ()) if not role.is_default()}
    if permissions is not None and (permissions.manage_guild or permissions.administrator):
        roles.add(ADMIN)
    return Sender(str(user.id), user.display_name, frozenset(roles), locale)


def author_of(message: discord.Message, locale: str = "") -> Sender:
    """Who wrote a message."""
    author = message.author
    allowed = author.guild_permissions if isinstance(author, discord.Member) else None
    return sender_of(author, allowed, locale)


def user_of(interaction: discord.Interaction[Any]) -> Sender:
    """Who used an interaction. In a direct chat between people nobody is above the other."""
    everyone = interaction.guild_id is None and not is_private(interaction)
    allowed = discord.Permissions(manage_guild=True) if everyone else interaction.permissions
    return sender_of(interaction.user, allowed, interaction.locale.value)


# --- messages ---------------------------------------------------------------------------------------------------------


def addressed(message: discord.Message, bot: Bot) -> bool:
    """Whether a message is meant for the bot: said in private, or to it, or in reply to it."""
    if message.guild is None or any(user.id == bot.user for user in message.mentions):
        return True
    if bot.roles & set(message.raw_role_mentions):
        return True
    return _answers_us(message, bot)


def _answers_us(message: discord.Message, bot: Bot) -> bool:
    return isinstance(replied := _replied(message), discord.Message) and replied.author.id == bot.user


def _replied(message: discord.Message) -> object:
    reference = message.reference
    return reference.resolved if reference is not None and message.type is discord.MessageType.reply else None


def inbound_of(
    message: discord.Message, key: ConversationKey, bot: Bot, commands: Iterable[str], locale: str = ""
) -> tuple[InboundMessage, Files]:
    """A message that was written, and all its files. Those of a message it replies to are `quoted`."""
    own = files_of(message, key)
    quoted = _quoted(message, key, bot)
    text = text_of(message, bot)
    inbound = InboundMessage(
        key=key,
        id=id_of_message(message.id),
        sender=author_of(message, locale),
        sent_at=message.created_at,
        private=message.guild is None and not elsewhere(key, message.channel.id),
        addressed=addressed(message, bot),
        text=text,
        command=command_in(text, commands),
        attachments=own.attachments,
        quoted=quoted.attachments,
        reply_to=ref_of(key, message.channel.id, replied).id if (replied := replied_by(message)) else "",
    )
    return inbound, own + quoted


def _quoted(message: discord.Message, key: ConversationKey, bot: Bot) -> Files:
    replied = _replied(message)
    if not isinstance(replied, discord.Message) or replied.author.id == bot.user:
        return Files()
    return files_of(replied, key)


def is_hidden(message: discord.Message, bot: Bot) -> bool:
    """Whether what it replies to is kept from us: nobody can say nothing at all, so Discord has emptied it."""
    replied = _replied(message)
    if not isinstance(replied, discord.Message) or replied.author.id == bot.user or replied.is_system():
        return False
    seen = (replied.content, replied.attachments, replied.embeds, replied.components, replied.stickers, replied.poll)
    return not (any(seen) or replied.message_snapshots)


def replied_by(message: discord.Message) -> int:
    """The message replied to, 0 for none. A forwarded message refers to another one, too, but answers nothing."""
    reference = message.reference
    if reference is None or reference.message_id is None or message.type is not discord.MessageType.reply:
        return 0
    return reference.message_id


def text_of(message: discord.Message, bot: Bot) -> str:
    """What was said, without the words that call the bot, and with names for people and emoji."""
    text = message.content
    for number in bot.roles:
        text = text.replace(f"<@&{number}>", " ")
    for user in message.mentions:
        name = " " if user.id == bot.user else f"@{user.display_name}"
        text = text.replace(f"<@{user.id}>", name).replace(f"<@!{user.id}>", name)
    return _SPACES.sub(" ", _EMOJI.sub(r"\1", text)).strip()


def command_in(text: str, commands: Iterable[str]) -> Command | None:
    """The command that was written out as text, if there is such a one."""
    name, _, rest = text.removeprefix("/").partition(" ")
    known = text.startswith("/") and name.lower() in commands
    return Command(name.lower(), rest.strip()) if known else None


def edited_of(message: discord.Message, key: ConversationKey, bot: Bot) -> Edited:
    """The new text of a message; the time of the edit tells one edit from the next."""
    at = message.edited_at.timestamp() if message.edited_at else 0.0
    return Edited(key, f"{message.id}:edited:{at:.3f}", id_of_message(message.id), text_of(message, bot))


# --- attachments ------------------------------------------------------------------------------------------------------


def files_of(message: discord.Message, key: ConversationKey) -> Files:
    """The files of a message, and of what was forwarded with it."""
    found = [*message.attachments, *(one for part in message.message_snapshots for one in part.attachments)]
    source = Handle(place_of(key), ref_of(key, message.channel.id, message.id).id, 0)
    facts = [_Facts(one.id, one.filename, one.content_type or "", one.size, one.url, one.duration) for one in found]
    return _files(facts, source)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What Discord tells of a file."""

    id: int
    name: str
    mime: str
    size: int
    url: str
    seconds: float | None


def _raw_files(raw: Iterable[Mapping[str, Any]], source: Handle) -> Files:
    facts = [
        _Facts(
            int(one["id"]),
            str(one["filename"]),
            str(one.get("content_type") or ""),
            int(one["size"]),
            str(one["url"]),
            one.get("duration_secs"),
        )
        for one in raw
    ]
    return _files(facts, source)


def _files(facts: Sequence[_Facts], source: Handle) -> Files:
    handles = [str(Handle(source.place, source.source, one.id)) for one in facts]
    attachments = [
        Attachment(kind_of(one), handle, one.name, one.mime.partition(";")[0], one.size)
        for one, handle in zip(facts, handles, strict=True)
    ]
    return Files(tuple(attachments), {handle: one.url for one, handle in zip(facts, handles, strict=True)})


def kind_of(file: _Facts) -> Kind:
    """What Discord takes a file for. Only voice messages are told how long they are."""
    match file.mime.partition("/")[0]:
        case "image":
            return Kind.PHOTO
        case "video":
            return Kind.VIDEO
        case "audio":
            return Kind.VOICE if file.seconds is not None else Kind.AUDIO
        case _:
            return Kind.FILE


# --- interactions -----------------------------------------------------------------------------------------------------


def data_of(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    """What an interaction is about, as the API describes it."""
    data: Any = interaction.data
    return data if isinstance(data, dict) else {}


def command_of(interaction: discord.Interaction[Any], key: ConversationKey) -> tuple[InboundMessage, Files]:
    """A slash command, or a command of a message's menu, as the message that it stands for."""
    data = data_of(interaction)
    if data.get("type") == discord.AppCommandType.message.value:
        return _of_menu(interaction, key, data)
    options = {str(one["name"]): one.get("value", "") for one in data.get("options", ())}
    given = data.get("resolved", {}).get("attachments", {})
    named = sorted((int(name.removeprefix(PHOTO)), str(value)) for name, value in options.items() if _is_photo(name))
    photos = [given[number] for _, number in named if number in given]
    files = _raw_files(photos, Handle(place_of(key), id_of_interaction(interaction.id), 0))
    text = str(options.pop(PROMPT, "") or options.pop(TEXT, "")).strip()
    wishes = {name: str(value) for name, value in options.items() if not _is_photo(name)}
    command = Command(str(data["name"]), text, wishes)
    return _said(interaction, key, command, attachments=files.attachments), files


def _is_photo(name: str) -> bool:
    return name.startswith(PHOTO) and name.removeprefix(PHOTO).isdigit()


def _of_menu(
    interaction: discord.Interaction[Any], key: ConversationKey, data: Mapping[str, Any]
) -> tuple[InboundMessage, Files]:
    """The message that the menu was opened on: its files, and its words if the same person wrote them."""
    target = data["resolved"]["messages"][str(data["target_id"])]
    forwarded = [one for part in target.get("message_snapshots", ()) for one in part["message"].get("attachments", ())]
    raw = [*target.get("attachments", ()), *forwarded]
    source = ref_of(key, interaction.channel_id or channel_of(key), int(target["id"]))
    files = _raw_files(raw, Handle(place_of(key), source.id, 0))
    own = str(target.get("author", {}).get("id")) == str(interaction.user.id)
    text = _EMOJI.sub(r"\1", str(target.get("content", ""))).strip() if own else ""
    return _said(interaction, key, Command(VIDEO, text), quoted=files.attachments), files


def answered_of(interaction: discord.Interaction[Any], key: ConversationKey, name: str) -> InboundMessage:
    """A command whose question was answered in a modal."""
    text = answer_in(data_of(interaction).get("components", ()))
    return _said(interaction, key, Command(name, text.strip()))


def _said(
    interaction: discord.Interaction[Any],
    key: ConversationKey,
    command: Command,
    attachments: tuple[Attachment, ...] = (),
    quoted: tuple[Attachment, ...] = (),
) -> InboundMessage:
    return InboundMessage(
        key=key,
        id=id_of_interaction(interaction.id),
        sender=user_of(interaction),
        sent_at=_time_of(interaction),
        private=is_private(interaction),
        command=command,
        attachments=attachments,
        quoted=quoted,
        whole=True,
    )


def chosen_of(interaction: discord.Interaction[Any]) -> str:
    """The id of the pressed button, of the chosen line of a menu, or of the modal."""
    data = data_of(interaction)
    return str((data.get("values") or [data.get("custom_id", "")])[0])


def home_of(interaction: discord.Interaction[Any]) -> ConversationKey | None:
    """The conversation that a pressed button belongs to, where it stands elsewhere."""
    home = read_id(chosen_of(interaction)).home
    return key_of_place(home) if _PLACE.fullmatch(home) else None


def press_of(interaction: discord.Interaction[Any], key: ConversationKey) -> Press:
    """A pressed button, a chosen line of a menu, or the answer to what a button asked."""
    message = interaction.message
    return Press(
        key=key,
        id=id_of_interaction(interaction.id),
        sender=user_of(interaction),
        sent_at=_time_of(interaction),
        token=read_id(chosen_of(interaction)).token,
        message=ref_of(key, message.channel.id, message.id) if message else MessageRef(key, ""),
        ref=id_of_interaction(interaction.id),
        text=answer_in(data_of(interaction).get("components", ())).strip(),
        private=is_private(interaction) and not elsewhere(key, interaction.channel_id or 0),
    )


def _time_of(interaction: discord.Interaction[Any]) -> datetime:
    return datetime.fromtimestamp(made_at(interaction.id), UTC)
