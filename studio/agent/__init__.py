"""The studio's own video agent: a sentence and a timeline in, a timeline and a reply out."""

from __future__ import annotations

from studio.agent.project import Change, Effort, Outcome, Project
from studio.agent.reading import warm_up
from studio.agent.understanding import completed, understand

__all__ = ["Change", "Effort", "Outcome", "Project", "completed", "understand", "warm_up"]
