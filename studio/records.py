"""Records on disk: one JSON object a file, replaced as a whole or not at all."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Record = dict[str, Any]
T = TypeVar("T")

_log = logging.getLogger(__name__)


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


def load_all(paths: Iterable[Path], build: Callable[[Record], T]) -> Iterator[T]:
    """What is built of each record. One that cannot be read is left out: it must not keep the others from working."""
    for path in paths:
        record = load(path)
        try:
            if record is not None:
                yield build(record)
        except (KeyError, TypeError, ValueError) as error:
            _log.warning("a record of another make was left out: %s", type(error).__name__)
