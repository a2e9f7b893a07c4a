"""What can go wrong while rendering, as facts."""

from __future__ import annotations

from pathlib import Path


class RenderError(Exception):
    """The root of everything that stops a render."""


class SourceUnreadable(RenderError):
    """A picture, video or audio file of the plan cannot be decoded. `source` names it."""

    def __init__(self, source: Path, detail: str = "") -> None:
        super().__init__(f"{source.name}: {detail or 'cannot be decoded'}")
        self.source = source
        self.detail = detail


class RenderDied(RenderError):
    """The rendering process ended without a result. `code` is its exit code, negative for a signal."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"exit code {code}" + (f": {detail}" if detail else ""))
        self.code = code
        self.detail = detail


class RenderCancelled(RenderError):
    """`RenderProcess.cancel` was called."""
