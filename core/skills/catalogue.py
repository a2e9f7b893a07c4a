"""The skills at hand: read from SKILL.md files, ours and those in further folders; nothing in them is ever executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = "SKILL.md"
_BIGGEST: Final = 256 * 1024  # bytes; skill files seen in the wild have 2 to 40 kB
_MOST_FOLDERS: Final = 20_000  # visited in one search, however the links run
_DEEPEST: Final = 6
_SUGGESTIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Skill:
    """What one skill file says. `name` and `version` are told to the backend as they are; `path` is the file."""

    name: str
    version: str
    title: str
    description: str
    suggestions: tuple[str, ...]
    tip: str
    path: Path


@dataclass(frozen=True, slots=True)
class Skills:
    """All skills in the order in which they were found, the built-in ones first; names are unique."""

    all: tuple[Skill, ...]

    def get(self, name: str) -> Skill | None:
        """The skill of this name."""
        return next((skill for skill in self.all if skill.name == name), None)


def built_in() -> Path:
    """The folder of the skills that ship with the program."""
    return Path(str(resources.files("core.skills")))


def load(folders: Sequence[Path] = ()) -> Skills:
    """The built-in skills, then those of further folders. Files that are no skills are passed over; the first of two
    skills with one name wins, so nobody replaces a built-in one."""
    found: dict[str, Skill] = {}
    for folder in (built_in(), *folders):
        for path in _files(folder):
            if skill := read(path):
                found.setdefault(skill.name, skill)
    return Skills(tuple(found.values()))


def read(path: Path) -> Skill | None:
    """The skill in a file; None where it is none (too big, binary, unreadable, no frontmatter with a name)."""
    text = _text(path)
    parts = re.match(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)(.*)", text, re.S)
    if not parts:
        return None
    front = _frontmatter(parts[1])
    name = _line(front.get("name")) or path.parent.name
    return Skill(
        name=name,
        version=_line(front.get("version")) or "0.0.0",
        title=_line(front.get("displayName")) or name,
        description=_line(front.get("description")),
        suggestions=tuple(_suggestions(parts[2])),
        tip="",
        path=path,
    )


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    yield from sorted(folder.glob(f"*/{_FILE}"))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _BIGGEST:
            return ""
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _frontmatter(text: str) -> Mapping[str, object]:
    try:
        front = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return front if isinstance(front, dict) else {}


def _line(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _suggestions(body: str) -> Iterator[str]:
    section = re.search(r"^#+ .*\btry saying\b.*\n((?:.*\n?)*?)(?=^#|\Z)", body, re.I | re.M)
    if section:
        yield from re.findall(r"^\s*[-*] [\"“]?(.+?)[\"”]?\s*$", section[1], re.M)
