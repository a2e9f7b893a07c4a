"""Ids: conversations, messages and presses as the core holds them. Pure; making and reading are neighbours."""

from __future__ import annotations

from typing import Final

from core.messages import ConversationKey

PLATFORM: Final = "telegram"
GENERAL: Final = 1  # the topic that must be sent to without its number


def key_of(chat: int, thread: int = 0) -> ConversationKey:
    """The conversation of a chat, or of a topic in it. The General topic is the chat itself."""
    return ConversationKey(PLATFORM, str(chat), str(thread) if thread > GENERAL else "")


def chat_of(key: ConversationKey) -> int:
    """The chat of a conversation."""
    return int(key.chat)


def thread_of(key: ConversationKey) -> int | None:
    """The topic of a conversation; None for a chat without one, and for General."""
    return int(key.thread) if key.thread else None


def place_of(key: ConversationKey) -> str:
    """What notes about a conversation are filed under."""
    return f"{key.chat}.{key.thread}" if key.thread else key.chat


def message_id(chat: int, message: int) -> str:
    """A message's id, anybody's. Message numbers are unique in their chat only, and a chat that moves starts anew."""
    return f"{chat}:{message}"


def message_of(id_: str) -> tuple[int, int] | None:
    """The chat and the number behind a message's id, also where the core has added something to it; None for what is
    no message's id."""
    chat, _, rest = id_.partition(":")
    number = rest.partition(":")[0]
    try:
        return int(chat), int(number)
    except ValueError:
        return None


def press_id(query: str) -> str:
    """A press's id."""
    return f"press:{query}"


def is_group(chat: int) -> bool:
    """Groups have negative numbers, people have their own."""
    return chat < 0
