"""After the answer: what changed on the timeline, what is said about it, and whether a video is to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import conversations, exports
from core.desk import Desk, beside
from core.drafts import compare, exportable, read
from core.errors import BackendError
from core.jobs import Ended, Parked, Phase
from core.nemo.talk import Act as Hint
from core.nemo.talk import Talk, translate
from core.nemo.values import State
from core.records import Act, Button
from core.turns.asking import choices


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a turn: the state now, whether it is another than before, and what the agent said."""

    state: State
    changed: bool
    talk: Talk


async def settle(desk: Desk) -> Ended | Parked | None:
    """Find the words for what happened; start the render where there is something new to see."""
    outcome = await _outcome(desk)
    if desk.notes.get("unknown"):
        await desk.progress.finish(desk.words.outcome_unknown(), desk.again())
        return Ended(Phase.UNKNOWN)
    text = await _text(desk, outcome)
    revision = desk.record.revision + int(outcome.changed)
    await desk.save(notes={"text": text}, revision=revision)
    if _wants_video(desk, outcome):
        desk.progress.show(beside(text, desk.words.rendering(None)))
        return await exports.begin(desk, outcome.state)
    failed = "agent_error" in desk.notes and not outcome.changed
    await desk.progress.finish(text, _buttons(desk, outcome))
    return Ended(Phase.FAILED if failed else Phase.DONE)


async def export(desk: Desk) -> Ended | Parked:
    """Render what is there, without asking the agent."""
    project = desk.record.project
    state = await conversations.state_of(desk, project) if project else None
    if state is None or not exportable(state.draft):
        await desk.progress.finish(desk.words.nothing_to_export())
        return Ended(Phase.DONE)
    desk.progress.show(desk.words.rendering(None))
    await desk.save(notes={"text": desk.words.here_it_is()})
    return await exports.begin(desk, state)


async def _outcome(desk: Desk) -> Outcome:
    project = await conversations.project_of(desk)
    state = await conversations.state_of(desk, project)
    changed = conversations.signature(conversations.snapshot(state)) != conversations.signature(desk.notes["before"])
    return Outcome(state, changed, translate(desk.notes.get("answer", "")))


async def _text(desk: Desk, outcome: Outcome) -> str:
    """What the agent said, or else what changed; and what it told the person to look up."""
    paragraphs = [outcome.talk.text.strip()]
    if "agent_error" in desk.notes:
        paragraphs.append(desk.words.agent_failed() if not outcome.changed else "")
    if not any(paragraphs):
        paragraphs.append(_difference(desk, outcome) if outcome.changed else desk.words.nothing_changed())
    if Hint.CREDITS in outcome.talk.actions:
        paragraphs.append(await _balance(desk))
    if {Hint.STATE, Hint.TIMELINE} & set(outcome.talk.actions):
        paragraphs.append(desk.words.timeline(read(outcome.state.draft, outcome.state.canvas)))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _difference(desk: Desk, outcome: Outcome) -> str:
    before: Mapping[str, Any] = json.loads(desk.notes["before"])
    then = read(before["draft"], before["canvas"])
    return desk.words.changes(compare(then, read(outcome.state.draft, outcome.state.canvas)))


async def _balance(desk: Desk) -> str:
    try:
        return desk.words.balance(await desk.call(desk.shop.nemo.credits))
    except BackendError:  # a courtesy: the turn itself went well
        return ""


def _wants_video(desk: Desk, outcome: Outcome) -> bool:
    if not exportable(outcome.state.draft) or not desk.record.preferences.auto_export:
        return False
    if outcome.changed:
        return True
    video = desk.record.video
    fresh = video is None or video.draft != conversations.signature(conversations.snapshot(outcome.state))
    return Hint.EXPORT in outcome.talk.actions and fresh


def _buttons(desk: Desk, outcome: Outcome) -> tuple[Button, ...]:
    if "agent_error" in desk.notes and not outcome.changed:
        return desk.again()
    person = desk.job.message.sender.id
    edits = (Button(Act.SAY, edit, edit, "", person, desk.record.revision) for edit in outcome.talk.edits[:3])
    return (*choices(desk), *edits)
