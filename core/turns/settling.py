"""After the answer: what changed on the timeline, what is said about it, and whether a video is to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import conversations, exports
from core.conversations import differs
from core.delivery import repeat
from core.desk import Desk, beside
from core.drafts import compare, exportable, read
from core.errors import BackendError
from core.jobs import Ended, Parked, Phase
from core.nemo.talk import Act as Hint
from core.nemo.talk import Talk, translate
from core.nemo.values import State
from core.records import Act, Button
from core.turns.asking import choices
from core.turns.versions import followed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a turn: the state now, whether it is another than before, and what the agent said."""

    state: State
    changed: bool
    talk: Talk

    @property
    def version(self) -> str:
        """The digest of the timeline as it is now."""
        return conversations.signature(conversations.snapshot(self.state))


async def settle(desk: Desk) -> Ended | Parked | None:
    """Find the words for what happened; start the render where there is something new to see."""
    outcome = await _outcome(desk)
    if desk.notes.get("unknown") and not outcome.changed:
        await desk.progress.finish(desk.words.outcome_unknown(), desk.again())
        return Ended(Phase.UNKNOWN)
    text = await _text(desk, outcome)
    await _write_down(desk, outcome, text)
    if _wants_video(desk, outcome):
        desk.progress.show(beside(text, desk.words.rendering(None)))
        return await exports.begin(desk, outcome.state)
    failed = "agent_error" in desk.notes and not outcome.changed
    await desk.progress.finish(text, _buttons(desk, outcome))
    return Ended(Phase.FAILED if failed else Phase.DONE)


async def _write_down(desk: Desk, outcome: Outcome, text: str) -> None:
    """What is said, and the new version of the timeline, once."""
    notes = {"text": text, "settled": "1", "made": conversations.snapshot(outcome.state)}
    if "unknown" in desk.notes:  # it shows after all
        notes["unknown"] = ""
    fields: dict[str, Any] = {"answered_at": desk.shop.now()}
    if outcome.changed and "settled" not in desk.notes:
        before, went_back = json.loads(desk.notes["before"]), bool(desk.notes.get("went_back"))
        known = conversations.signature(desk.notes["before"]) if exportable(before["draft"]) else ""
        fields["past"] = followed(desk.record.past, known, outcome.version, went_back=went_back)
        fields["revision"] = desk.record.revision + 1
        if "took" in desk.notes:
            await desk.shop.durations.note(desk.notes["stage"], float(desk.notes["took"]))
    await desk.save(notes=notes, **fields)


async def export(desk: Desk) -> Ended | Parked:
    """Render what is there, without asking the agent; what the last video shows already is not rendered again where the
    platform still has it."""
    project, video = desk.record.project, desk.record.video
    state = await conversations.state_of(desk, project) if project else None
    if state is None or not exportable(state.draft):
        await desk.progress.finish(desk.words.nothing_to_export())
        return Ended(Phase.DONE)
    shown = exports.shown_by(state)
    if video is not None and video.draft == shown["draft"]:
        await desk.save(notes=shown)
        if await repeat(desk, video, shown["title"]):
            return Ended(Phase.DONE)
    desk.progress.show(desk.words.rendering(None))
    await desk.save(notes={"text": desk.words.here_it_is()})
    return await exports.begin(desk, state)


async def _outcome(desk: Desk) -> Outcome:
    project = await conversations.project_of(desk)
    state = await conversations.state_of(desk, project)
    changed = differs(state, desk.notes["before"])
    return Outcome(state, changed, translate(desk.notes.get("answer", "")))


async def _text(desk: Desk, outcome: Outcome) -> str:
    """What the agent said, or else what changed; and what it told the person to look up."""
    paragraphs = [outcome.talk.text.strip()]
    if "agent_error" in desk.notes:
        paragraphs.append(desk.words.agent_failed() if not outcome.changed else "")
    if not any(paragraphs):
        paragraphs.append(_in_our_words(desk, outcome))
    elif outcome.changed and _missed(desk, outcome):
        paragraphs.append(desk.words.not_as_it_was(_difference(desk, outcome)))
    if Hint.CREDITS in outcome.talk.actions:
        paragraphs.append(await _balance(desk))
    if {Hint.STATE, Hint.TIMELINE} & set(outcome.talk.actions):
        paragraphs.append(desk.words.timeline(read(outcome.state.draft, outcome.state.canvas)))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _in_our_words(desk: Desk, outcome: Outcome) -> str:
    if not outcome.changed:
        return desk.words.nothing_changed()
    if "since" in desk.notes:
        return desk.words.came_since(_difference(desk, outcome))
    if "went_back" not in desk.notes:
        return _difference(desk, outcome)
    return desk.words.not_as_it_was(_difference(desk, outcome)) if _missed(desk, outcome) else desk.words.as_it_was()


def _missed(desk: Desk, outcome: Outcome) -> bool:
    """Whether the agent was to go back to a version, and went somewhere else."""
    wanted = desk.notes.get("went_back")
    return bool(wanted) and wanted != outcome.version


def _difference(desk: Desk, outcome: Outcome) -> str:
    before: Mapping[str, Any] = json.loads(desk.notes["before"])
    now = read(outcome.state.draft, outcome.state.canvas)
    if not exportable(before["draft"]):  # all of it is new: what is there says it better than what was added
        return desk.words.timeline(now)
    return desk.words.changes(compare(read(before["draft"], before["canvas"]), now))


async def _balance(desk: Desk) -> str:
    try:
        return desk.words.balance(await desk.call(desk.shop.nemo.credits))
    except BackendError:  # a courtesy: the turn itself went well
        return ""


def _wants_video(desk: Desk, outcome: Outcome) -> bool:
    wanted = desk.record.preferences.auto_export or "number" in desk.notes  # whoever wants one of each wants videos
    if not exportable(outcome.state.draft) or not wanted:
        return False
    if outcome.changed:
        return True
    video = desk.record.video
    fresh = video is None or video.draft != outcome.version
    return Hint.EXPORT in outcome.talk.actions and fresh


def _buttons(desk: Desk, outcome: Outcome) -> tuple[Button, ...]:
    if "agent_error" in desk.notes and not outcome.changed:
        return desk.again()
    person = desk.job.message.sender.id
    edits = (Button(Act.SAY, edit, edit, "", person, desk.record.revision) for edit in outcome.talk.edits[:3])
    return (*choices(desk), *edits)
