"""A whole render: segments first, then sound, then the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.render.faults import RenderError
from studio.render.plan import Plan
from studio.render.result import RenderResult


def produce(plan: Plan, output: Path, work: Path, progress: Callable[[float], None]) -> RenderResult:
    """Render the plan; see `studio.render.render`."""
    raise RenderError("the pipeline follows in the next commit")
