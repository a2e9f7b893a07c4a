"""What a render leaves behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished MP4: `seconds` long, `size` bytes, `width` by `height` pixels."""

    seconds: float
    size: int
    width: int
    height: int
