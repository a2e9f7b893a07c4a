"""What exists on the server: people, guilds, channels, messages, files, interactions; and the ids they are known by."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
EPOCH = 1_420_070_400_000
MIB = 1024 * 1024

TEXT, DM, VOICE, GROUP, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 3, 4, 11, 12, 15
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)

PERMISSIONS = {
    "create_instant_invite": 0,
    "administrator": 3,
    "manage_channels": 4,
    "manage_guild": 5,
    "add_reactions": 6,
    "view_channel": 10,
    "send_messages": 11,
    "manage_messages": 13,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "mention_everyone": 17,
    "use_application_commands": 31,
    "manage_threads": 34,
    "create_public_threads": 35,
    "create_private_threads": 36,
    "send_messages_in_threads": 38,
    "use_external_apps": 50,
}
EVERYBODY_MAY = frozenset(PERMISSIONS) - {
    "administrator",
    "manage_channels",
    "manage_guild",
    "manage_messages",
    "manage_threads",
}


def bitset(names: Iterable[str]) -> int:
    """Permissions as Discord writes them."""
    return sum(1 << PERMISSIONS[name] for name in names)


class Ids:
    """Snowflakes: each greater than the one before, and telling the time."""

    def __init__(self) -> None:
        self._last = 0
        self._low = itertools.count(1)

    def new(self, *, shard: tuple[int, int] | None = None) -> int:
        """An id; with a shard (k, n), one that belongs to it."""
        moment = max(int(time.time() * 1000) - EPOCH, self._last + 1)
        while shard is not None and moment % shard[1] != shard[0]:
            moment += 1
        self._last = moment
        return (moment << 22) | (next(self._low) & 0xFFF)


def told_time(snowflake: int) -> datetime:
    """When a thing with this id began."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH) / 1000, UTC)


@dataclass(slots=True, eq=False)
class User:
    """A person, or a bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    takes_dms: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Guild:
    """A guild. `tier` is its boost, which decides what may be uploaded; `has_bot` is false where only people use the
    app."""

    id: int
    name: str
    owner: User
    tier: int = 0
    locale: str = "en-US"
    has_bot: bool = True
    members: dict[int, User] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    channels: list[Channel] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Channel:
    """A place for messages. `denied` are permissions that the bot does not have there."""

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    people: tuple[User, ...] = ()
    denied: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    archived: bool = False
    deleted: bool = False
    typing: int = 0

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def lacks(self) -> set[str]:
        """What the bot may not do here."""
        return self.denied | (self.parent.denied if self.parent is not None else set())


@dataclass(slots=True, eq=False)
class File:
    """An attachment and its bytes."""

    id: int
    name: str
    data: bytes
    mime: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    folder: str = "attachments"
    place: int = 0
    gone: bool = False
    downloads: int = 0
    voice: bool = False

    @property
    def path(self) -> str:
        return f"/{self.folder}/{self.place}/{self.id}/{self.name}"


@dataclass(slots=True, eq=False)
class Message:
    """A message. `only_for` is the one person who sees an ephemeral one; `versions` are the texts it has had, and
    `buttons_once` the components."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    kind: int = 0
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    everyone: bool = False
    pinged: list[User] = field(default_factory=list)
    reply_to: Message | None = None
    nonce: str | int | None = None
    interaction: Interaction | None = None
    only_for: User | None = None
    forwarded: tuple[Message, list[File]] | None = None
    edited_at: datetime | None = None
    edits: int = 0
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    thread: Channel | None = None
    versions: list[str] = field(default_factory=list)
    buttons_once: list[Json] = field(default_factory=list)

    @property
    def is_loading(self) -> bool:
        return bool(self.flags & 128)


@dataclass(slots=True, eq=False)
class Interaction:
    """Something a person did with the app. `state` is "fresh", "deferred", "answered", "modal" or "suggested"."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: Json
    born: float
    command: str = ""
    message: Message | None = None
    state: str = "fresh"
    answered_at: float | None = None
    answer: Json | None = None
    original: Message | None = None
    consumed: bool = False
    modal: Json | None = None
    suggestions: list[Json] = field(default_factory=list)
    follow_ups: list[Message] = field(default_factory=list)
    by_user_install: bool = False


class World:
    """Everything there is."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[str, File] = {}
        self.interactions: dict[str, Interaction] = {}
        self.bot = self.user("Photoreel", bot=True)

    def user(self, name: str, **about: Any) -> User:
        """A new user."""
        user = User(self.ids.new(), name, **about)
        self.users[user.id] = user
        return user

    def channel(self, kind: int, name: str = "", **about: Any) -> Channel:
        """A new channel."""
        channel = Channel(about.pop("id", 0) or self.ids.new(), kind, name, **about)
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels.append(channel)
        return channel

    def dm(self, user: User) -> Channel:
        """The one channel between a person and the bot."""
        for channel in self.channels.values():
            if channel.kind == DM and user in channel.people and self.bot in channel.people:
                return channel
        return self.channel(DM, people=(user, self.bot))

    def messages(self) -> Iterator[Message]:
        """All messages that are there, place by place."""
        for channel in self.channels.values():
            yield from (one for one in channel.messages if not one.deleted)
