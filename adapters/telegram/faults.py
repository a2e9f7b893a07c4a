"""What goes wrong between us and the Bot API, translated in one place into what the core knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)

from core.errors import (
    AttachmentGone,
    ChatGone,
    OutboundError,
    OutcomeUnknown,
    Refused,
    SlowDown,
    StoreError,
    TooLarge,
)

NEVER_SENT: Final = (httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ConnectError)
LATER: Final = 5.0  # seconds until a server that could not be reached is tried again
STORE_PAUSE: Final = 1.0
DETAIL_CHARS: Final = 120

# What a 400 means is in its sentence only. Some sentences are code names; servers write either with or without blanks.
GONE: Final = (
    "chat not found|peer_id_invalid|user_deactivated|user is deactivated|group chat was d|chat was deleted|"
    "channel_private|input_user_deactivated|topic_closed|topic_deleted|topic_id_invalid|thread not found"
)
LARGE: Final = "too big|too large|entity too large|file_part"
UNCHANGED: Final = "not modified|message_not_modified"
NOT_THERE: Final = "message to delete not found|message to edit not found|message_id_invalid|message identifier is not"
LATE: Final = "query is too old|query id is invalid|query_id_invalid"
NO_TEXT: Final = "no text in the message"
ODD_PICTURE: Final = "photo_invalid_dimensions|image_process_failed|photo_ext_invalid|photo_save_file_invalid"


class Flooded(TelegramError):
    """HTTP 429. `seconds` is the whole time to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")
        self.seconds = seconds


class EntityTooLarge(NetworkError):
    """HTTP 413, from the server or from what stands before it."""


class ServerFailed(NetworkError):
    """HTTP 5xx: whether the call had its effect is not known."""


@contextmanager
def translated() -> Iterator[None]:
    """The Bot API's errors, the store's and the disk's become the core's. Inside it nothing has been sent yet where
    the store fails: what must be noted after a send is noted elsewhere."""
    try:
        yield
    except OutboundError:
        raise
    except TelegramError as error:
        raise fact_of(error) from error
    except StoreError as error:
        raise SlowDown(STORE_PAUSE) from error
    except TimeoutError as error:  # before `OSError`, which it is one of
        raise OutcomeUnknown("no answer in time") from error
    except OSError as error:
        raise Refused("the file cannot be read") from error


@contextmanager
def readable() -> Iterator[None]:
    """What the SDK makes of an answer that is none becomes one of its own errors."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TelegramError("Invalid server response") from error


def fact_of(error: TelegramError) -> OutboundError:
    """What an error of the SDK means. The order matters: `BadRequest` and `TimedOut` are network errors there."""
    match error:
        case Flooded(seconds=seconds):
            return SlowDown(seconds)
        case Forbidden():
            return ChatGone(detail_of(error))
        case BadRequest():
            return _refusal(error)
        case EntityTooLarge():
            return TooLarge("the server takes no file of this size")
        case ChatMigrated() | InvalidToken() | Conflict():
            return Refused(type(error).__name__)
        case TimedOut() | NetworkError() if isinstance(error.__cause__, NEVER_SENT):
            return SlowDown(LATER)
        case _:
            return OutcomeUnknown(type(error.__cause__ or error).__name__)


def _refusal(error: BadRequest) -> OutboundError:
    if says(error, GONE):
        return ChatGone(detail_of(error))
    if says(error, LARGE):
        return TooLarge(detail_of(error))
    return Refused(detail_of(error))


def file_fact_of(error: TelegramError) -> OutboundError:
    """What it means when a file cannot be fetched: there, a repeat is always harmless."""
    fact = fact_of(error)
    match fact:
        case TooLarge() | SlowDown():
            return fact
        case OutcomeUnknown():
            return SlowDown(LATER)
        case _:
            return AttachmentGone(str(fact))


def says(error: TelegramError, meaning: str) -> bool:
    """Whether a refusal is for one of these reasons."""
    return isinstance(error, BadRequest) and re.search(meaning, error.message, re.IGNORECASE) is not None


def detail_of(error: TelegramError) -> str:
    """The server's own words, short enough for a log line. They never quote what was sent."""
    return error.message[:DETAIL_CHARS]
