"""What is remembered of a conversation between its turns: the project, its files, the last video, people's wishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.messages import Attachment


@dataclass(frozen=True, slots=True)
class Project:
    """A session at the backend. `account` names the token it was opened with, `skill` the one that was active then;
    `opened_at` is in seconds since the epoch. `link` opens it in a browser; empty where the backend has no such thing.
    """

    session_id: str
    task_id: str
    account: str
    skill: str
    opened_at: float
    user_id: str = ""
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that people handed in, and the session that has got it (empty: none yet). `kind` is image, video or
    audio; `name` is the name it was uploaded under."""

    attachment: Attachment
    session_id: str
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Video:
    """A video that was posted. `draft` is the digest of the timeline it shows, `handle` posts it again."""

    render_id: str
    message_id: str
    draft: str
    width: int
    height: int
    seconds: float
    size: int
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What people have set for this chat. Empty: as it comes."""

    language: str = ""
    ratio: str = ""
    skill: str = ""
    auto_export: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the bot has put, whose answer is `template` with the person's words in place of ``{}``."""

    person: str
    template: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is remembered. `pending` are files that came without a word of what to do with them; `album` is
    the album of the last instruction; `wish` an instruction whose photos have not come yet; `revision` grows with each
    change of the timeline. Of the `files`, the agent was told of the first `told`; it last answered at `answered_at`
    (seconds since the epoch). `past` are the digests of the timelines before, `older` the videos before
    the last, each with the newest at the end. `halted` is the job whose followers are not to begin any more."""

    project: Project | None = None
    files: tuple[StoredFile, ...] = ()
    pending: tuple[Attachment, ...] = ()
    video: Video | None = None
    preferences: Preferences = field(default_factory=Preferences)
    asked: Asked | None = None
    album: str = ""
    wish: str = ""
    revision: int = 0
    tips: tuple[str, ...] = ()
    told: int = 0
    answered_at: float = 0.0
    past: tuple[str, ...] = ()
    older: tuple[Video, ...] = ()
    halted: str = ""


class Act(StrEnum):
    """What a button does."""

    SAY = "say"  # the text goes to the agent, as if the person had written it
    ASK = "ask"  # asks for words first; the text is the template they are put into
    MUSIC = "music"  # offers moods and volumes
    TIMELINE = "timeline"
    NEW = "new"
    FILE = "file"  # the last video again, as a file
    EXPORT = "export"
    SKILL = "skill"  # the text is the name of the skill to switch to
    DROP = "drop"  # nothing: what was offered is left
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Button:
    """What stands behind a button. `person` is who may press it (empty: everybody), `revision` the state of the project
    that it was made for (-1: any). `asks` is the question of an `Act.ASK`."""

    act: Act
    label: str
    text: str = ""
    asks: str = ""
    person: str = ""
    revision: int = -1
