"""The gateway: discord.py's sharded client, told where to connect and when to identify."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import discord
import structlog
from discord.state import AutoShardedConnectionState

from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import PointedHTTP

log = structlog.get_logger(__name__)

Take = Callable[[str, tuple[Any, ...]], None]
"""Takes an event by discord.py's name for it, with its arguments; it must not wait."""

GUILDS_SECONDS: Final = 1.0


class GatewayClient(discord.AutoShardedClient):
    """Hands every event to `take`, in the order in which they came. `identify` is awaited before each new session."""

    def __init__(
        self, settings: DiscordSettings, identify: Callable[[int | None], Awaitable[None]], take: Take
    ) -> None:
        self._settings = settings
        self._identify = identify
        self._take = take
        ours: dict[str, Any] = {"shard_ids": list(settings.shard_ids)} if settings.shard_ids else {}
        super().__init__(
            intents=intents_of(settings),
            shard_count=settings.shard_count or None,
            **ours,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_SECONDS,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Instead of discord.py's five seconds, which only this process keeps."""
        del initial
        await self._identify(shard_id)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """As discord.py does, and to `take`."""
        super().dispatch(event, *args, **kwargs)
        self._take(event, args)

    def _get_state(self, **options: Any) -> AutoShardedConnectionState[Any]:
        """The one seam where the client's parts are put together: here it gets our HTTP."""
        self.http = PointedHTTP(self.loop, self._settings, self._settings.times.patience)
        state: AutoShardedConnectionState[Any] = super()._get_state(**options)
        state.parsers = {event: _spared(event, parse) for event, parse in state.parsers.items()}
        return state


def intents_of(settings: DiscordSettings) -> discord.Intents:
    """What we want to hear: where we are, and what is said there. What is said to others is a privilege."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=settings.message_content)


def _spared(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """One event that cannot be read costs itself, and not the session."""

    def read(data: Mapping[str, Any]) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever the SDK makes of what comes
            log.warning("event_put_aside", event_name=event, error=type(error).__name__)

    return read
