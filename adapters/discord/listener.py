"""The way in from Discord: one gateway client for our shards, whose events are taken in the order they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import discord
import structlog

from adapters.discord.active import Active, Seen
from adapters.discord.client import GatewayClient
from adapters.discord.faults import facts
from adapters.discord.interactions import Interactions
from adapters.discord.locks import TicketLocks
from adapters.discord.menu import Menu
from adapters.discord.messages import PATIENCE, Messages
from adapters.discord.notebook import Notebook
from adapters.discord.places import key_of, snowflake_at
from adapters.discord.reception import Reception, until_stored
from adapters.discord.registry import sync
from adapters.discord.rest import Rest, open_rest
from adapters.discord.sessions import Sessions
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import PointedHTTP
from core.errors import OutboundError, OutcomeUnknown, SlowDown
from core.messages import ConversationKey, Gone
from core.ports import Notes, Pace, Receive

log = structlog.get_logger(__name__)

AGAIN: Final = 5.0
REFUSED_AGAIN: Final = 600.0  # a bad token gets no better, and asking in vain leads to a ban
READ_AT_ONCE: Final = 100
READ_AGAIN: Final = (0.0, 1.0, 4.0, 16.0)  # seconds before what could not be read back is tried again
CAUGHT_UP: Final = 30.0  # so long at most the new waits for what was missed


class DiscordListener:
    """`core.ports.Listener` for Discord. `menu` is what the commands are made of."""

    def __init__(self, settings: DiscordSettings, pace: Pace, notes: Notes, menu: Menu) -> None:
        self._settings = settings
        self._pace = pace
        self._notes = notes
        self._menu = menu

    async def listen(self, receive: Receive) -> None:
        """Take what comes until cancelled; whatever ends the connection, a new one is made."""
        while True:
            async with open_rest(self._settings, self._pace) as rest:
                session = _Session(self._settings, self._pace, self._notes, self._menu, rest, receive)
                pause = await session.run()
            await asyncio.sleep(pause)


class _Session:
    """One life of a client, from login to loss."""

    def __init__(
        self, settings: DiscordSettings, pace: Pace, notes: Notes, menu: Menu, rest: Rest, receive: Receive
    ) -> None:
        self._settings = settings
        self._menu = menu
        self._rest = rest
        self._book = Notebook(notes)
        self._sessions = Sessions(self._book, pace, settings.times, self._starts)
        self._active = Active(self._book, settings.times.back, self._shard_of)
        self._reception = Reception(self._book, receive)
        order = TicketLocks()
        self._interactions = Interactions(
            rest, self._reception, order, self._active, menu, settings.times, self._book.now, self._missed
        )
        self._messages = Messages(settings, rest, self._book, self._reception, order, self._active, menu)
        self._client = GatewayClient(settings, self._identify, self._take)
        self._caught_up: dict[int, asyncio.Event] = {}
        self._new: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> float:
        """Until the client ends; returns how long to wait before the next one."""
        try:
            shards = self._settings.shard_ids or (0,)
            for shard in shards:
                await self._sessions.calm(shard)
            await self._client.login(self._settings.token)
            if 0 in shards:  # one process of many writes what concerns all of them
                self._spawn("menu", self._sync_menu())
            await self._client.connect()
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired) as error:
            log.warning("refused_by_discord", error=type(error).__name__)
            return REFUSED_AGAIN
        except discord.ConnectionClosed as error:
            log.warning("closed_by_discord", code=error.code)
            return REFUSED_AGAIN if error.code in (4004, 4010, 4011, 4012, 4013) else AGAIN
        except Exception as error:  # noqa: BLE001 - the SDK lets out whatever it met
            log.warning("connection_lost", error=type(error).__name__)
        finally:
            await self._leave()
        return AGAIN

    async def _leave(self) -> None:
        """Close the gateway, and let what has just come in still be recorded, both within moments."""
        deadline = self._settings.times.leave
        closing = asyncio.ensure_future(self._client.close())
        await asyncio.wait({closing, *self._tasks}, timeout=deadline)
        left = [task for task in (closing, *self._tasks) if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(closing, *left, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._client.http.close()

    # --- events ---

    def _take(self, event: str, args: tuple[Any, ...]) -> None:
        """Begin to handle an event. Tasks begin in the order in which they are made."""
        match event, args:
            case "interaction", [discord.Interaction() as interaction]:
                self._spawn(event, self._interactions.take(interaction))
            case "message", [discord.Message() as message]:
                self._spawn(event, self._heard(message))
            case "raw_message_edit", [discord.RawMessageUpdateEvent(message=message)]:
                self._spawn(event, self._messages.edited(message, self._me))
            case "guild_remove", [discord.Guild(id=guild)]:
                self._gone(f"guild:{guild}", self._active.inside(guild))
            case "guild_channel_delete", [discord.abc.GuildChannel() as channel]:
                keys = [key_of(channel.id), *self._active.inside(channel.guild.id, channel.id)]
                self._gone(f"channel:{channel.id}", keys)
            case "raw_thread_delete", [discord.RawThreadDeleteEvent(thread_id=thread, parent_id=parent)]:
                self._gone(f"thread:{thread}", [key_of(parent, thread)])
            case "shard_ready", [int(shard)]:
                self._spawn(event, self._catch_up(shard))
            case _:
                return

    def _gone(self, what: str, keys: list[ConversationKey]) -> None:
        for number, key in enumerate(dict.fromkeys(keys)):
            gone = Gone(key, f"gone:{what}:{number}")
            self._spawn("gone", self._reception.tell(gone, seconds=PATIENCE))

    def _spawn(self, event: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_guarded(event, work), name=f"discord {event}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    def _starts(self) -> Mapping[str, int]:
        http = self._client.http
        return http.starts if isinstance(http, PointedHTTP) else {}

    def _shard_of(self, guild: int) -> int:
        return (guild >> 22) % (self._client.shard_count or 1)

    # --- at the beginning ---

    async def _sync_menu(self) -> None:
        """Until the commands are there: whoever is away for now must not cost them until the next start."""
        application, commands = self._client.application_id or 0, self._menu.commands()
        while True:
            try:
                with facts():
                    await sync(self._rest, self._book, application, commands)
                return
            except (SlowDown, OutcomeUnknown) as error:
                pause = error.retry_after if isinstance(error, SlowDown) else AGAIN
                log.info("commands_not_written_yet", error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)

    async def _identify(self, shard: int | None) -> None:
        await self._sessions.identify(shard)
        self._caught_up[shard or 0] = asyncio.Event()

    async def _heard(self, message: discord.Message) -> None:
        self._new.add(message.id)
        try:
            await self._missed(message.guild.id if message.guild else None, CAUGHT_UP)
        finally:
            self._new.discard(message.id)
        await self._messages.take(message, self._me)

    async def _missed(self, guild: int | None, seconds: float) -> bool:
        """What was said before comes first: wait for it, so long at most. Whether it is known: until then nothing new
        may be noted as seen."""
        caught_up = self._caught_up.get(self._shard_of(guild or 0))
        if caught_up is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await caught_up.wait()
        return caught_up is None or caught_up.is_set()

    async def _catch_up(self, shard: int) -> None:
        try:
            await self._read_back(shard)
        finally:
            self._caught_up[shard].set()

    async def _read_back(self, shard: int) -> None:
        """What was said where we are spoken to, while no session was there to hear it."""
        left = await until_stored(f"shard {shard}", lambda: self._active.load(shard))
        for pause in READ_AGAIN:
            await asyncio.sleep(pause)
            left = [seen for seen in left if not await self._read(seen)]
            if not left:
                return

    async def _read(self, seen: Seen) -> bool:
        """What was said in one place. False where that could not be read now, and may be in a moment."""
        channel = self._client.get_partial_messageable(seen.channel, guild_id=seen.guild or None)
        since = max(seen.message, snowflake_at(self._book.now() - self._settings.times.back))
        try:
            async for message in channel.history(after=discord.Object(since), limit=READ_AT_ONCE, oldest_first=True):
                if message.id not in self._new:
                    await self._messages.take(message, self._me, seen.key)
        except (discord.DiscordException, OutboundError, OSError) as error:
            log.info("not_read_back", error=type(error).__name__)
            return isinstance(error, discord.Forbidden | discord.NotFound)
        return True


async def _guarded(event: str, work: Coroutine[Any, Any, None]) -> None:
    """One event that cannot be handled costs itself."""
    try:
        await work
    except Exception as error:  # noqa: BLE001
        log.warning("event_failed", event_name=event, error=type(error).__name__)
