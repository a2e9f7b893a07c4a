"""The studio's folder: one studio at a time works in it, and others can find out where it answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


class StudioAway(Exception):
    """The studio could not be started."""


class FolderTaken(StudioAway):
    """Another studio works in this folder. `url` is where it answers, empty if it has not said so yet."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(f"another studio works in {folder}" + (f" and answers at {url}" if url else ""))
        self.url = url


class Claim:
    """The folder is ours."""

    def __init__(self, folder: Path) -> None:
        self._address = folder / "address"

    def answer_at(self, url: str) -> None:
        """Let others know where we answer."""
        self._address.write_text(url, encoding="ascii")


@contextmanager
def claimed(folder: Path) -> Iterator[Claim]:
    """The folder for ourselves. Raises `FolderTaken`. The system gives it back when this process ends, however."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        if not _lock(file):
            raise FolderTaken(folder, _address_in(folder))
        with suppress(FileNotFoundError):
            (folder / "address").unlink()
        yield Claim(folder)


def _address_in(folder: Path) -> str:
    try:
        return (folder / "address").read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
