"""Rendering and delivering: looks at the render until it is done, then brings the video into the chat."""

from __future__ import annotations

import shutil

from core import conversations, exports
from core.delivery import deliver
from core.desk import Desk
from core.drafts import read
from core.drafts.timeline import Lane
from core.jobs import Ended, Parked, Phase
from core.nemo.values import Render
from core.turns.talking import signature, snapshot


async def watch(desk: Desk) -> Parked | None:
    """One look at the render; None once it is done."""
    project = await conversations.project_of(desk)
    state = await conversations.state_of(desk, project)
    seen = await exports.look(desk, state.draft)
    if isinstance(seen, Render):
        timeline = read(state.draft, state.canvas)
        titles = [one.text for track in timeline.tracks if track.lane is Lane.TITLE for one in track.segments]
        notes = {"title": next(iter(titles), ""), "draft": signature(snapshot(state))}
        await desk.save(phase=Phase.DELIVERING, notes=notes)
        desk.progress.show(_with_text(desk, desk.words.finishing()))
        return None
    percent = desk.notes.get("percent")
    desk.progress.show(_with_text(desk, desk.words.rendering(float(percent) if percent else None)))
    await desk.progress.flush()
    return seen


async def hand_over(desk: Desk) -> Ended:
    """Fetch the file, post it, and leave the agent's answer as the status message's last word."""
    path = await exports.fetch(desk)
    if desk.notes.get("text"):
        await desk.progress.finish(desk.notes["text"])
    await deliver(desk, path, title=desk.notes.get("title", ""), draft=desk.notes.get("draft", ""))
    return Ended(Phase.DONE)


def clean_up(desk: Desk) -> None:
    """Remove the job's files in the making."""
    shutil.rmtree(desk.folder, ignore_errors=True)


def _with_text(desk: Desk, stage: str) -> str:
    text = desk.notes.get("text", "")
    return f"{text}\n\n{stage}" if text else stage
