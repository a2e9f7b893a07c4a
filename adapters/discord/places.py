"""The names of things: what channels, threads, messages, interactions and attachments are called in the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from core.messages import ConversationKey, MessageRef

PLATFORM: Final = "discord"
EPOCH: Final = 1420070400.0
"""When Discord's ids begin to count, in seconds of Unix time."""

# --- conversations ----------------------------------------------------------------------------------------------------


def key_of(channel: int, thread: int | None = None) -> ConversationKey:
    """The conversation of a channel, or of a thread or forum post in it."""
    return ConversationKey(PLATFORM, str(channel), str(thread) if thread else "")


def channel_of(key: ConversationKey) -> int:
    """Where the messages of a conversation are: to Discord a thread is a channel, too."""
    return int(key.thread or key.chat)


def place_of(key: ConversationKey) -> str:
    """Under what our notes about a conversation are kept."""
    return f"{key.chat}/{key.thread}" if key.thread else key.chat


def key_of_place(place: str) -> ConversationKey:
    """The inverse of `place_of`."""
    chat, _, thread = place.partition("/")
    return ConversationKey(PLATFORM, chat, thread)


# --- what people said and pressed -------------------------------------------------------------------------------------

_INTERACTION: Final = "i"


def id_of_message(message: int) -> str:
    """An `InboundMessage.id`, or the id in a `MessageRef`."""
    return str(message)


def id_of_interaction(interaction: int) -> str:
    """The id of what came as an interaction: a message by command, or a press."""
    return f"{_INTERACTION}{interaction}"


def asked_by(asked: str) -> str:
    """The id of what is answered. The core makes ids of its own for what follows from a message ("…:said")."""
    return asked.partition(":")[0]


def interaction_of(asked: str) -> int | None:
    """The interaction behind such an id, if there is one."""
    first = asked_by(asked)
    return _number(first.removeprefix(_INTERACTION)) if first.startswith(_INTERACTION) else None


def message_of(asked: str) -> int | None:
    """The message behind such an id, if there is one."""
    return _number(asked_by(asked))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


# --- messages of ours -------------------------------------------------------------------------------------------------


def ref_of(key: ConversationKey, channel: int, message: int) -> MessageRef:
    """A message. Its id names the channel only where that is not the conversation's own (a person's DM)."""
    here = channel == channel_of(key)
    return MessageRef(key, str(message) if here else f"{channel}/{message}")


def spot_of(ref: MessageRef) -> tuple[int, int]:
    """The channel and the message of a ref. Raises `ValueError` for what is no message."""
    channel, _, message = ref.id.rpartition("/")
    return int(channel or channel_of(ref.key)), int(message)


def elsewhere(key: ConversationKey, channel: int) -> int:
    """The channel where something was said, if it is not the conversation's own; else 0."""
    return 0 if channel == channel_of(key) else channel


# --- attachments ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handle:
    """An attachment: the place in whose notes its link lies, what it came with (`source`: the id of an interaction, or
    of a message as `ref_of` names it), and its own id."""

    place: str
    source: str
    attachment: int

    def __str__(self) -> str:
        return f"{self.place}:{self.source}:{self.attachment}"

    @classmethod
    def read(cls, ref: str) -> Self:
        """The inverse of `str`. Raises `ValueError`."""
        place, source, attachment = ref.split(":")
        return cls(place, source, int(attachment))


# --- time -------------------------------------------------------------------------------------------------------------


def snowflake_at(seconds: float) -> int:
    """The smallest id that something made at this Unix time can have."""
    return max(0, int((seconds - EPOCH) * 1000)) << 22


def made_at(snowflake: int) -> float:
    """When something was made, by its id, in seconds of Unix time."""
    return (snowflake >> 22) / 1000 + EPOCH
