"""The skills at hand: found in folders, read from their files, never executed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.skills.skillfile import Skill, is_translation, read, speaks_of_video

_FILE: Final = "skill.md"
_DEEPEST: Final = 6  # folders within folders
_MOST_FOLDERS: Final = 5_000  # visited in one search, however the links run
_NOT_ENTERED: Final = frozenset({".git", "node_modules", "__pycache__", ".venv"})


@dataclass(frozen=True, slots=True)
class Skills:
    """All skills in the order in which they were found, the built-in ones first; names are unique."""

    all: tuple[Skill, ...]

    def get(self, name: str) -> Skill | None:
        """The skill of this name; None where there is none."""
        return next((skill for skill in self.all if skill.name == name), None)


def built_in() -> Path:
    """The folder of the skills that ship with the program."""
    return Path(__file__).parent


def load(folders: Sequence[Path] = ()) -> Skills:
    """The built-in skills, then those of further folders.

    Files that are no skills are passed over, and so is a folder that is not there. The first of two skills with one
    name wins, so that nobody replaces a built-in one. Below a hidden folder (`~/.cursor/skills`) lie the skills of
    other tools too: there only those count that speak of videos.
    """
    found: dict[str, Skill] = {}
    for folder in (built_in(), *folders):
        shared = any(part.startswith(".") for part in folder.parts)
        for path in _files(folder):
            skill = None if is_translation(path) else read(path)
            if skill and (not shared or speaks_of_video(path)):
                found.setdefault(skill.name, skill)
    return Skills(tuple(found.values()))


def _files(folder: Path) -> Iterator[Path]:
    """Skill files in a folder and those within, and any markdown file that lies in the folder itself."""
    visited: set[str] = set()
    waiting = [(folder, 0)]
    while waiting and len(visited) < _MOST_FOLDERS:
        current, depth = waiting.pop(0)
        real = os.path.realpath(current)
        if real in visited:  # a link that leads back
            continue
        visited.add(real)
        entries = _entries(current)
        yield from (Path(entry) for entry in entries if _may_be_skill(entry, at_top=depth == 0))
        if depth < _DEEPEST:
            waiting += [(Path(entry), depth + 1) for entry in entries if _is_folder(entry)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # not there, not ours to read, or no folder
        return []


def _may_be_skill(entry: os.DirEntry[str], *, at_top: bool) -> bool:
    name = entry.name.lower()
    try:
        return (name == _FILE or (at_top and name.endswith(".md"))) and entry.is_file()
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.name not in _NOT_ENTERED and entry.is_dir()
    except OSError:
        return False
