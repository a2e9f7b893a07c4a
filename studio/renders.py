"""Renders: orders on disk, worked off one after the other, gone on with after a restart."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from studio import refusals
from studio.crew import Crew
from studio.records import Record, load_all, save
from studio.render import Plan, RenderResult
from studio.sessions import Sessions
from studio.settings import StudioSettings
from studio.timeline import NotADraft, plan_of

_log = logging.getLogger(__name__)


class Status(StrEnum):
    """How far a render is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


OPEN = frozenset({Status.PENDING, Status.PROCESSING})


@dataclass(frozen=True, slots=True)
class Render:
    """One render. `id` is the caller's, `key` our own name for it. `progress` is in percent, times are in seconds."""

    id: str
    key: str
    session: str
    user_id: str
    draft: Mapping[str, Any]
    created: float
    status: Status = Status.PENDING
    progress: int = 0
    completed: float = 0.0
    seconds: float = 0.0
    size: int = 0
    error: str = ""


class Renderer(Protocol):
    """Makes one MP4; see `studio.render.RenderProcess`."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        """Render, going on where finished segments lie in `work`. Raises `RenderError`; cancelling it ends it."""
        ...


class Renders:
    """All renders of this studio, each in a folder of its own."""

    def __init__(
        self, settings: StudioSettings, sessions: Sessions, renderer: Callable[[], Renderer], crew: Crew
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._renderer = renderer
        self._crew = crew
        self._slots = asyncio.Semaphore(settings.render_slots)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._folder = settings.folder / "renders"
        self._renders = {render.key: render for render in self._read()}

    def order(self, id_: str, session: str, user: str, draft: Mapping[str, Any]) -> Render:
        """Begin a render; the same id again is the same render. Refuses a second one in a session at the same time."""
        known = self._renders.get(_key(user, id_))
        if known is not None:
            return known
        if any(render.session == session and render.status in OPEN for render in self._renders.values()):
            raise refusals.busy("An export is already running in this session")
        self._plan(draft, session)
        render = Render(id_, _key(user, id_), session, user, draft, self._settings.clock())
        self._put(render)
        self._start(render)
        return render

    def get(self, id_: str, user: str) -> Render:
        """A render of this user. Refuses any other."""
        render = self._renders.get(_key(user, id_))
        if render is None:
            raise refusals.Refusal(404, "Render not found")
        return render

    def cancel(self, id_: str, user: str) -> Render:
        """Stop a render; one that has ended stays as it is."""
        render = self.get(id_, user)
        if render.status in OPEN:
            self._put(replace(render, status=Status.FAILED, error="cancelled"))
            if task := self._tasks.get(render.key):
                task.cancel()
        return self._renders[render.key]

    def file(self, key: str) -> Path | None:
        """The finished MP4, by our own name for the render."""
        render = self._renders.get(key)
        if render is None or render.status is not Status.COMPLETED:
            return None
        return self._output(key)

    def resume(self) -> None:
        """After a restart: go on with what was under way."""
        for render in tuple(self._renders.values()):
            if render.status in OPEN:
                self._start(render)

    def under_way(self) -> set[str]:
        """The sessions whose files are still needed."""
        return {render.session for render in self._renders.values() if render.status in OPEN}

    def forget_stale(self) -> None:
        """Remove what was finished a long time ago."""
        limit = self._settings.clock() - self._settings.keep_seconds
        stale = [key for key, render in self._renders.items() if render.created < limit and render.status not in OPEN]
        for key in stale:
            del self._renders[key]
            shutil.rmtree(self._folder / key, ignore_errors=True)

    def _start(self, render: Render) -> None:
        task = self._crew.start(self._produce(render.key))
        self._tasks[render.key] = task
        task.add_done_callback(lambda _: self._tasks.pop(render.key, None))

    async def _produce(self, key: str) -> None:
        async with self._slots:
            self._change(key, status=Status.PROCESSING)
            try:
                async with asyncio.timeout(self._settings.render_seconds):
                    result = await self._render(key)
            except asyncio.CancelledError:
                if self._renders[key].status not in OPEN:  # cancelled by its owner, not by the end of the studio
                    shutil.rmtree(self._work(key), ignore_errors=True)
                raise
            except Exception as error:  # noqa: BLE001 (whatever a renderer runs into, its render must end)
                _log.warning("render failed: %s", type(error).__name__)
                self._change(key, status=Status.FAILED, error=type(error).__name__)
            else:
                done = self._settings.clock()
                facts = {"seconds": result.seconds, "size": result.size}
                self._change(key, status=Status.COMPLETED, progress=100, completed=done, **facts)
            shutil.rmtree(self._work(key), ignore_errors=True)

    async def _render(self, key: str) -> RenderResult:
        render = self._renders[key]
        plan = plan_of(render.draft, self._sessions.files(render.session))
        self._work(key).mkdir(parents=True, exist_ok=True)
        return await self._renderer().run(
            plan, self._output(key), self._work(key), lambda share: self._note(key, share)
        )

    def _note(self, key: str, share: float) -> None:
        percent = min(99, int(share * 100))
        if percent > self._renders[key].progress:  # in memory only: after a restart the segments tell
            self._renders[key] = replace(self._renders[key], progress=percent)

    def _plan(self, draft: Mapping[str, Any], session: str) -> None:
        try:
            plan_of(draft, self._sessions.files(session))
        except NotADraft as error:
            raise refusals.malformed("This draft cannot be rendered") from error

    def _change(self, key: str, **changes: Any) -> None:
        self._put(replace(self._renders[key], **changes))

    def _put(self, render: Render) -> None:
        self._renders[render.key] = render
        save(self._folder / render.key / "render.json", asdict(render))

    def _output(self, key: str) -> Path:
        return self._folder / key / "video.mp4"

    def _work(self, key: str) -> Path:
        return self._folder / key / "work"

    def _read(self) -> list[Render]:
        if not self._folder.is_dir():
            return []
        return list(load_all(self._folder.glob("*/render.json"), _render_of))


def _render_of(record: Record) -> Render:
    return Render(**{**record, "status": Status(record["status"])})


def _key(user: str, id_: str) -> str:
    """A name for folders and links that nobody can guess or misuse as a path."""
    return hashlib.sha256(f"{user}/{id_}".encode()).hexdigest()[:40]
