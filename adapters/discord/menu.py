"""The commands as people find them on Discord: made of the core's table, in all its languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from adapters.discord.phrases import Phrases, discord_locales, nearest
from adapters.discord.translate import PHOTO, PROMPT, TEXT, VIDEO
from core.ports import CommandRow

PHOTOS: Final = 10
RATIOS: Final = ("16:9", "9:16", "1:1")
SECONDS: Final = (5, 10, 15, 30, 60)
RATIO, LENGTH, SKILL = "ratio", "length", "skill"

SLASH, ON_MESSAGE = 1, 3
STRING, ATTACHMENT = 3, 11
GUILD, BOT_DM, PRIVATE_CHANNEL = 0, 1, 2
FOR_GUILDS, FOR_USERS = 0, 1

DESCRIPTION: Final = 100
OPTION_TEXT: Final = 6000
NAME: Final = 32
CHOICES: Final = 25
CHOICE: Final = 100

PERSONAL: Final = frozenset({"start", "help", "credits", "settings", "privacy"})
"""Commands whose answer is for the asker's eyes only, besides those that are private or ask for a secret."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A kind of video: its name in the core, what people call it, and what they might want of it."""

    name: str
    title: str
    suggestions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """What the commands are made of: the core's table, the skills, and the phrases, each by language. "en" is among
    them: it is what everybody sees who has none of the others."""

    rows: Mapping[str, Sequence[CommandRow]]
    skills: Mapping[str, Sequence[SkillRow]]
    phrases: Mapping[str, Phrases]

    @property
    def table(self) -> Sequence[CommandRow]:
        """The table in English."""
        return self.rows["en"]

    def row(self, name: str) -> CommandRow | None:
        """The row of this name."""
        return next((row for row in self.table if row.name == name), None)

    def summary(self, name: str, locale: str) -> str:
        """What a command does, in a person's language."""
        near = nearest(locale, self.rows)
        return next((row.summary for row in self.rows[near] if row.name == name), name)

    def is_personal(self, name: str) -> bool:
        """Whether the answer to a command is for the asker's eyes only."""
        row = self.row(name)
        return name in PERSONAL or (row is not None and (row.private_only or bool(row.secret)))

    def speak(self, locale: str) -> Phrases:
        """The phrases for a person's locale."""
        return self.phrases[nearest(locale, self.phrases)]

    def names(self) -> frozenset[str]:
        """The names of all commands."""
        return frozenset(row.name for row in self.table)

    def commands(self) -> list[Json]:
        """All commands as the API takes them."""
        return [*(_command(self, row) for row in self.table), _on_message(self)]

    def suggestions(self, typed: str, skill: str = "", locale: str = "en") -> list[Json]:
        """What may be meant by what has been typed so far; first what the chosen skill suggests."""
        skills = sorted(self.skills[nearest(locale, self.skills)], key=lambda one: one.name != skill)
        texts = dict.fromkeys(text for one in skills for text in one.suggestions)
        wanted = typed.strip().lower()
        found = [text for text in texts if wanted in text.lower()]
        whole = [typed.strip()] if wanted and len(typed.strip()) <= CHOICE else []
        offered = list(dict.fromkeys([*whole, *found]))[:CHOICES]
        return [{"name": text[:CHOICE], "value": text[:CHOICE]} for text in offered]

    def titles(self, skill: str) -> dict[str, str]:
        """What a skill is called, by language."""
        return {tag: row.title for tag, rows in self.skills.items() for row in rows if row.name == skill}


def fingerprint(commands: Sequence[Mapping[str, Any]]) -> str:
    """The same for the same commands, whatever order their fields come in."""
    return sha256(json.dumps([essence(one) for one in commands], sort_keys=True).encode()).hexdigest()


_DEFAULTS: Final[Mapping[str, object]] = {
    "required": False,
    "autocomplete": False,
    "nsfw": False,
    "options": [],
    "choices": [],
    "description": "",
    "name_localizations": {},
    "description_localizations": {},
}
_ESSENTIAL: Final = frozenset(
    {
        "name",
        "type",
        "description",
        "name_localizations",
        "description_localizations",
        "options",
        "choices",
        "required",
        "autocomplete",
        "max_length",
        "contexts",
        "integration_types",
        "nsfw",
        "value",
    }
)


def essence(command: object) -> object:
    """A command without what the API adds by itself and without what says nothing."""
    match command:
        case dict():
            kept = {name: essence(value) for name, value in command.items() if _says_something(name, value)}
            return kept if "type" in kept or "value" in kept else {**kept, "type": SLASH}
        case list():
            return [essence(one) for one in command]
        case _:
            return command


def _says_something(name: str, value: object) -> bool:
    if name in ("name_localizations", "description_localizations"):
        return bool(value)
    return name in _ESSENTIAL and value is not None and value != _DEFAULTS.get(name, ...)


# --- one command ------------------------------------------------------------------------------------------------------


def _command(menu: Menu, row: CommandRow) -> Json:
    contexts = [BOT_DM] if row.private_only else [GUILD, BOT_DM, PRIVATE_CHANNEL]
    return {
        "type": SLASH,
        "name": row.name[:NAME],
        **_described(row.summary, {tag: _summary(rows, row) for tag, rows in menu.rows.items()}),
        "options": _options(menu, row),
        "contexts": contexts,
        "integration_types": [FOR_GUILDS, FOR_USERS],
    }


def _summary(rows: Sequence[CommandRow], wanted: CommandRow) -> str:
    return next((row.summary for row in rows if row.name == wanted.name), wanted.summary)


def _on_message(menu: Menu) -> Json:
    names = {tag: phrases.make_a_video for tag, phrases in menu.phrases.items()}
    return {
        "type": ON_MESSAGE,
        "name": names["en"][:NAME],
        "name_localizations": _localised(names, NAME),
        "contexts": [GUILD, BOT_DM, PRIVATE_CHANNEL],
        "integration_types": [FOR_GUILDS, FOR_USERS],
    }


def _options(menu: Menu, row: CommandRow) -> list[Json]:
    if row.name == VIDEO:
        return _video_options(menu)
    if not row.takes_text or row.secret:
        return []
    option = _option(menu, STRING, TEXT, lambda phrases: phrases.text)
    return [{**option, "max_length": OPTION_TEXT}]


def _video_options(menu: Menu) -> list[Json]:
    prompt = _option(menu, STRING, PROMPT, lambda phrases: phrases.prompt)
    photos = [
        _option(menu, ATTACHMENT, f"{PHOTO}{number}", lambda phrases: phrases.photo) for number in range(1, PHOTOS + 1)
    ]
    ratio = _option(menu, STRING, RATIO, lambda phrases: phrases.ratio)
    length = _option(menu, STRING, LENGTH, lambda phrases: phrases.length)
    choices = [
        {**prompt, "max_length": OPTION_TEXT, "autocomplete": bool(menu.skills["en"])},
        *photos,
        {**ratio, "choices": [{"name": one, "value": one} for one in RATIOS]},
        {**length, "choices": [_length(menu, seconds) for seconds in SECONDS]},
    ]
    return [*choices, _skill(menu)] if menu.skills["en"] else choices


def _length(menu: Menu, seconds: int) -> Json:
    names = {tag: phrases.seconds.format(count=seconds) for tag, phrases in menu.phrases.items()}
    return {"name": names["en"], "name_localizations": _localised(names, CHOICE), "value": names["en"]}


def _skill(menu: Menu) -> Json:
    option = _option(menu, STRING, SKILL, lambda phrases: phrases.skill)
    return {**option, "choices": [_choice(menu, one) for one in menu.skills["en"][:CHOICES]]}


def _choice(menu: Menu, skill: SkillRow) -> Json:
    names = _localised(menu.titles(skill.name), CHOICE)
    return {"name": skill.title[:CHOICE], "name_localizations": names, "value": skill.name[:CHOICE]}


def _option(menu: Menu, kind: int, name: str, phrase: Callable[[Phrases], str]) -> Json:
    texts = {tag: phrase(phrases) for tag, phrases in menu.phrases.items()}
    return {"type": kind, "name": name, **_described(texts["en"], texts)}


def _described(text: str, texts: Mapping[str, str]) -> Json:
    return {"description": text[:DESCRIPTION] or "…", "description_localizations": _localised(texts, DESCRIPTION)}


def _localised(texts: Mapping[str, str], most: int) -> dict[str, str]:
    return {locale: text[:most] for tag, text in texts.items() for locale in discord_locales(tag) if text}
