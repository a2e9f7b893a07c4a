"""Discord's errors as facts of the core, translated in this one place; and what keeps us from asking in vain."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import discord

from core.errors import (
    ChatGone,
    OutboundError,
    OutcomeUnknown,
    Refused,
    SlowDown,
    StoreError,
    TooLarge,
)

AWAY_SECONDS: Final = 5.0
STORE_SECONDS: Final = 1.0
UNKNOWN_PAUSE: Final = 30.0  # ordered by a proxy that does not say how long

DEAD_TOKEN: Final = frozenset({10062, 10015, 50027})


class TokenDead(Refused):
    """An interaction can be answered no more."""


class TooOld(Refused):
    """A message was edited too often for its age: what is new must be said in a new one."""


class MessageGone(Refused):
    """The message is not there (any more)."""


class Acknowledged(Refused):
    """Somebody has answered this interaction before (a redelivery, say)."""


class CannotReply(Refused):
    """A reply takes the permission to read what was said before; a message of its own does not."""


class Forbidden(Refused):
    """A permission is missing; its message names it."""


BY_CODE: Final[Mapping[int, Callable[[str], OutboundError]]] = {
    10003: ChatGone,  # the channel
    10004: ChatGone,  # the guild
    10013: ChatGone,  # the person
    50001: ChatGone,  # no access: the channel is not to be seen, or the bot was thrown out
    50007: ChatGone,  # no messages to this person
    50278: ChatGone,  # no common guild with this person
    10008: MessageGone,
    30046: TooOld,
    40060: Acknowledged,
    160002: CannotReply,
}


def fact_of(status: int, code: int, *, retry_after: float = 0.0, wants: str = "", token: bool = False) -> OutboundError:
    """What an HTTP answer means. `wants` is the permission that the call needs; `token` says that an interaction's
    token stood in the address, so that 401 and 404 speak of that and not of us."""
    if status == 429:
        return SlowDown(retry_after or UNKNOWN_PAUSE)
    if status == 413 or code == 40005:
        return TooLarge("larger than this place takes")
    if code == 50013:
        return Forbidden(f"lacks the permission {wants!r}")
    if code in BY_CODE:
        return BY_CODE[code](f"code {code}")
    if code in DEAD_TOKEN or (token and status in (401, 404)):
        return TokenDead("this interaction is over")
    if status >= 500:
        return OutcomeUnknown(f"status {status}")
    return Refused(f"status {status}, code {code}")


@contextmanager
def facts(*, wants: str = "") -> Iterator[None]:
    """The one place where the errors of discord.py, of HTTP and of the store become the port's."""
    try:
        yield
    except OutboundError:
        raise
    except discord.RateLimited as error:
        raise SlowDown(error.retry_after) from error
    except discord.HTTPException as error:
        raise fact_of(error.status, error.code, retry_after=_retry_after(error), wants=wants) from error
    except discord.LoginFailure as error:
        raise Refused("Discord does not know this token") from error
    except StoreError as error:
        raise SlowDown(STORE_SECONDS) from error
    except aiohttp.ClientConnectorError as error:  # nothing has been sent
        raise SlowDown(AWAY_SECONDS) from error
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise OutcomeUnknown(type(error).__name__) from error
    except OSError as error:
        raise Refused("the file cannot be read") from error


def _retry_after(error: discord.HTTPException) -> float:
    headers: Any = getattr(error.response, "headers", {})
    return seconds_in(headers)


def seconds_in(headers: Mapping[str, str]) -> float:
    """How long a 429 orders to wait, as far as its headers tell."""
    try:
        return float(headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0


class CircuitBreaker:
    """Discord bans an address for 10,000 invalid requests in ten minutes. So what was refused is not asked again at
    once, a bad token not at all for a while, and long before the ban nothing goes out any more."""

    WINDOW: Final = 600.0
    MOST: Final = 3000
    AGAIN: Final = 10.0
    KEPT: Final = 10_000

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._invalid: deque[float] = deque(maxlen=self.MOST)
        self._refused: dict[str, tuple[float, OutboundError]] = {}

    def check(self, what: str) -> None:
        """Raises what the same call got a moment ago, or `SlowDown`."""
        now = self._now()
        if len(self._invalid) == self.MOST and (oldest := self._invalid[0]) > now - self.WINDOW:
            raise SlowDown(oldest + self.WINDOW - now)
        until, error = self._refused.get(what, (0.0, None))
        if error is not None and until > now:
            raise type(error)(str(error))

    def note(self, what: str, status: int, error: OutboundError) -> None:
        """A call was answered so."""
        if status in (401, 403, 404, 429):
            self._invalid.append(self._now())
        if status in (401, 403, 404) and isinstance(error, Refused | ChatGone):
            if len(self._refused) >= self.KEPT:
                self._refused.clear()
            self._refused[what] = (self._now() + self.AGAIN, error)
