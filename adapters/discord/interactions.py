"""Commands, presses and modals: acknowledged before anything else, then recorded, or else undone in words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import discord
import structlog

from adapters.discord.active import Active, Seen
from adapters.discord.components import label_of, modal, read_id, unasked
from adapters.discord.faults import Acknowledged, TokenDead
from adapters.discord.locks import TicketLocks
from adapters.discord.markup import escape
from adapters.discord.menu import SKILL, Menu
from adapters.discord.notebook import Place, Question
from adapters.discord.permissions import missing_for, sentence
from adapters.discord.places import channel_of, elsewhere, made_at
from adapters.discord.reception import Arrival, Reception
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordTimes
from adapters.discord.translate import (
    PROMPT,
    answered_of,
    chosen_of,
    command_of,
    data_of,
    home_of,
    is_private,
    key_of_channel,
    press_of,
)
from adapters.discord.wire import EPHEMERAL, mentions
from core.errors import OutboundError
from core.messages import ConversationKey

log = structlog.get_logger(__name__)

SAY_LATER, NOTHING_LATER, SUGGEST, ASK = 5, 6, 8, 9
ALONE: Final = {"flags": EPHEMERAL}  # for the asker's eyes only
COMMAND_MARK: Final = "/"  # before the name of a command whose answer a modal brings

Interaction = discord.Interaction[Any]


class Unanswered(Exception):
    """An interaction was not acknowledged in time. `promised` is the question that will wait for an answer all the same
    if the acknowledgement has arrived; None where none would, or where it has certainly not."""

    def __init__(self, promised: Question | None) -> None:
        super().__init__()
        self.promised = promised


class Interactions:
    """Takes interactions. No answer of ours waits for the store, nor for those before it: first Discord is told,
    within its three seconds. `order` holds the order of each channel, in which messages stand, too; `missed` waits,
    for so many seconds at most, until what was said in a guild before this session is in that order, and tells whether
    it is."""

    def __init__(
        self,
        rest: Rest,
        reception: Reception,
        order: TicketLocks,
        active: Active,
        menu: Menu,
        times: DiscordTimes,
        now: Callable[[], float],
        missed: Callable[[int | None, float], Awaitable[bool]],
    ) -> None:
        self._rest = rest
        self._reception = reception
        self._order = order
        self._active = active
        self._menu = menu
        self._times = times
        self._now = now
        self._missed = missed

    async def take(self, interaction: Interaction) -> None:
        """Acknowledge it and hand it on, or say that nothing was started."""
        key = key_of_channel(interaction.channel)
        if key is None or interaction.user.bot:
            log.warning("interaction_put_aside", interaction=interaction.id)
            return
        acknowledging = asyncio.ensure_future(self._acknowledge(interaction, key))
        try:
            caught_up = await self._missed(interaction.guild_id, self._times.accept / 2)
            channel = interaction.channel_id or channel_of(key)
            with self._order.ticket(channel) as turn:
                arrival = await acknowledging
                trouble = await self._trouble(interaction, arrival, turn) if arrival else ""
                if arrival and not trouble and caught_up and arrival.question.present:
                    await self._active.saw(Seen(key, interaction.guild_id or 0, channel, interaction.id))
            if arrival and trouble:
                await self._undo(arrival.question, trouble)
        except Unanswered as error:
            log.warning(
                "interaction_not_acknowledged", interaction=interaction.id, error=type(error.__cause__).__name__
            )
            if error.promised:
                await self._undo(error.promised, self._menu.speak(interaction.locale.value).not_started)
        finally:
            acknowledging.cancel()

    async def _acknowledge(self, interaction: Interaction, key: ConversationKey) -> Arrival | None:
        """What is to be recorded, if anything. Raises `Unanswered` where it was too late, or Discord is away: then the
        person sees that nobody answered, and nothing may be begun."""
        match interaction.type:
            case discord.InteractionType.application_command:
                return await self._command(interaction, key)
            case discord.InteractionType.component:
                return await self._component(interaction, key)
            case discord.InteractionType.modal_submit:
                return await self._submitted(interaction, key)
            case discord.InteractionType.autocomplete:
                await self._answer(interaction, SUGGEST, {"choices": self._suggestions(interaction)})
            case _:
                log.info("interaction_unknown", type=str(interaction.type))
        return None

    # --- each kind: acknowledged, and read ---

    async def _command(self, interaction: Interaction, key: ConversationKey) -> Arrival | None:
        name = str(data_of(interaction).get("name", ""))
        row = self._menu.row(name)
        if row is not None and row.secret and not data_of(interaction).get("options"):
            asks = self._menu.summary(name, interaction.locale.value)
            await self._answer(interaction, ASK, modal(f"/{name}", f"{COMMAND_MARK}{name}", asks, secret=True))
            return None
        alone = self._menu.is_personal(name)
        await self._answer(interaction, SAY_LATER, ALONE if alone else {})
        inbound, files = command_of(interaction, key)
        question = self._question(interaction, key, alone=alone)
        return Arrival(inbound, question, _place(interaction, question), files.links)

    async def _component(self, interaction: Interaction, key: ConversationKey) -> Arrival | None:
        wanted = chosen_of(interaction)
        asks = read_id(wanted).asks_of(interaction.user.id)
        if not asks:
            return await self._pressed(interaction, key)
        title = _label(interaction, wanted) or asks
        await self._answer(interaction, ASK, modal(title, unasked(wanted), asks))
        return None

    async def _submitted(self, interaction: Interaction, key: ConversationKey) -> Arrival | None:
        field = str(data_of(interaction).get("custom_id", ""))
        if not field.startswith(COMMAND_MARK):
            return await self._pressed(interaction, key)
        name = field.removeprefix(COMMAND_MARK)
        if self._menu.row(name) is None:
            log.warning("modal_of_nobody", interaction=interaction.id)
            return None
        await self._answer(interaction, SAY_LATER, ALONE)
        question = self._question(interaction, key, alone=True)
        return Arrival(answered_of(interaction, key, name), question, _place(interaction, question))

    async def _pressed(self, interaction: Interaction, key: ConversationKey) -> Arrival:
        await self._answer(interaction, NOTHING_LATER, {})
        hidden = interaction.message is not None and interaction.message.flags.ephemeral
        home = home_of(interaction) or key
        question = self._question(interaction, home, alone=hidden, press=True)
        return Arrival(press_of(interaction, home), question, _place(interaction, question) if home == key else None)

    def _suggestions(self, interaction: Interaction) -> list[dict[str, Any]]:
        options = {one["name"]: one for one in data_of(interaction).get("options", ())}
        typed: Mapping[str, Any] = next((one for one in options.values() if one.get("focused")), {})
        if typed.get("name") != PROMPT:
            return []
        skill = str(options.get(SKILL, {}).get("value", ""))
        return self._menu.suggestions(str(typed.get("value", "")), skill, interaction.locale.value)

    # --- recorded or not ---

    async def _trouble(self, interaction: Interaction, arrival: Arrival, turn: asyncio.Event) -> str:
        """Record it in its turn, while there is time. Returns what the person is to be told if nothing was started."""
        phrases = self._menu.speak(interaction.locale.value)
        question = arrival.question
        lacking = "" if question.alone or question.press else missing_for(interaction)
        if lacking:
            log.info("permission_missing", permission=lacking)
            return sentence(phrases, lacking)
        left = self._times.accept - max(0.0, self._now() - made_at(interaction.id))
        try:
            async with asyncio.timeout(max(self._times.accept / 2, left)):
                await turn.wait()
                await self._reception.take(arrival)
        except TimeoutError:
            log.warning("interaction_not_recorded", interaction=interaction.id)
        except Exception as error:  # noqa: BLE001 - whatever became of it, the person is not left waiting
            log.warning("interaction_failed", interaction=interaction.id, error=type(error).__name__)
        else:
            return ""
        return phrases.not_started

    async def _undo(self, question: Question, text: str) -> None:
        """In place of the answer that was promised; to the presser alone, where a message of ours was pressed."""
        webhook = f"/webhooks/{question.app}/{question.token}"
        body: dict[str, Any] = {"content": escape(text), "allowed_mentions": mentions()}
        try:
            if question.press:
                await self._rest.once("POST", webhook, json={**body, **ALONE})
            else:
                await self._rest.once("PATCH", f"{webhook}/messages/@original", json=body, harmless=True)
        except OutboundError as error:
            log.warning("interaction_not_undone", error=type(error).__name__)

    async def _answer(self, interaction: Interaction, kind: int, data: Mapping[str, Any]) -> None:
        """The first answer, for which there are three seconds. That it was given before is no trouble: what came twice
        is recorded once. Raises `Unanswered`."""
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        body = {"type": kind, **({"data": dict(data)} if data else {})}
        try:
            async with asyncio.timeout(self._times.acknowledge):
                await self._rest.once("POST", path, json=body, harmless=True)
        except Acknowledged:
            log.info("interaction_came_twice", interaction=interaction.id)
        except (OutboundError, TimeoutError) as error:
            waits = kind in (SAY_LATER, NOTHING_LATER) and not isinstance(error, TokenDead)
            raise Unanswered(self._question(interaction, press=kind == NOTHING_LATER) if waits else None) from error

    # --- what is known of it ---

    def _question(
        self, interaction: Interaction, key: ConversationKey | None = None, *, alone: bool = False, press: bool = False
    ) -> Question:
        return Question(
            user=interaction.user.id,
            token=interaction.token,
            app=interaction.application_id,
            until=time.time() + self._times.token * 0.98,
            private=is_private(interaction),
            alone=alone,
            press=press,
            present=_present(interaction),
            channel=elsewhere(key, interaction.channel_id or 0) if key else 0,
        )


def _present(interaction: Interaction) -> bool:
    """Whether the bot itself is where the interaction was used, and not only its commands."""
    if interaction.guild_id is not None:
        return interaction.is_guild_integration()
    return is_private(interaction)


def _place(interaction: Interaction, question: Question) -> Place:
    guild = interaction.guild
    known = guild is not None and question.present
    limit = guild.filesize_limit if guild is not None and known else interaction.filesize_limit
    return Place(interaction.guild_id or 0, limit, question.present)


def _label(interaction: Interaction, wanted: str) -> str:
    """What stands on the button that was pressed."""
    rows = [row.to_dict() for row in interaction.message.components] if interaction.message else []
    return label_of([dict(row) for row in rows], wanted)
