"""The lease: one worker's right to a conversation, and everything that only its holder may write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from core.errors import LeaseLost
from core.jobs import Follower, Job, Phase, Waiting
from core.store.codec import pack, write

if TYPE_CHECKING:
    from core.store.mailbox import Mailbox

SPENT: Final = ("before", "made", "answer", "text", "instruction")  # notes that nobody reads once the job has ended


class Lease:
    """One worker's right to a conversation, with the job in front. Everything here raises `LeaseLost` when another
    worker has taken over; nothing was changed then."""

    def __init__(self, mailbox: Mailbox, name: str, entry: str, fence: int, owner: str, job: Job, since: float) -> None:
        """`since` is when it was asked for, by the monotonic clock: what passed before the answer counts."""
        self._mailbox = mailbox
        self.name = name
        self.entry = entry
        self.fence = fence
        self.owner = owner
        self.job = job
        self.stop_asked = asyncio.Event()
        self.lost = False
        self._renewed = since

    async def check(self, term: float) -> None:
        """Make sure that the lease is still ours before something leaves the house: asks the store again when more
        than half of the `term` (seconds) has gone by since it last said so, as after a pause of this process."""
        if monotonic() - self._renewed > term / 2:
            await self.renew()

    async def save(
        self,
        *,
        phase: Phase | None = None,
        notes: Mapping[str, str] | None = None,
        record: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write down, at once or not at all, the job's phase and notes, and fields of the conversation's record (an
        empty value removes the field)."""
        job = {f"note:{name}": pack(value.encode()) for name, value in (notes or {}).items()}
        if phase is not None:
            job["phase"] = phase.value.encode()
        pairs = [part for pair in job.items() for part in pair]
        more = [part for pair in (record or {}).items() for part in pair]
        await self._owned("SAVE", ("box", "job", "record"), [len(pairs), *pairs, *more])
        self.job = replace(self.job, phase=phase or self.job.phase, notes={**self.job.notes, **(notes or {})})

    async def reread(self) -> None:
        """Take over what its person has changed about the message since the job was begun."""
        now = await self._mailbox.job(self.job.key, self.job.id)
        if now is not None:
            self.job = replace(self.job, message=now.message)

    async def waiting(self) -> Sequence[Waiting]:
        """What stands behind the job in hand."""
        return await self._mailbox.waiting(self.name)

    async def absorb(self, more: Iterable[Waiting]) -> None:
        """Make these waiting messages parts of the job in hand."""
        parts = tuple(more)
        if not parts:
            return
        prefix = self._mailbox.keys_of(self.name, "job")[0] + ":"
        args = [prefix, self._mailbox.lifetimes.ended_job, *(part.id for part in parts)]
        await self._owned("ABSORB", ("box", "job", "jobs", "owned"), args)
        self.job = replace(self.job, parts=self.job.parts + tuple(part.message for part in parts))

    async def follow(self, followers: Iterable[Follower], *, now: float) -> bool:
        """Put these jobs right behind the one in hand, in order, before whatever waits. They are named after it, by
        number: doing this again leaves them as they are. False when somebody asked to stop: then nothing follows."""
        prefix = self._mailbox.keys_of(self.name, "job")[0] + ":"
        args: list[Any] = [prefix, now, self._mailbox.lifetimes.open_job, self._mailbox.schema]
        for number, one in enumerate(followers, 1):
            notes = [part for name, value in one.notes.items() for part in (f"note:{name}", value)]
            args += [f"{self.job.id}.{number}", write(one.message), one.phase.value, len(notes), *notes]
        keys = self._mailbox.keys_of(self.name, "box", "job", "jobs", "owned", job=self.job.id)
        answer = int(await self._mailbox.run("FOLLOW", keys, [self.fence, *args]))
        if answer == 0:
            raise self._gone()
        return answer == 1

    async def renew(self) -> bool:
        """Hold the lease for another term. Returns whether somebody asked to stop."""
        asked = monotonic()
        keys = self._mailbox.keys_of(self.name, "box", "ready", "job", job=self.job.id)
        answer = int(await self._mailbox.run("RENEW", keys, [self.fence, self.entry, self.owner]))
        if answer == 0:
            raise self._gone()
        self._renewed = asked
        if answer == 2:
            self.stop_asked.set()
        return self.stop_asked.is_set()

    async def excuse(self) -> None:
        """Do not count the last attempt: it broke off through no fault of the job's."""
        await self._owned("EXCUSE", ("box", "job"), [])
        self.job = replace(self.job, attempts=self.job.attempts - 1)

    async def finish(self, phase: Phase) -> None:
        """End the job this way, and hand the conversation on to its next message. What only the work needed goes."""
        spent = [f"note:{name}" for name in SPENT]
        args = [self.entry, self.name, self.job.id, phase.value, self._mailbox.lifetimes.ended_job, *spent]
        await self._owned("FINISH", ("box", "job", "jobs", "ready", "owned"), args)

    async def park(self, until: float, *, stirs: bool = False, seen: int = 0) -> None:
        """Give the conversation back until that time; 0: at once. With `stirs` the next message wakes it, `seen` being
        the number of waiting messages when that was decided."""
        args = [self.entry, self.name, ceil(until * 1000), int(stirs), seen + 1]
        await self._owned("PARK", ("box", "job", "ready", "due", "jobs"), args)

    async def _owned(self, script: str, kinds: Sequence[str], args: Sequence[Any]) -> None:
        keys = self._mailbox.keys_of(self.name, *kinds, job=self.job.id)
        if not int(await self._mailbox.run(script, keys, [self.fence, *args])):
            raise self._gone()

    async def left(self) -> None:
        """Tell whoever took the conversation away that nothing more is done here."""
        await self._mailbox.run("LEFT", self._mailbox.keys_of(self.name, "leaving"), [self.fence])

    def _gone(self) -> LeaseLost:
        self.lost = True
        return LeaseLost(self.name)
