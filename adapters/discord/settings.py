"""How the bot stands on Discord: its token, where the API is, which shards are ours, and how long things wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

API_URL: Final = "https://discord.com/api/v10"
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class DiscordTimes:
    """How long things wait, in seconds.

    `acknowledge` is how long Discord waits for the first answer to an interaction; `accept` how long a message may take
    to be recorded before its person is told that nothing was started; `token`
    how long an interaction can be answered; `identify` the pause that Discord wants between two new sessions;
    `patience` the longest wait inside one call before it is put off; `call` the longest call that carries no file;
    `back` how far channels are read back after a new session; `lately` how long pictures wait for a word of the same
    person; `nonce` how long Discord itself drops a repeat; `old` the age from which a message may be edited only a few
    times more; `leave` the time that leaving takes at most.
    """

    acknowledge: float = 3.0
    accept: float = 10.0
    token: float = 15 * MINUTE
    identify: float = 5.0
    patience: float = 5.0
    call: float = MINUTE
    back: float = HOUR
    lately: float = 2 * MINUTE
    nonce: float = 2 * MINUTE
    old: float = HOUR
    leave: float = 0.9


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """What an operator decides.

    `api_url` is everything up to and with the version ("…/api/v10"). `message_content` says that the privileged intent
    is switched on for this bot. `shard_count` 0 leaves the number of shards to Discord; `shard_ids` are the ones this
    process holds, all of them where it is empty. `threads` puts long answers into a thread where a channel is busy.
    Raises `ValueError` for shards that there are not.
    """

    token: str = field(repr=False)
    api_url: str = API_URL
    message_content: bool = False
    shard_count: int = 0
    shard_ids: tuple[int, ...] = ()
    threads: bool = False
    times: DiscordTimes = DiscordTimes()

    def __post_init__(self) -> None:
        if any(not 0 <= one < self.shard_count for one in self.shard_ids):
            raise ValueError(f"shards {self.shard_ids} are not among {self.shard_count}")

    @property
    def elsewhere(self) -> bool:
        """Whether the API is not Discord's own (a proxy, a test server): then nothing may go to Discord directly."""
        return self.api_url.rstrip("/") != API_URL
