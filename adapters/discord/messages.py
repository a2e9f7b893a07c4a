"""Messages from the gateway: those that are meant for the bot are recorded, with all that belongs to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Final

import discord
import structlog

from adapters.discord.active import Active, Seen
from adapters.discord.locks import TicketLocks
from adapters.discord.markup import escape
from adapters.discord.menu import Menu
from adapters.discord.notebook import Notebook, Place, Question
from adapters.discord.permissions import may_speak, missing_in, sentence
from adapters.discord.places import elsewhere
from adapters.discord.reception import Arrival, Reception, until_stored
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from adapters.discord.translate import (
    VIDEO,
    Bot,
    Files,
    addressed,
    command_in,
    edited_of,
    files_of,
    inbound_of,
    is_hidden,
    key_of_channel,
    key_of_raw,
    replied_by,
)
from adapters.discord.wire import mentions
from core.errors import OutboundError, StoreError
from core.messages import Attachment, Command, ConversationKey, InboundMessage, Kind

log = structlog.get_logger(__name__)

SAID: Final = (discord.MessageType.default, discord.MessageType.reply)
PATIENCE: Final = 900.0  # messages are confirmed to nobody: so long they wait for the store to come back
MOST_WAITING: Final = 2000
MOST_LATELY: Final = 10
HELP: Final = "help"


class Messages:
    """Takes messages. `order` holds the order of each channel, in which interactions stand, too."""

    def __init__(
        self,
        settings: DiscordSettings,
        rest: Rest,
        book: Notebook,
        reception: Reception,
        order: TicketLocks,
        active: Active,
        menu: Menu,
    ) -> None:
        self._settings = settings
        self._rest = rest
        self._book = book
        self._reception = reception
        self._order = order
        self._active = active
        self._menu = menu
        self._names = menu.names()
        self._waiting = 0

    async def take(self, message: discord.Message, me: int, key: ConversationKey | None = None) -> None:
        """Record it if it is meant for us. Of others' only pictures are looked at, where that was allowed. `key` is the
        conversation, where it is known: discord.py does not know that of a message which was read back."""
        if message.author.bot or message.webhook_id is not None or message.type not in SAID:
            return
        bot = bot_in(message.guild, me)
        meant = addressed(message, bot)
        if not meant and not (self._settings.message_content and message.attachments):
            return
        if self._waiting >= MOST_WAITING:
            log.error("message_dropped", message=message.id)
            return
        self._waiting += 1
        try:
            if meant and (missing := missing_in(message)):
                await self._say_what_is_missing(message, missing)
            else:
                await self._in_turn(message, bot, key, meant=meant)
        finally:
            self._waiting -= 1

    async def _in_turn(self, message: discord.Message, bot: Bot, key: ConversationKey | None, *, meant: bool) -> None:
        with self._order.ticket(message.channel.id) as turn:
            await turn.wait()
            await (self._record(message, bot, key) if meant else self._look(message, key))

    async def edited(self, message: discord.Message, me: int) -> None:
        """The words of a message have changed. That its links were unfolded is no edit, nor is what was never ours."""
        bot = bot_in(message.guild, me)
        if message.author.bot or message.edited_at is None or not message.content or not addressed(message, bot):
            return
        here = await self._key(message, me)
        if here and (key := await self._home(message, here)):
            await self._reception.tell(edited_of(message, key, bot), seconds=PATIENCE)

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _record(self, message: discord.Message, bot: Bot, here: ConversationKey | None) -> None:
        here = here or await self._key(message, bot.user)
        if here is None or (key := await self._home(message, here)) is None:
            return
        locale = await self._locale(message, key)
        inbound, files = inbound_of(message, key, bot, self._names, locale)
        seen = Seen(here, message.guild.id if message.guild else 0, message.channel.id, message.id)
        if is_hidden(message, bot) and _wants_pictures(inbound):
            log.info("quoted_message_hidden", message=message.id)
            await self._tell(message, self._menu.speak(locale).cannot_see)
        elif not await self._recorded(inbound, files, message, seen):
            return
        await self._active.saw(seen)

    async def _recorded(self, inbound: InboundMessage, files: Files, message: discord.Message, seen: Seen) -> bool:
        """Whether it could be recorded, within the patience that there is."""
        inbound = await self._with_lately(inbound)
        if not (inbound.text or inbound.attachments or inbound.quoted):
            inbound = replace(inbound, command=Command(HELP))  # who calls and says nothing wants to know what to say
        aside = elsewhere(inbound.key, message.channel.id)
        question = Question(message.author.id, private=message.guild is None, channel=aside)
        arrival = Arrival(inbound, question, _place(message), files.links)
        try:
            async with asyncio.timeout(PATIENCE):
                await until_stored(inbound.id, lambda: self._active.expect(seen))
                await self._reception.take(arrival)
        except TimeoutError:
            log.warning("message_not_recorded", message=message.id)
            return False
        return True

    async def _key(self, message: discord.Message, me: int) -> ConversationKey | None:
        """The conversation; of a thread that discord.py has never seen, Discord knows the channel."""
        if key := key_of_channel(message.channel):
            return key
        try:
            raw = await self._rest.call("GET", "/channels/{channel_id}", channel_id=message.channel.id)
        except OutboundError as error:
            log.warning("channel_unknown", error=type(error).__name__)
            return None
        return key_of_raw(raw, me)

    async def _home(self, message: discord.Message, here: ConversationKey) -> ConversationKey | None:
        """The conversation that a message belongs to: what answers to something that was asked for elsewhere and came
        by DM goes on there, but for commands that are for DMs. None where the store was away for too long."""
        replied = replied_by(message)
        if message.guild is not None or not replied or self._is_for_dms(message.content):
            return here
        try:
            async with asyncio.timeout(PATIENCE):
                return await until_stored(str(message.id), lambda: self._book.home(message.channel.id, replied)) or here
        except TimeoutError:
            log.warning("message_not_recorded", message=message.id)
            return None

    def _is_for_dms(self, text: str) -> bool:
        command = command_in(text, self._names)
        row = self._menu.row(command.name) if command else None
        return row is not None and row.private_only

    async def _locale(self, message: discord.Message, key: ConversationKey) -> str:
        """The language of the person, or of the community."""
        try:
            known = await self._book.locale(key, message.author.id)
        except StoreError:
            return ""
        guild = message.guild
        if known or guild is None or "COMMUNITY" not in guild.features:
            return known
        return guild.preferred_locale.value

    # --- pictures of a moment ago ---

    async def _look(self, message: discord.Message, key: ConversationKey | None) -> None:
        """Somebody's pictures, said to nobody: if a word to us follows, they are meant."""
        key = key or key_of_channel(message.channel)
        if key is None:
            return
        files = files_of(message, key)
        try:
            earlier = _read(await self._book.pictures(key, message.author.id))
            kept = [asdict(one) for one in (*earlier, *files.attachments)][-MOST_LATELY:]
            await self._book.keep_links(files.links or {})
            lately = json.dumps(kept).encode()
            await self._book.keep_pictures(key, message.author.id, lately, self._settings.times.lately)
        except StoreError as error:
            log.warning("pictures_not_noted", error=type(error).__name__)

    async def _with_lately(self, inbound: InboundMessage) -> InboundMessage:
        if not self._settings.message_content or inbound.private or inbound.attachments or inbound.quoted:
            return inbound
        try:
            found = _read(await self._book.pictures(inbound.key, int(inbound.sender.id)))
        except StoreError:
            return inbound
        return replace(inbound, quoted=tuple(found))

    # --- why nothing was started ---

    async def _say_what_is_missing(self, message: discord.Message, missing: str) -> None:
        locale = message.guild.preferred_locale.value if message.guild else ""
        log.info("permission_missing", permission=missing)
        await self._tell(message, sentence(self._menu.speak(locale), missing), here=may_speak(message))

    async def _tell(self, message: discord.Message, text: str, *, here: bool = True) -> None:
        """Say it where the message was said, or to its author where the bot may not speak there."""
        nonce = {"nonce": f"lacks{message.id}"[:25], "enforce_nonce": True}
        body = {"content": escape(text), "allowed_mentions": mentions(), **nonce}
        try:
            channel = message.channel.id if here else await self._dm(message.author.id)
            await self._rest.call("POST", "/channels/{channel_id}/messages", json=body, channel_id=channel)
        except OutboundError as error:
            log.info("not_told", error=type(error).__name__)

    async def _dm(self, user: int) -> int:
        opened = await self._rest.call("POST", "/users/@me/channels", json={"recipient_id": str(user)})
        return int(opened["id"])


def bot_in(guild: discord.Guild | None, me: int) -> Bot:
    """Who we are in this guild."""
    roles = guild.roles if guild is not None else ()
    return Bot(me, frozenset(role.id for role in roles if role.tags is not None and role.tags.bot_id == me))


def _wants_pictures(inbound: InboundMessage) -> bool:
    """Whether it comes to nothing without the pictures of another message."""
    return not inbound.attachments and (inbound.command is None or inbound.command.name == VIDEO)


def _place(message: discord.Message) -> Place | None:
    if message.guild is None:
        return None
    return Place(message.guild.id, message.guild.filesize_limit)


def _read(noted: bytes) -> list[Attachment]:
    raw: Iterable[dict[str, Any]] = json.loads(noted) if noted else ()
    return [Attachment(**{**one, "kind": Kind(one["kind"])}) for one in raw]
