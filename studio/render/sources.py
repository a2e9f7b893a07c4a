"""The files that a plan names."""

from __future__ import annotations

from pathlib import Path

from studio.render.faults import SourceUnreadable


def identity(source: Path) -> tuple[int, int]:
    """What changes when a file is replaced by another of the same name. Raises `SourceUnreadable` if it is missing."""
    try:
        status = source.stat()
    except OSError as error:
        raise SourceUnreadable(source, type(error).__name__) from error
    return status.st_size, status.st_mtime_ns
