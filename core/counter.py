"""The counter of the control lane: one inquiry, what is remembered of its conversation, the way out and the words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from core.accounts import Account, owner_of
from core.errors import (
    BackendError,
    NoRoom,
    OutboundError,
    OutcomeUnknown,
    Refused,
    SecretUnreadable,
    TokenExpired,
    TooLarge,
)
from core.jobs import Job, Phase
from core.messages import Choice, Command, InboundMessage, Limits, MessageRef, Picture, Press
from core.nemo.values import Credential
from core.posting import choices_of, split
from core.records import Button, Preferences, Project, Record
from core.skills import Skill
from core.store.mailbox import job_id_of
from core.store.records import spared
from core.wording import Words, words_for
from core.workshop import Workshop

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Counter:
    """One inquiry. What is said here has delivery keys made of the inquiry, so that saying it twice is harmless."""

    def __init__(self, shop: Workshop, inbound: InboundMessage | Press, record: Record) -> None:
        self.shop = shop
        self.inbound = inbound
        self.record = record
        self._outbound = shop.outbounds[inbound.key.platform]

    @property
    def words(self) -> Words:
        """The words in the language that is set for this conversation now, or else in the sender's."""
        return words_for(self.record.preferences.language or self.inbound.sender.locale)

    @property
    def text(self) -> str:
        """What was typed after the command."""
        command = self.inbound.command if isinstance(self.inbound, InboundMessage) else None
        return command.text.strip() if command else ""

    @property
    def owner(self) -> str:
        """Whose own account may speak here; empty in a group."""
        return owner_of(self.inbound)

    @property
    def skill(self) -> Skill:
        """The skill that is active in this conversation, in its language."""
        skills = self.shop.skills
        chosen = skills.get(self.record.preferences.skill) or skills.get(self.shop.default_skill)
        return (chosen or skills.all[0]).speaking(self.words.language)

    async def limits(self) -> Limits:
        """What the place can do."""
        return await self._outbound.limits(self.inbound.key)

    async def say(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Post an answer. Raises `OutboundError`."""
        limits = await self.limits()
        pieces = split(text, limits.text_chars)
        for number, piece in enumerate(pieces):
            key = f"{self._seed}:{number}"
            choices = await self._choices(buttons, limits) if number == len(pieces) - 1 else ()
            await self._outbound.send_text(self.inbound.key, piece, choices, key=key, asked=self.inbound.id)

    async def show(self, picture: Picture, text: str) -> None:
        """Post a picture with a text, or the text alone where the picture is not taken: no answer is worse than one
        twice. Raises `OutboundError`."""
        limits = await self.limits()
        caption, *rest = split(text, limits.caption_chars)
        key, asked = self.inbound.key, self.inbound.id
        try:  # the first text of an answer has this key, too: where platforms look at keys, one of the two appears
            await self._outbound.send_picture(key, picture, caption, key=f"{self._seed}:0", asked=asked)
        except (Refused, TooLarge, NoRoom, OutcomeUnknown) as error:
            log.warning("picture_not_posted", inbound=self.inbound.id, error=type(error).__name__)
            await self.say(text)
            return
        for number, piece in enumerate(rest, 1):
            await self._outbound.send_text(key, piece, key=f"{self._seed}:{number}", asked=asked)

    async def answer(self, notice: str = "") -> None:
        """Acknowledge a press, with a notice for the presser alone. A courtesy: the press counts without it."""
        if isinstance(self.inbound, Press):
            try:
                await self._outbound.answer(self.inbound, notice)
            except OutboundError as error:
                log.info("press_not_acknowledged", inbound=self.inbound.id, error=type(error).__name__)

    async def take_away(self) -> bool:
        """Delete the person's message. False where the platform does not let us."""
        try:
            await self._outbound.delete(MessageRef(self.inbound.key, self.inbound.id))
        except OutboundError as error:
            log.info("not_taken_away", inbound=self.inbound.id, error=type(error).__name__)
            return False
        return True

    async def forget(self) -> None:
        """Erase what is remembered of this conversation, here and on the platform's behalf. The button that asked goes
        last: until then a press that is handed out again, after a crash, does it all once more."""
        key, token = self.inbound.key, self.inbound.token if isinstance(self.inbound, Press) else ""
        erased = await self.shop.mailbox.forget(key, term=self.shop.times.term, spared=spared(token))
        for job in erased.ids:
            self.shop.clear(job)
        if erased.front is not None:
            await self._stop_render(erased.front)
        await self.shop.accounts.unlink(self.owner)
        await self._outbound.forget(key)
        await self.say(self.words.forgotten())
        await self.shop.records.drop_button(key, token)

    async def _stop_render(self, job: Job) -> None:
        """Nobody is left to take the video: cancel its making, if the backend listens within a lease's time."""
        if job.phase is not Phase.RENDERING:
            return
        nemo, render_id = self.shop.nemo, job.notes["render"]
        try:
            async with asyncio.timeout(self.shop.times.term):
                await self.call(lambda credential: nemo.cancel_render(credential, render_id), self.record.project)
        except (BackendError, SecretUnreadable, TimeoutError) as error:
            log.info("render_not_cancelled", job=job.id, error=type(error).__name__)

    async def instruct(self, text: str, command: Command | None = None) -> None:
        """Put an instruction into the mailbox, as if the person had written it. Raises `MailboxFull`."""
        inbound = self.inbound
        message = InboundMessage(
            key=inbound.key,
            id=f"{inbound.id}:said",
            sender=inbound.sender,
            sent_at=inbound.sent_at,
            private=inbound.private,
            text=text,
            command=command,
            whole=True,
        )
        await self.shop.mailbox.enqueue(message, now=self.shop.now())

    async def prefer(self, **wishes: object) -> None:
        """Change what is set for this chat."""
        preferences: Preferences = replace(self.record.preferences, **wishes)  # type: ignore[arg-type]
        await self.shop.records.prefer(self.inbound.key, preferences)
        self.record = replace(self.record, preferences=preferences)

    async def account(self, project: Project | None = None) -> Account:
        """The account that is used here now, or the one that the project was opened with."""
        accounts = self.shop.accounts
        return await (accounts.of_name(project.account, self.owner) if project else accounts.current(self.owner))

    async def call(self, ask: Callable[[Credential], Awaitable[T]], project: Project | None = None) -> T:
        """Ask the backend something, about a project with its own account; once more with a new token after code 1001.
        Raises `BackendError`."""
        accounts = self.shop.accounts
        account = await self.account(project)
        try:
            return await ask(accounts.credential(account, self.skill))
        except TokenExpired:
            return await ask(accounts.credential(await accounts.renewed(account), self.skill))

    @property
    def _seed(self) -> str:
        return "c" + job_id_of(self.inbound.key, self.inbound.id)

    async def _choices(self, buttons: Sequence[Button], limits: Limits) -> list[Choice]:
        shown = () if limits.one_shot else buttons[: limits.choices]
        tokens = await self.shop.records.keep_buttons(self.inbound.key, self._seed, shown)
        return choices_of(shown, tokens, limits)
