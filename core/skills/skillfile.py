"""One skill file: YAML frontmatter as people really write it, suggestions under "try saying", and a tip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

import yaml

_BIGGEST: Final = 256 * 1024  # bytes; skill files in the wild have 2 to 40 kB
_LONGEST_FRONT: Final = 32 * 1024
_SUGGESTIONS: Final = 6
_LONGEST_SUGGESTION: Final = 200  # characters
_LONGEST_TIP: Final = 300
_UNKNOWN_VERSION: Final = "0.0.0"

_PARTS: Final = re.compile(r"\s*---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)(.*)", re.S)
_KEY: Final = re.compile(r"([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*)")
_TRY_SAYING: Final = re.compile(r"\btry (?:saying|asking)\b|试试(?:这样)?说|可以这样说", re.I)
_TIP: Final = re.compile(r"^\W*(?:pro |quick )?tips?\b(?P<rest>.*)$|^\W*(?:小?提示|小?贴士|技巧)(?P<rest_zh>.*)$", re.I)
_BULLET: Final = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)]|>)\s+(.+)")
_QUOTED: Final = re.compile(r"\"([^\"]+)\"|“([^”]+)”|「([^」]+)」|`([^`]+)`")
_SENTENCE: Final = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]|$)")
_OURS: Final = frozenset({"name", "version", "displayName", "title", "description"})
_TRANSLATION: Final = re.compile(r"(?P<base>.+)\.(?P<tag>[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?)\.[Mm][Dd]")
_MOST_TRANSLATIONS: Final = 50
_VIDEO: Final = re.compile(r"nemo|\bvideos?\b|slideshow|视频", re.I)


@dataclass(frozen=True, slots=True)
class Skill:
    """What one skill file says. `name` and `version` are told to the backend as they are written; `title` is the name
    for people; `tip` is empty where the file has none; `path` is the file. `translations` hold what files beside it
    say, by BCP 47 tag: `SKILL.zh-CN.md` beside `SKILL.md`."""

    name: str
    version: str
    title: str
    description: str
    suggestions: tuple[str, ...]
    tip: str
    path: Path
    translations: Mapping[str, Skill] = field(default_factory=dict, repr=False)

    def speaking(self, tag: str) -> Skill:
        """The same skill as it presents itself in a language; as it is where it has no such translation."""
        other = self.translations.get(tag) or next(
            (one for name, one in self.translations.items() if _language(name) == _language(tag)), None
        )
        if other is None:
            return self
        return replace(
            self,
            title=other.title if other.title != other.name else self.title,
            description=other.description or self.description,
            suggestions=other.suggestions or self.suggestions,
            tip=other.tip or self.tip,
        )


def read(path: Path) -> Skill | None:
    """The skill in a file, with the translations beside it; None where it is none: too big, not text, unreadable,
    without frontmatter."""
    skill = _read(path)
    return replace(skill, translations=dict(_translations(path))) if skill else None


def is_translation(path: Path) -> bool:
    """Whether the file says in another language what the file of the same name beside it says."""
    name = _TRANSLATION.fullmatch(path.name)
    return name is not None and path.with_name(f"{name['base']}{path.suffix}").exists()


def _translations(path: Path) -> Iterator[tuple[str, Skill]]:
    names = (_TRANSLATION.fullmatch(file.name) for file in sorted(path.parent.iterdir()))
    beside = (name for name in names if name and f"{name['base']}{path.suffix}" == path.name)
    for name in islice(beside, _MOST_TRANSLATIONS):
        if skill := _read(path.with_name(name[0])):
            yield name["tag"], skill


def _language(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


def _read(path: Path) -> Skill | None:
    parts = _PARTS.match(_text(path))
    if not parts:
        return None
    front, lines = _frontmatter(parts[1]), parts[2].split("\n")
    name = _line(front, "name") or (path.parent.name if path.stem.lower() == "skill" else path.stem)
    return Skill(
        name=name,
        version=_line(front, "version") or _UNKNOWN_VERSION,
        title=_line(front, "displayName", "display_name", "display-name", "title") or name,
        description=_line(front, "description", "summary"),
        suggestions=tuple(islice(dict.fromkeys(_suggestions(lines)), _SUGGESTIONS)),
        tip=_tip(lines),
        path=path,
    )


def speaks_of_video(path: Path) -> bool:
    """Whether the file is about videos at all."""
    return _VIDEO.search(_text(path)) is not None


def _text(path: Path) -> str:
    """The file's text with plain line ends; empty where it has none that we want."""
    try:
        with path.open("rb") as file:
            data = file.read(_BIGGEST + 1)
        if len(data) > _BIGGEST:
            return ""
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = data.decode(encoding)
    except (OSError, UnicodeDecodeError):
        return ""
    return "" if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")


# --- frontmatter ------------------------------------------------------------------------------------------------------


class _AsWritten(yaml.SafeLoader):
    """Safe YAML in which every plain value stays text: a version 1.10 is not the number 1.1. Tags are refused."""

    yaml_implicit_resolvers: Final = {}  # type: ignore[misc]


def _frontmatter(text: str) -> Mapping[str, object]:
    if len(text) > _LONGEST_FRONT:
        return _by_line(text)
    loader = None
    try:
        loader = _AsWritten(text)
        front = loader.get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError):
        return _by_line(text)
    finally:
        if loader:
            loader.dispose()
    return front if isinstance(front, dict) else {}


def _by_line(text: str) -> Mapping[str, object]:
    """The keys of what is no valid YAML ("description: Photos: fast!"), by their lines."""
    front: dict[str, str] = {}
    key = ""
    for line in text[:_LONGEST_FRONT].split("\n"):
        if match := _KEY.match(line):
            key, value = match[1], match[2].strip()
            front[key] = "" if re.fullmatch(r"[|>][-+]?\d?", value) else _unquoted(value)
        elif (nested := _KEY.match(line.strip())) and nested[1] in _OURS and nested[1] not in front:
            front[nested[1]] = _unquoted(nested[2].strip())  # a key that was indented by mistake
        elif key and line[:1] in (" ", "\t"):
            front[key] = f"{front[key]} {line.strip()}".strip()
    return front


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _line(front: Mapping[str, object], *keys: str) -> str:
    """The first of these keys that has text, on one line."""
    values = (front.get(key) for key in keys)
    return next((" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()), "")


# --- the body ---------------------------------------------------------------------------------------------------------


def _suggestions(lines: list[str]) -> Iterator[str]:
    """What the lists under "try saying" say, without list marks and quotes."""
    inside = False
    for line in lines:
        if _TRY_SAYING.search(line):
            beside = list(_quotations(_TRY_SAYING.split(line, maxsplit=1)[1]))
            inside = not beside
            yield from beside
        elif bullet := _BULLET.match(line):
            if inside and (said := _said(bullet[1])):
                yield said
        elif line.strip():
            inside = False


def _quotations(text: str) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        yield from (group.strip() for group in match.groups() if group and len(group) <= _LONGEST_SUGGESTION)


def _said(text: str) -> str:
    """A suggestion: what is quoted if anything is, else the line itself."""
    said = next(_quotations(text), "") or _plain(text)
    return said if len(said) <= _LONGEST_SUGGESTION else ""


def _tip(lines: list[str]) -> str:
    """The first sentence of the first paragraph or list item under (or beside) the first "tip"."""
    for at, line in enumerate(lines):
        if match := _TIP.match(line):
            beside = _plain((match["rest"] or match["rest_zh"] or "").lstrip(" :：*_-–—"))
            following = (_plain(_unlisted(below)) for below in lines[at + 1 :] if below.strip())
            tip = (beside if len(beside) > len("and tricks") else "") or next(following, "")
            sentence = _SENTENCE.match(tip)
            return sentence[0] if sentence and len(sentence[0]) <= _LONGEST_TIP else ""
    return ""


def _unlisted(line: str) -> str:
    bullet = _BULLET.match(line)
    return bullet[1] if bullet else line


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*`]+|\[([^\]]+)\]\([^)]*\)", r"\1", text).strip(' "“”').split())
