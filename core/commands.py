"""The command table: menus, slash commands and help are made of it; the lane says whether a command waits its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.ports import CommandRow
from core.wording import Words

CREDENTIAL: Final = r"nmv_usr_[A-Za-z0-9_-]{6,}"


class Lane(StrEnum):
    """Where a command is handled: in its turn, since it concerns the project, or at once."""

    MAILBOX = "mailbox"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Row:
    """A command. `skill` names the skill that it is a short cut to; `admins`: in groups only for those who run them.
    `private_only` and `secret` are as in `CommandRow`."""

    name: str
    lane: Lane
    takes_text: bool = False
    skill: str = ""
    admins: bool = False
    private_only: bool = False
    secret: str = ""


TABLE: Final = (
    Row("start", Lane.CONTROL, takes_text=True),
    Row("help", Lane.CONTROL),
    Row("video", Lane.MAILBOX, takes_text=True),
    Row("new", Lane.MAILBOX),
    Row("status", Lane.CONTROL),
    Row("export", Lane.MAILBOX),
    Row("credits", Lane.CONTROL),
    Row("cancel", Lane.CONTROL),
    Row("skill", Lane.CONTROL, takes_text=True),
    Row("endframe", Lane.CONTROL, skill="image-to-video-end-frame"),
    Row("slideshow", Lane.CONTROL, skill="image-video"),
    Row("extend", Lane.CONTROL, skill="ai-image-to-video-extender"),
    Row("settings", Lane.CONTROL, takes_text=True),
    Row("link", Lane.CONTROL, takes_text=True, private_only=True, secret=CREDENTIAL),
    Row("unlink", Lane.CONTROL, private_only=True),
    Row("forget", Lane.CONTROL, admins=True),
    Row("privacy", Lane.CONTROL),
)


def row_of(name: str) -> Row | None:
    """The command of this name; None for what is no command of ours."""
    return next((row for row in TABLE if row.name == name), None)


def rows(words: Words) -> Sequence[CommandRow]:
    """The table as platforms show it, in the language of `words`."""
    return [
        CommandRow(row.name, words.command(row.name), row.private_only, row.takes_text, row.secret) for row in TABLE
    ]
