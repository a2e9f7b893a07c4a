"""How orders and answers cross between this program and its child processes: one line of JSON each, errors included.

Never pickle: a child has read hostile bytes, and what comes back from it is data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from core import errors

Facts = dict[str, Any]
"""A JSON object: what a job is called with, and what it returns."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a child process may use up.

    `memory` is its address space in bytes, `cpu_seconds` the processor time of one job, `seconds` how long one job may
    take by the clock. After `jobs` jobs a child is replaced by a fresh one.
    """

    memory: int
    cpu_seconds: int
    seconds: float
    jobs: int = 25


@dataclass(frozen=True, slots=True)
class Order:
    """A job by name, on the file that people know as `name`."""

    job: str
    name: str
    arguments: Facts

    def encode(self) -> bytes:
        """The order as one line."""
        return _line(asdict(self))

    @classmethod
    def decode(cls, line: bytes) -> Order:
        """The order in a line that `encode` made."""
        return cls(**json.loads(line))


def encode_result(result: Facts) -> bytes:
    """What a job returned, as one line."""
    return _line({"result": result})


def encode_error(error: Exception) -> bytes:
    """Why a job failed, as one line.

    The operating system's errors (a full disk, a missing file) stay what they are; whatever else went wrong while
    hostile bytes were decoded means that the file is broken.
    """
    match error:
        case errors.TooManyPixels():
            facts: Facts = {"pixels": error.pixels, "limit": error.limit}
        case errors.TooManyBytes():
            facts = {"size": error.size, "limit": error.limit}
        case errors.FileError():
            facts = {"detail": error.detail}
        case OSError(errno=int()):
            return _line({"errno": error.errno, "strerror": error.strerror})
        case MemoryError():
            return _line({"error": "BrokenFile", "facts": {"detail": "needs more memory than one file may take"}})
        case _:
            detail = f"{type(error).__name__}: {error}"[:200]
            return _line({"error": "BrokenFile", "facts": {"detail": detail}})
    return _line({"error": type(error).__name__, "facts": facts})


def decode_answer(line: bytes, name: str) -> Facts:
    """What the job returned, or the error that it raised: a child of `FileError`, or `OSError`."""
    answer = json.loads(line)
    if "result" in answer:
        result: Facts = answer["result"]
        return result
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"])
    raise _FILE_ERRORS[answer["error"]](name, **answer["facts"])


_FILE_ERRORS: dict[str, type[errors.FileError]] = {
    error.__name__: error
    for error in (
        errors.EmptyFile,
        errors.UnknownFormat,
        errors.BrokenFile,
        errors.TooManyPixels,
        errors.TooManyBytes,
        errors.NotPlayable,
    )
}


def _line(value: Facts) -> bytes:
    return json.dumps(value).encode() + b"\n"
