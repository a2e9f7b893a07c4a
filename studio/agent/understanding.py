"""The agent's mind: reads a request, edits the timeline, and says what it did."""

from __future__ import annotations

from studio.agent.project import Change, Effort, Outcome, Project
from studio.timeline import Clip, Timeline, kind_of


def understand(text: str, project: Project) -> Outcome:
    """What becomes of this request in this project."""
    if not project.pictures:
        return Outcome("Please upload some photos first.")
    clips = tuple(Clip(item.hash, item.name, kind_of(item), 3000) for item in project.pictures)
    return Outcome("Your video is ready.", Change.NEW, Timeline(clips), Effort.GENERATION, takes_all=True)
