"""One turn from phase to phase, and what is said when it goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import Any, Final

import structlog

from core import conversations, exports
from core.control import apologise
from core.desk import Desk, beside, set_up
from core.errors import (
    BackendAway,
    BackendError,
    ChatGone,
    FileError,
    LeaseLost,
    LinkRefused,
    OutboundError,
    OutcomeUnknown,
    OutOfCredits,
    ProtocolError,
    SessionLost,
    SlowDown,
    StoreAway,
    StoreError,
    TokenExpired,
)
from core.jobs import Ended, Parked, Phase, Verdict
from core.messages import Inbound
from core.store.lease import Lease
from core.turns import queueing
from core.turns.filming import hand_over, watch
from core.turns.gathering import added, gathered_of
from core.turns.opening import open_turn
from core.turns.series import left_after, part_of
from core.turns.settling import settle
from core.turns.talking import look_again
from core.workshop import Workshop

log = structlog.get_logger(__name__)

Step = Callable[[Desk], Awaitable[Verdict | None]]

STEPS: Final[Mapping[Phase, Step]] = {
    Phase.ACCEPTED: open_turn,
    Phase.UPLOADING: open_turn,
    Phase.SENT: look_again,
    Phase.ANSWERED: settle,
    Phase.RENDERING: watch,
    Phase.DELIVERING: hand_over,
}
"""What is done in each phase, by a worker that finds a job in it. A step returns None when the job is in a later phase
now; the agent is addressed by the first one only."""


class Turns:
    """Carries jobs on. `control` takes what does not wait for its turn."""

    def __init__(self, shop: Workshop, control: Callable[[Inbound], Awaitable[None]]) -> None:
        self._shop = shop
        self._control = control

    async def control(self, inbound: Inbound) -> None:
        """Do what must not wait for the conversation's turn."""
        await self._control(inbound)

    async def apologise(self, inbound: Inbound) -> None:
        """Say that this could not be done."""
        await apologise(self._shop, inbound)

    async def handle(self, lease: Lease) -> Verdict:
        """Carry the job on until it ends or has to wait."""
        try:
            return await self._carry(lease)
        finally:
            if lease.lost:
                await self._clear_if_erased(lease)

    async def _carry(self, lease: Lease) -> Verdict:
        try:
            desk = await self._desk(lease)
        except SlowDown as order:
            return Parked(self._shop.now() + order.retry_after)
        if desk is None:
            return Ended(Phase.CANCELLED)
        async with desk.progress:
            verdict = await self._guarded(desk)
            await desk.progress.flush(until=verdict.until if isinstance(verdict, Parked) else inf)
            await _remember(desk, verdict)
        if isinstance(verdict, Ended):
            seconds = round(self._shop.now() - lease.job.accepted_at, 1)
            log.info("turn_ended", job=lease.job.id, phase=verdict.phase.value, seconds=seconds)
            await queueing.leave(desk)
            self._shop.clear(lease.job.id, lease.fence)
        return verdict

    async def _clear_if_erased(self, lease: Lease) -> None:
        """Nothing stays of what is forgotten. With what was only lost, another worker goes on."""
        with contextlib.suppress(StoreError):
            if await self._shop.mailbox.job(lease.job.key, lease.job.id) is None:
                self._shop.clear(lease.job.id)

    async def give_up(self, lease: Lease) -> Verdict:
        """Say that this job cannot be done, as soon as the platform lets us."""
        try:
            if (desk := await self._desk(lease)) is not None:
                await _give_up(desk)
        except SlowDown as order:
            return Parked(self._shop.now() + order.retry_after)
        return Ended(Phase.FAILED)

    async def _desk(self, lease: Lease) -> Desk | None:
        """None where nobody can be answered (any more)."""
        try:
            return await set_up(self._shop, lease)
        except ChatGone:
            return None

    async def _guarded(self, desk: Desk) -> Verdict:
        """The steps; troubles get their sentence. Telling it may itself be put off by the platform."""
        try:
            try:
                return await _unless_stopped(desk, self._advance(desk))
            except (LeaseLost, StoreAway, ChatGone, SlowDown):
                raise
            except (BackendError, FileError, OutboundError, StoreError, OSError) as error:
                return await _troubled(desk, error)
        except SlowDown as order:
            return Parked(self._shop.now() + order.retry_after)
        except ChatGone:
            log.info("chat_gone", job=desk.job.id)
            return Ended(Phase.CANCELLED)

    async def _advance(self, desk: Desk) -> Verdict:
        if "trouble" in desk.notes:  # all that is left is to tell it
            return await _tell_trouble(desk)
        while True:
            verdict = await STEPS[desk.job.phase](desk)
            if verdict is not None:
                return verdict


async def _give_up(desk: Desk) -> None:
    log.error("job_given_up", job=desk.job.id, phase=desk.job.phase.value)
    try:
        await desk.posting.say("gave_up", desk.words.gave_up(), desk.again())
    except SlowDown:
        raise
    except OutboundError as error:
        log.warning("not_told", job=desk.job.id, error=type(error).__name__)
    await queueing.leave(desk)
    desk.shop.clear(desk.job.id, desk.lease.fence)


async def _remember(desk: Desk, verdict: Verdict) -> None:
    """Silence counts on while nobody is there to break it."""
    stood = desk.progress.memory
    if isinstance(verdict, Parked) and stood != desk.notes.get("stood", ""):
        await desk.save(notes={"stood": stood})


async def _unless_stopped(desk: Desk, work: Awaitable[Verdict]) -> Verdict:
    """The work, until somebody asks to stop. A video that is ready is still delivered."""
    doing = asyncio.ensure_future(work)
    asked = asyncio.ensure_future(desk.lease.stop_asked.wait())
    try:
        if not desk.job.cancelled:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done() or desk.job.phase is Phase.DELIVERING:
            return await doing
        await _end(doing)
        return await _stopped(desk)
    finally:
        await _end(asked)
        await _end(doing)


async def _end(task: asyncio.Future[Any]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()):  # whoever stopped it goes another way
        log.info("ended_with", error=type(error).__name__)


async def _stopped(desk: Desk) -> Ended:
    """Say what has been stopped, and what can no longer be. What had not begun goes without a word."""
    await exports.stop(desk)
    begun = desk.job.phase in (Phase.SENT, Phase.ANSWERED)
    if desk.progress.ref is not None or not desk.job.cancelled:
        stopped = desk.words.stopped_too_late() if begun else desk.words.stopped()
        await desk.progress.finish(beside(desk.notes.get("text", ""), stopped))
    return Ended(Phase.CANCELLED)


async def _troubled(desk: Desk, error: Exception) -> Verdict:
    """One clear sentence; a backend that is away before anything was sent is asked again later."""
    log.warning("turn_failed", job=desk.job.id, phase=desk.job.phase.value, error=str(error))
    early = desk.job.phase in (Phase.ACCEPTED, Phase.UPLOADING)
    if isinstance(error, SessionLost) and early and desk.notes.get("afresh") is None:
        return await _start_afresh(desk)
    away = isinstance(error, BackendAway | ProtocolError)
    if away and (retry := await _try_later(desk)):
        return retry
    lost = isinstance(error, OutcomeUnknown) or (away and desk.job.phase is Phase.SENT)
    trouble = desk.words.outcome_unknown() if lost else await _sentence(desk, error)
    fields = _kept_files(desk) if early else {}
    if isinstance(error, OutOfCredits) and (part := part_of(desk)):
        fields["halted"] = part.series
        trouble = "\n".join([trouble, desk.words.not_begun(left)] if (left := left_after(part)) else [trouble])
    again = "" if isinstance(error, FileError) else "1"  # the same files would fare no better
    notes = {"error": type(error).__name__, "trouble": trouble, "lost": "1" if lost else "", "again": again}
    await desk.save(notes=notes, **fields)
    return await _tell_trouble(desk)


def _kept_files(desk: Desk) -> dict[str, Any]:
    """What was handed in is not lost with the turn: the next instruction finds it."""
    usable = [one for one in gathered_of(desk).attachments if one.ref not in desk.refused]
    return {"pending": added(desk.record.pending, usable)}


async def _sentence(desk: Desk, error: Exception) -> str:
    if isinstance(error, OutOfCredits):
        return desk.words.trouble(error, register=await conversations.register_link(desk, error))
    if isinstance(error, TokenExpired) and (account := await desk.account()).anonymous:
        return desk.words.access_expired()
    if isinstance(error, TokenExpired) and account.linked:
        return desk.words.trouble(LinkRefused(error.endpoint, code=error.code))
    return desk.words.trouble(error)


async def _tell_trouble(desk: Desk) -> Ended:
    buttons = desk.again() if desk.notes.get("again", "1") else ()
    await desk.progress.finish(beside(desk.notes.get("text", ""), desk.notes["trouble"]), buttons)
    return Ended(Phase.UNKNOWN if desk.notes.get("lost") else Phase.FAILED)


async def _start_afresh(desk: Desk) -> Parked:
    """The session is gone before anything was sent: another one, with the same files."""
    await desk.save(notes={"afresh": "1"}, project=None)
    await conversations.open_project(desk)
    await desk.posting.say("afresh", desk.words.started_afresh())
    return Parked(0.0)


async def _try_later(desk: Desk) -> Parked | None:
    """Nothing is lost by asking again, wherever the message to the agent is not what failed."""
    tries = int(desk.notes.get("away", "0")) + 1
    if tries > desk.shop.times.away_tries:
        return None
    await desk.save(notes={"away": str(tries)})
    again = desk.shop.now() + desk.shop.times.away
    if not desk.posting.limits.one_shot or tries == 1:
        later = desk.words.try_again_at(datetime.fromtimestamp(again, UTC).astimezone())
        desk.progress.show(beside(desk.notes.get("text", ""), later))
    return Parked(again)
