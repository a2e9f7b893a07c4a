"""Turns: the agent at work on one message, with or without somebody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, assert_never
from uuid import uuid4

from studio import refusals
from studio.accounts import Accounts
from studio.agent import completed, understand
from studio.agent.project import Change, Effort, Outcome, Project
from studio.crew import Crew
from studio.events import Voice, voice
from studio.faults import Faults
from studio.script import Apply, Call, Fail, Finish, Raw, Return, Say, Stall, Step, Work, pieces, write
from studio.sessions import Pending, Session, Sessions
from studio.settings import StudioSettings
from studio.timeline import NotADraft, Timeline, draft_of, timeline_of


class Turn:
    """One turn as its reader sees it: bytes as they come, then the end."""

    def __init__(self, stops_with_reader: bool) -> None:
        self._bytes: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._stops = stops_with_reader
        self.task: asyncio.Task[None] | None = None
        self.stopped = False

    async def read(self) -> AsyncIterator[bytes]:
        """Everything the agent sends, to the end."""
        while (data := await self._bytes.get()) is not None:
            yield data

    def send(self, data: bytes) -> None:
        """Give the reader something, if there is anything."""
        if data:
            self._bytes.put_nowait(data)

    def close(self) -> None:
        """There will be nothing more."""
        self._bytes.put_nowait(None)

    def leave(self) -> None:
        """The reader is gone: the work may stop with it."""
        if self._stops and self.task is not None and not self.task.done():
            self.stopped = True
            self.task.cancel()


class Turns:
    """Takes messages on, one at a time in each session, and sees them through."""

    def __init__(
        self, settings: StudioSettings, accounts: Accounts, sessions: Sessions, faults: Faults, crew: Crew
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._sessions = sessions
        self._faults = faults
        self._crew = crew

    def begin(self, session: Session, text: str) -> Turn:
        """Take on a message. Refuses while another one is under way, and where the credits do not suffice."""
        if session.pending is not None:
            raise refusals.busy("The agent is still working in this session")
        text = completed(text, project_of(session))  # what is asked now must not count as asked when it is done again
        outcome = understand(text, project_of(session))
        cost = self._cost(outcome)
        self._accounts.reserve(session.user_id, cost)
        pending = Pending(uuid4().hex, text, cost)
        self._sessions.put(replace(session, pending=pending, asked=outcome.asks))
        return self._run(session.id, outcome)

    def resume(self) -> None:
        """After a restart: go on with what was under way, or give back what was reserved for it."""
        for session in self._sessions.pending():
            match session.pending:
                case Pending(applied=True):
                    self._end(session.id, charged=True)
                case Pending(text=text) if self._settings.keeps_working:
                    self._run(session.id, understand(text, project_of(session)))
                case _:
                    self._end(session.id, charged=False)

    def _cost(self, outcome: Outcome) -> int:
        match outcome.effort:
            case Effort.ANSWER:
                return 0
            case Effort.EDIT:
                return self._settings.edit_cost
            case Effort.GENERATION:
                return self._settings.generation_cost
            case never:
                assert_never(never)

    def _run(self, session: str, outcome: Outcome) -> Turn:
        turn = Turn(stops_with_reader=not self._settings.keeps_working)
        steps = write(outcome, self._faults.in_turn(), self._settings)
        stage = Stage(self._settings, self._sessions, session, outcome)
        turn.task = self._crew.start(self._perform(turn, stage, steps, session))
        return turn

    async def _perform(self, turn: Turn, stage: Stage, steps: tuple[Step, ...], session: str) -> None:
        try:
            async with asyncio.timeout(self._settings.turn_seconds):
                await stage.play(steps, turn)
        except TimeoutError:
            self._end(session, charged=True)
        except asyncio.CancelledError:
            if turn.stopped:  # else the studio ends, and the turn goes on with its next start
                self._end(session, charged=True)
            raise
        except Exception:
            self._end(session, charged=False)
            raise
        else:
            self._end(session, charged=not any(isinstance(step, Fail) for step in steps))
            if stage.afterthought is not None:
                self._crew.start(self._reconsider(stage.afterthought, session))
        finally:
            turn.close()

    def _end(self, session: str, *, charged: bool) -> None:
        now = self._sessions.current(session)
        if now.pending is None:
            return
        settle = self._accounts.settle if charged else self._accounts.release
        settle(now.user_id, now.pending.cost)
        self._sessions.put(replace(now, pending=None))

    async def _reconsider(self, better: Timeline, session: str) -> None:
        """What the agent adds when the stream is long over; nothing if somebody was faster."""
        before = self._sessions.current(session)
        await asyncio.sleep(self._settings.afterthought_seconds or 0.0)
        now = self._sessions.current(session)
        if now.draft == before.draft and now.pending is None:
            self._sessions.put(now.changed(draft_of(better, now.paths)))


class Stage:
    """Where one turn is played: its steps become bytes, time, and a changed session."""

    def __init__(self, settings: StudioSettings, sessions: Sessions, session: str, outcome: Outcome) -> None:
        self._settings = settings
        self._sessions = sessions
        self._session = session
        self._outcome = outcome
        self._voice: Voice = voice(settings)
        self.afterthought: Timeline | None = None

    async def play(self, steps: tuple[Step, ...], turn: Turn) -> None:
        """All steps, one after the other."""
        for step in steps:
            await self._step(step, turn)

    async def _step(self, step: Step, turn: Turn) -> None:
        match step:
            case Say(text, thought):
                await self._say(text, thought, turn)
            case Work(seconds):
                await self._work(seconds, turn)
            case Stall():
                await self._work(self._settings.turn_seconds, turn)
            case Apply():
                self._apply()
            case _:
                turn.send(self._bytes(step))

    def _bytes(self, step: Finish | Call | Return | Fail | Raw) -> bytes:
        match step:
            case Finish():
                return self._voice.pause()
            case Call(name, args):
                return self._voice.call(name, args)
            case Return(name, result):
                return self._voice.returned(name, result)
            case Fail(error):
                return self._voice.fail(error.code, error.message, echoed=error.echoed)
            case Raw(data):
                return data
            case never:
                assert_never(never)

    async def _say(self, text: str, thought: bool, turn: Turn) -> None:
        for piece in pieces(text):
            turn.send(self._voice.say(piece, thought=thought))
            await asyncio.sleep(self._settings.delta_seconds)

    async def _work(self, seconds: float, turn: Turn) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.time() + seconds
        while (left := ready - loop.time()) > 0:
            await asyncio.sleep(min(left, self._settings.heartbeat_seconds))
            if loop.time() < ready:
                turn.send(self._voice.wait())

    def _apply(self) -> None:
        now = self._sessions.current(self._session)
        if now.pending is not None:  # with the effect, in one record: a restart must not have it twice
            now = replace(now, pending=replace(now.pending, applied=True))
        self._sessions.put(self._changed(now))

    def _changed(self, now: Session) -> Session:
        match self._outcome.change:
            case Change.NONE:
                return now
            case Change.BACK:
                return now.undone(self._outcome.steps)
            case Change.FORTH:
                return now.redone()
            case Change.NEW:
                return self._renewed(now)
            case never:
                assert_never(never)

    def _renewed(self, now: Session) -> Session:
        timeline = self._outcome.timeline
        if timeline is None:
            return now
        if self._settings.afterthought_seconds is not None and self._outcome.effort is Effort.GENERATION:
            self.afterthought = timeline
            timeline = replace(timeline, titles=(), sound=None)
        seen = len(now.media) if self._outcome.takes_all else now.seen
        return now.changed(draft_of(timeline, now.paths), seen=seen)


def project_of(session: Session) -> Project:
    """The project as the agent sees it."""
    return Project(
        media=session.media,
        timeline=_readable(session.draft),
        seen=session.seen,
        previous=_readable(session.past[-1]) if session.past else None,
        earlier=tuple(_readable(draft) for draft in session.past[:-1]),
        next=_readable(session.future[-1]) if session.future else None,
        language=session.language,
        asked=session.asked,
    )


def _readable(draft: Mapping[str, Any] | None) -> Timeline | None:
    """The timeline in a draft that we have kept; None for one of another make, as if nothing had been made yet."""
    try:
        return timeline_of(draft) if draft else None
    except NotADraft:
        return None
