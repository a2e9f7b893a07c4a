"""The few sentences that this adapter itself shows, handed in by language; Discord's own names of languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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

    `lacking` has a place for the permission ("{permission}"); `permissions` are the names by which Discord's own pages
    call them in this language, by discord.py's attribute (``attach_files``).
    """

    make_a_video: str = "Make a video"
    prompt: str = "what to make of the pictures"
    photo: str = "a picture, video or sound for it"
    ratio: str = "the shape of the video"
    length: str = "how long it should be"
    seconds: str = "{count} seconds"
    skill: str = "what kind of video"
    text: str = "what you want to say with it"
    not_started: str = "I could not write that down, so nothing was started. Please say it again in a minute."
    lacking: str = "I need the permission “{permission}” in this channel. Please grant it, then say it again."
    permissions: Mapping[str, str] = field(default_factory=dict)


ENGLISH: Final = Phrases()


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The phrases by language ("en" among them)."""

    languages: Mapping[str, Phrases]

    def speak(self, locale: str) -> Phrases:
        """The phrases for a person's locale."""
        return self.languages.get(nearest(locale, self.languages), ENGLISH)


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
