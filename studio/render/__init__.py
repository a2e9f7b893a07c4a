"""Turns a plan into an MP4: pictures and videos in, H.264 and AAC out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.render.faults import RenderCancelled, RenderDied, RenderError, SourceUnreadable
from studio.render.plan import Caption, Fit, Mood, Motion, Music, Place, Plan, Shot, Sound, Transition
from studio.render.process import RenderProcess
from studio.render.result import RenderResult

__all__ = [
    "Caption",
    "Fit",
    "Mood",
    "Motion",
    "Music",
    "Place",
    "Plan",
    "RenderCancelled",
    "RenderDied",
    "RenderError",
    "RenderProcess",
    "RenderResult",
    "Shot",
    "Sound",
    "SourceUnreadable",
    "Transition",
    "render",
]


def render(plan: Plan, output: Path, work: Path, progress: Callable[[float], None]) -> RenderResult:
    """Render `plan` to the MP4 `output`, here and now: minutes of CPU time, so mostly called by way of `RenderProcess`.

    `work` is a folder of this plan's own: finished segments stay there, and a render that was killed goes on behind
    them. `output` appears whole or not at all. `progress` is told the share done, 0 to 1, rising. Raises `RenderError`.
    """
    from studio.render.film import produce  # the codecs load only where something is rendered

    return produce(plan, output, work, progress)
