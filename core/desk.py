"""The desk of one job: the lease, what is remembered, the way out and the words, all in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from core.accounts import Account, owner_of
from core.errors import RateLimited, TokenExpired
from core.estimates import Stage, likely
from core.jobs import Job, Phase
from core.messages import MessageRef
from core.nemo.values import Credential
from core.posting import Posting
from core.progress import Progress
from core.records import Act, Button, Project, Record
from core.skills import Skill
from core.store.lease import Lease
from core.store.records import written
from core.wording import Words, words_for
from core.workshop import Workshop

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def set_up(shop: Workshop, lease: Lease) -> Desk:
    """A desk for the job that the lease holds."""
    outbound = shop.outbounds[lease.job.key.platform]
    record = await shop.records.load(lease.job.key)
    limits = await outbound.limits(lease.job.key)
    posting = Posting(outbound, shop.records, lease, limits, shop.times.term, shop.now)
    words = words_for(record.preferences.language or lease.job.message.sender.locale)
    return Desk(shop, lease, record, posting, words)


def heading_of(job: Job, words: Words) -> str:
    """Which of several videos the job makes; empty where it is the only one."""
    if "number" not in job.notes:
        return ""
    return words.number_of(int(job.notes["number"]), int(job.notes["count"]), job.notes["name"])


def beside(said: str, more: str) -> str:
    """What the agent said stays readable, whatever is said after it."""
    return f"{said}\n\n{more}" if said else more


class Desk:
    """One job's desk. What is saved here is in the store before the call returns."""

    def __init__(self, shop: Workshop, lease: Lease, record: Record, posting: Posting, words: Words) -> None:
        self.shop = shop
        self.lease = lease
        self.record = record
        self.posting = posting
        self.words = words
        self.refused: dict[str, Exception] = {}  # files that cannot be used, by their handle, and why
        self._account: Account | None = None
        status = lease.job.notes.get("status")
        self.progress = Progress(
            posting,
            words,
            MessageRef(lease.job.key, status) if status else None,
            self._keep_status,
            began=lease.job.accepted_at,
            heading=heading_of(lease.job, words),
            stood=lease.job.notes.get("stood", ""),
            quiet=shop.times.quiet,
            tick=shop.times.tick,
            now=shop.now,
        )

    @property
    def job(self) -> Job:
        """The job as it was last saved."""
        return self.lease.job

    @property
    def notes(self) -> Mapping[str, str]:
        """The job's checkpoints."""
        return self.lease.job.notes

    @property
    def folder(self) -> Path:
        """Where the files in the making are, of this attempt at the job alone."""
        return self.shop.place(self.job.id, self.lease.fence)

    def file(self, name: str) -> Path:
        """A file in the making; what an earlier attempt has finished is taken over."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for place in self.shop.places(self.job.id, self.lease.fence):
            with contextlib.suppress(FileNotFoundError):
                (place / name).replace(path)
        return path

    @property
    def skill(self) -> Skill:
        """The skill that was chosen with the command, or else is active in this conversation, in its language."""
        skills, command = self.shop.skills, self.job.message.command
        wanted = command.options.get("skill", "") if command else ""
        chosen = skills.get(wanted) or skills.get(self.record.preferences.skill) or skills.get(self.shop.default_skill)
        return (chosen or skills.all[0]).speaking(self.words.language)

    async def save(self, *, phase: Phase | None = None, notes: Mapping[str, str] | None = None, **fields: Any) -> None:
        """Write down phase and notes of the job, and fields of the record, at once. Raises `LeaseLost`."""
        await self.lease.save(phase=phase, notes=notes, record=written(**fields))
        if phase is not None:
            log.info(
                "phase", job=self.job.id, phase=phase.value, seconds=round(self.shop.now() - self.job.accepted_at, 1)
            )
        self.record = replace(self.record, **fields)

    async def entitled(self) -> None:
        """Make sure that the job is still ours, before what leaves cannot be called back. Raises `LeaseLost`."""
        await self.lease.check(self.shop.times.term)

    async def account(self) -> Account:
        """The account that pays for this job: once the agent was addressed, the one that the project belongs to."""
        if self._account is None:
            project, early = self.record.project, self.job.phase in (Phase.ACCEPTED, Phase.UPLOADING)
            accounts, owner = self.shop.accounts, owner_of(self.job.message)
            if project is None or early:
                self._account = await accounts.current(owner)
            else:
                self._account = await accounts.of_name(project.account, owner)
        return self._account

    async def act_for(self, project: Project) -> None:
        """Speak with the account that the project was opened with, which may not be the one for a new project."""
        if (await self.account()).name != project.account:
            self._account = await self.shop.accounts.of_name(project.account, owner_of(self.job.message))

    async def credential(self) -> Credential:
        """What the backend wants to see from us."""
        return self.shop.accounts.credential(await self.account(), self.skill)

    async def call(self, ask: Callable[[Credential], Awaitable[T]]) -> T:
        """Make a call that costs nothing: again with a new token after code 1001, again after a pause when there were
        too many; each once. Never for the message to the agent."""
        try:
            return await ask(await self.credential())
        except TokenExpired:
            self._account = await self.shop.accounts.renewed(await self.account())
        except RateLimited as limit:
            await asyncio.sleep(min(limit.retry_after, self.shop.times.rate_limit_wait))
        return await ask(await self.credential())

    async def ends(self, stage: Stage) -> float:
        """When a stage that begins now is likely to be over, in seconds since the epoch; 0 where nobody knows."""
        seconds = likely(await self.shop.durations.recent(stage.value))
        return self.shop.now() + seconds if seconds else 0.0

    def again(self) -> tuple[Button, ...]:
        """A button that does it once more; the person decides, not the program. What the agent has done is not asked of
        it again: then only the video is made anew."""
        if self.job.phase in (Phase.ANSWERED, Phase.RENDERING, Phase.DELIVERING) and not self.notes.get("unknown"):
            return (self.button(Act.EXPORT, "again"),)
        instruction = self.notes.get("instruction") or self.job.message.text
        if not instruction:
            return ()
        return (self.button(Act.SAY, "again", instruction),)

    def button(self, act: Act, name: str, text: str = "", *, revision: int = -1) -> Button:
        """A button of the bot's own, for the person who asked."""
        asks = self.words.ask(name) if act is Act.ASK else ""
        return Button(act, self.words.button(name), text, asks, self.job.message.sender.id, revision)

    async def _keep_status(self, ref: MessageRef) -> None:
        await self.lease.save(notes={"status": ref.id})
