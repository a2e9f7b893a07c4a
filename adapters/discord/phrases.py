"""The few sentences that this adapter itself shows, as they are handed in; and which language serves whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LOCALES: Final[Mapping[str, tuple[str, ...]]] = {
    "zh-CN": ("zh-CN",),
    "zh": ("zh-CN",),
    "pt": ("pt-BR",),
    "es": ("es-ES",),
}
"""What Discord calls our languages, where it calls them otherwise."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """All sentences of this adapter in one language.

    `make_a_video` is the command on a message; `prompt`, `photo`, `ratio`, `length`, `skill` and `text` describe
    options of slash commands; `seconds` has a place for the "{count}", `lacking` for the "{permission}". `not_started`
    is told where a command could not be recorded; `unseen` has a place for the "{menu}" (see `cannot_see`).
    `permissions` are the names by which Discord's own pages call them in this language, by discord.py's attribute
    (``attach_files``).
    """

    make_a_video: str
    prompt: str
    photo: str
    ratio: str
    length: str
    seconds: str
    skill: str
    text: str
    not_started: str
    unseen: str
    lacking: str
    permissions: Mapping[str, str]

    @property
    def cannot_see(self) -> str:
        """What is told where a message is replied to that is kept from the bot."""
        return self.unseen.format(menu=self.make_a_video)


def nearest(locale: str, tags: Iterable[str]) -> str:
    """The tag that serves a locale best: exactly that region's, else that language's, else English."""
    language = locale.partition("-")[0]
    there = list(tags)
    if locale in there:
        return locale
    return next((tag for tag in there if tag.partition("-")[0] == language), "en")


def discord_locales(tag: str) -> tuple[str, ...]:
    """The locales of Discord that one of our languages serves; none for English, which is what everybody else sees."""
    return () if tag.partition("-")[0] == "en" else LOCALES.get(tag, (tag,))
