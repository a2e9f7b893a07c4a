"""Records on disk: one JSON object a file, replaced as a whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def save(path: Path, record: Record) -> None:
    """Write the record. A kill at any moment leaves the old one or the new one.

    There is no `fsync`: this guards against a killed process, not against a power cut, and costs next to nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)


def load(path: Path) -> Record | None:
    """The record, or None where there is none that can be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return record if isinstance(record, dict) else None
