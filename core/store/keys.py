"""The names of all keys. Conversations are spread over sixteen partitions, each one slot of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from urllib.parse import quote, unquote
from zlib import crc32

from core.messages import ConversationKey

PARTITIONS = 16


def name_of(key: ConversationKey) -> str:
    """The conversation's name within keys and records; `key_of` reads it back."""
    return "/".join(quote(part, safe="") for part in (key.platform, key.chat, key.thread))


def key_of(name: str) -> ConversationKey:
    """The inverse of `name_of`."""
    platform, chat, thread = (unquote(part) for part in name.split("/"))
    return ConversationKey(platform, chat, thread)


def partition_of(name: str) -> int:
    """Where the conversation (or any other thing with a name) lives: the same in every process, for ever."""
    return crc32(name.encode()) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Keys:
    """Key names under one prefix, so that two bots can share a server.

    The part in braces is what a cluster hashes: keys that one script touches share it. `secret` (up to 64 bytes) makes
    the hashes that outlive `/forget` useless to whoever reads the store and guesses ids.
    """

    prefix: str = "photoreel"
    secret: bytes = field(default=b"", repr=False)

    def within(self, scope: str) -> Keys:
        """Keys of their own for a part of the installation."""
        return replace(self, prefix=f"{self.prefix}:{scope}")

    def hashed(self, name: str) -> str:
        """What stays of a name when the name itself must not: the same in every process of the installation."""
        return blake2b(name.encode(), key=self.secret, digest_size=12).hexdigest()

    def in_partition(self, partition: int, kind: str, name: str = "") -> str:
        """A key of a partition: ``photoreel:{p3}:ready``, ``photoreel:{p3}:jobs:web/42/``."""
        return f"{self.prefix}:{{p{partition}}}:{kind}" + (f":{name}" if name else "")

    def named(self, kind: str, name: str) -> str:
        """A key in the partition that its name belongs to."""
        return self.in_partition(partition_of(name), kind, name)
