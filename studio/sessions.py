"""Sessions: one project each, with its media, its draft, what it was before, and the turn under way."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from studio import refusals
from studio.media import Kind, Media
from studio.records import Record, load_all, save
from studio.settings import StudioSettings

MOST_UNDO = 50


@dataclass(frozen=True, slots=True)
class Pending:
    """A turn that the agent has taken on and not finished; `cost` is what is reserved for it, `applied` tells whether
    it has had its effect."""

    id: str
    text: str
    cost: int
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A project. `past` and `future` are drafts to go back and forth to; `seen` media have been offered to the agent.

    `draft` is empty until there is a timeline. `asked` is the request that the agent's last question left open.
    """

    id: str
    task_id: str
    task_name: str
    user_id: str
    language: str
    created: float
    touched: float
    media: tuple[Media, ...] = ()
    seen: int = 0
    draft: Mapping[str, Any] | None = None
    past: tuple[Mapping[str, Any], ...] = ()
    future: tuple[Mapping[str, Any], ...] = ()
    pending: Pending | None = None
    asked: str = ""

    @property
    def paths(self) -> dict[str, str]:
        """Where each medium can be fetched from this studio, by hash."""
        return {item.hash: f"/cdn/{self.id}/{item.stored_as}" for item in self.media}

    def changed(self, draft: Mapping[str, Any] | None, *, seen: int | None = None) -> Session:
        """With a new draft; the old one can be gone back to."""
        past = self.past if self.draft is None else (*self.past, self.draft)[-MOST_UNDO:]
        return replace(self, draft=draft, past=past, future=(), seen=self.seen if seen is None else seen)

    def undone(self, steps: int = 1) -> Session:
        """As it was so many drafts earlier; unchanged where there is none."""
        if len(self.past) < steps or self.draft is None:
            return self
        undone = (self.draft, *self.past[:-steps:-1])  # the way forth leads over the drafts in between
        return replace(self, draft=self.past[-steps], past=self.past[:-steps], future=(*self.future, *undone))

    def redone(self) -> Session:
        """As it was before the last going back; unchanged where there was none."""
        if not self.future or self.draft is None:
            return self
        return replace(self, draft=self.future[-1], past=(*self.past, self.draft), future=self.future[:-1])


class Sessions:
    """All sessions, each in a folder of its own."""

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._folder = settings.folder / "sessions"
        self._sessions = {session.id: session for session in self._read()}

    def open(self, user: str, task_name: str, language: str) -> Session:
        """A new session."""
        now = self._settings.clock()
        session = Session(str(uuid4()), str(uuid4()), task_name, user, language, now, now)
        self.put(session)
        return session

    def get(self, session: str, user: str) -> Session:
        """A session of this user. Refuses any other."""
        found = self._sessions.get(session)
        if found is None or found.user_id != user:
            raise refusals.unknown_session()
        return found

    def current(self, session: str) -> Session:
        """The session as it is now, whoever asks."""
        return self._sessions[session]

    def put(self, session: Session) -> None:
        """Keep the session as it now is."""
        session = replace(session, touched=self._settings.clock())
        self._sessions[session.id] = session
        save(self._folder / session.id / "session.json", asdict(session))

    def add_media(self, session: str, media: list[Media]) -> None:
        """Files that came in; the same bytes again are the same medium."""
        now = self._sessions[session]
        known = {item.hash for item in now.media}
        fresh = tuple({item.hash: item for item in media if item.hash not in known}.values())
        self.put(replace(now, media=now.media + fresh))

    def pending(self) -> list[Session]:
        """The sessions with a turn under way."""
        return [session for session in self._sessions.values() if session.pending]

    def folder(self, session: str) -> Path:
        """Where the session's files lie."""
        return self._folder / session / "media"

    def files(self, session: str) -> dict[str, tuple[Media, Path]]:
        """The session's media with their files, by hash."""
        folder = self.folder(session)
        return {item.hash: (item, folder / item.stored_as) for item in self._sessions[session].media}

    def find_file(self, session: str, name: str) -> Path | None:
        """A file of a session by the name in its URL."""
        found = self._sessions.get(session)
        if found is None or all(item.stored_as != name for item in found.media):
            return None
        return self.folder(session) / name

    def forget_stale(self, busy: Collection[str]) -> None:
        """Remove what has not been touched for a long time, but for the `busy` ones."""
        limit = self._settings.clock() - self._settings.keep_seconds
        old = [one for one in self._sessions.values() if one.touched < limit and one.id not in busy]
        for session in old:
            del self._sessions[session.id]
            shutil.rmtree(self._folder / session.id, ignore_errors=True)

    def _read(self) -> list[Session]:
        if not self._folder.is_dir():
            return []
        return list(load_all(self._folder.glob("*/session.json"), _session_of))


def _session_of(record: Record) -> Session:
    media = tuple(Media(**{**item, "kind": Kind(item["kind"])}) for item in record["media"])
    pending = Pending(**record["pending"]) if record["pending"] else None
    drafts = {key: tuple(record[key]) for key in ("past", "future")}
    return Session(**{**record, "media": media, "pending": pending, **drafts})
