"""An order to `photoreel make`, and every check of it that needs nothing heavy to be loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

FILES: Final = 60
PROMPT_CHARS: Final = 20_000


class Exit(IntEnum):
    """What a script is told. The first three are the same for every command."""

    DONE = 0
    MACHINE = 1
    USAGE = 2
    BACKEND = 3
    FILE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed. `skill` and `prompt` may be empty: then the default skill and its first suggestion count."""

    files: Sequence[Path]
    prompt: str
    output: Path
    skill: str = ""
    facts: bool = False


class BadOrder(Exception):
    """What was typed makes no sense. The text says what, and what would."""


def check(order: Order) -> None:
    """Raise `BadOrder` for what can be known before anything is started."""
    for file in order.files:
        if not file.is_file():
            raise BadOrder(f"{file}: there is no such file" if not file.exists() else f"{file}: this is not a file")
    if len(order.files) > FILES:
        raise BadOrder(f"{len(order.files)} files are too many: a video is made of at most {FILES}")
    if order.output.suffix.lower() != ".mp4":
        raise BadOrder(f"{order.output}: the video is an MP4, so its name ends in .mp4")
    if not order.output.absolute().parent.is_dir():
        raise BadOrder(f"{order.output.absolute().parent}: there is no such folder")
    if order.output.is_dir():
        raise BadOrder(f"{order.output}: this is a folder")
    _check_writable(order.output)
    if len(order.prompt) > PROMPT_CHARS:
        raise BadOrder(f"the sentence is longer than {PROMPT_CHARS} characters")


def _check_writable(output: Path) -> None:
    """Whether the video can be put there is better known before it is paid for."""
    try:
        with tempfile.NamedTemporaryFile(dir=output.absolute().parent, prefix=f".{output.name[:100]}."):
            pass
    except OSError as error:
        raise BadOrder(f"{output}: nothing can be written there ({error.strerror})") from error
