"""The languages that the bot speaks: English as it stands in the code, each other one in a catalogue of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

CATALOGUES: Final = Path(__file__).parent / "catalogues"
SOURCE: Final = "en"


class Language:
    """One language; in `core.wording` it goes by the name of ``_``, and ``_("Stopped.")`` is that sentence in it.

    `tag` is an ISO code as the video service takes it: "en", "zh-CN".
    """

    def __init__(self, tag: str, translations: NullTranslations) -> None:
        self.tag = tag
        self._translations = translations

    def __call__(self, sentence: str) -> str:
        return self._translations.gettext(sentence)

    def ngettext(self, one: str, several: str, count: int) -> str:
        """The form of a sentence that goes with this number of things; the number is yet to be put in."""
        return self._translations.ngettext(one, several, count)


ENGLISH: Final = Language(SOURCE, NullTranslations())


def language_of(tag: str) -> Language:
    """The language for a BCP 47 tag; English where there is no catalogue for it."""
    name = _catalogue_for(tag)
    return _read(name) if name else ENGLISH


def speaks(tag: str) -> bool:
    """Whether this is one of the languages at hand."""
    return _subtags(tag)[0] == SOURCE or bool(_catalogue_for(tag))


def tags() -> Sequence[str]:
    """All languages at hand: "en", "zh-CN"."""
    return (SOURCE, *(name.replace("_", "-") for name in catalogues()))


@cache
def catalogues() -> Sequence[str]:
    """The names of all catalogues, as folders are named: "zh_CN"."""
    return tuple(sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/photoreel.po")))


def catalogue_at(name: str) -> Path:
    """Where the catalogue of this name lies."""
    return CATALOGUES / name / "LC_MESSAGES" / "photoreel.po"


def _catalogue_for(tag: str) -> str:
    """The catalogue of exactly this region, or else of the language: who reads zh-TW rather gets zh-CN than English."""
    wanted = _subtags(tag)
    for name in catalogues():
        if _subtags(name) == wanted:
            return name
    return next((name for name in catalogues() if _subtags(name)[0] == wanted[0]), "")


def _subtags(tag: str) -> list[str]:
    return tag.strip().replace("_", "-").lower().split("-")


@cache
def _read(name: str) -> Language:
    from babel.messages.mofile import write_mo  # not on import: a program that speaks to nobody need not load it
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with catalogue_at(name).open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return Language(name.replace("_", "-"), GNUTranslations(compiled))
