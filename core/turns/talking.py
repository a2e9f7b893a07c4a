"""Addressing the agent: the message goes out once, ever; what comes back is shown as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog

from core import conversations
from core.desk import Desk
from core.drafts import exportable
from core.errors import BackendAway, StreamLost
from core.estimates import Stage
from core.jobs import Parked, Phase
from core.nemo.events import AgentError, Text, ToolFinished, ToolStarted, TurnEvent, Unknown, Waiting
from core.nemo.talk import TalkStream, translate
from core.records import Project

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reply:
    """What the agent has said so far, and what is shown of it."""

    said: str = ""
    shown: str = ""
    error: AgentError | None = None


async def address(desk: Desk, project: Project, instruction: str, **fields: Any) -> Parked | None:
    """Note the state before, then send the instruction and follow the answer to its end. `fields` of the record are
    saved together with the phase `sent`, and put back where nothing could be sent.

    A definite refusal is raised. An answer that was lost leaves the job in `sent`: from then on only the state is
    looked at, after the first of the `looks`.
    """
    before = await conversations.state_of(desk, project)
    await conversations.check_credits(desk)
    credential = await desk.credential()
    stage = Stage.EDIT if exportable(before.draft) else Stage.GENERATION
    ends = await desk.ends(stage) if desk.record.files else 0.0  # without photos it may be a mere question
    notes = {"instruction": instruction, "before": conversations.snapshot(before), "looks": "0", "stage": stage.value}
    fields["told"] = len(desk.record.files)
    unsent = {name: getattr(desk.record, name) for name in fields}
    await desk.save(phase=Phase.SENT, notes=notes, **fields)
    desk.progress.show(desk.words.sent(first=desk.record.video is None), ends=ends)
    reply, began = Reply(), desk.shop.now()
    try:
        async with desk.shop.nemo.send(credential, project.session_id, instruction, desk.entitled) as events:
            await _listen(desk, events, reply)
    except (StreamLost, BackendAway) as error:
        if isinstance(error, BackendAway) and not error.sent:
            await desk.save(phase=Phase.UPLOADING, **unsent)  # nothing has left this machine: it may be tried again
            raise
        log.warning("answer_lost", job=desk.job.id, error=str(error))
        return Parked(desk.shop.now() + desk.shop.times.looks[0])
    took = {"took": repr(desk.shop.now() - began)}
    await desk.save(phase=Phase.ANSWERED, notes={"answer": reply.said, **took, **_failure(reply)})
    return None


async def _listen(desk: Desk, events: AsyncIterator[TurnEvent], reply: Reply) -> None:
    """Follow the answer to its end, and show it as it comes."""
    talk = TalkStream()
    async for event in events:
        match event:
            case Text(text, whole):
                talk = _hear(reply, talk, text, whole=whole)
                desk.progress.say(reply.shown)
            case AgentError():
                reply.error = event
            case Unknown(kind):
                log.info("unknown_event", job=desk.job.id, kind=kind)
            case ToolStarted():  # what was said so far is whole, and the work may take minutes
                desk.progress.say(translate(reply.said).text)
            case ToolFinished() | Waiting():
                pass


def _hear(reply: Reply, talk: TalkStream, text: str, *, whole: bool) -> TalkStream:
    if whole:
        talk, reply.said, reply.shown = TalkStream(), "", ""
    reply.said += text
    reply.shown += talk.feed(text)
    return talk


def _failure(reply: Reply) -> dict[str, str]:
    return {"agent_error": reply.error.code or "error"} if reply.error else {}


async def look_again(desk: Desk) -> Parked | None:
    """The answer was lost: has the timeline changed? Up to five looks, then the outcome is unknown."""
    desk.progress.show(desk.words.looking_again())
    looks = int(desk.notes.get("looks", "0")) + 1
    project = await conversations.project_of(desk)
    state = await conversations.state_of(desk, project)
    if conversations.differs(state, desk.notes["before"]):
        await desk.save(phase=Phase.ANSWERED, notes={"answer": ""})
        return None
    pauses = desk.shop.times.looks
    if looks >= len(pauses):
        await desk.save(phase=Phase.ANSWERED, notes={"answer": "", "unknown": "1"})
        return None
    await desk.save(notes={"looks": str(looks)})
    await desk.progress.flush()
    return Parked(desk.shop.now() + pauses[looks])
