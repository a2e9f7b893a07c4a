"""What the workshop is furnished with: the parts that every turn uses, and the times it keeps."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from core.accounts import Account, Accounts
from core.media.pictures import Pictures
from core.media.storyboard import Storyboards
from core.media.videos import Videos
from core.nemo.client import NemoClient
from core.ports import Outbound
from core.records import Project
from core.skills import Skills
from core.store.durations import Durations
from core.store.mailbox import Mailbox
from core.store.records import Records
from core.store.turnstile import Turnstile

DEFAULT_SKILL = "image-video"


@dataclass(frozen=True, slots=True)
class Times:
    """How long things wait, in seconds.

    `album`, `single`: silence after the last part of an album, or after single photos, before the agent is addressed.
    `announced`: how long a sentence waits for the photos it announces. `stale`: age from which a message is asked
    about instead of done. `looks`: pauses before each look at the state when an answer was lost. `away`: pause before
    the backend is asked again, `away_tries` times. `quiet`: silence after which "still working" is said; `tick`: pause
    between looks at the clock for that. `render_poll`: pause between looks once the first two minutes are over,
    `render_deadline`: when a render is given up; `render_tempo` stretches or shrinks the plan by which a render is
    looked at.
    `term`: the lease's length.
    """

    album: float = 1.5
    single: float = 2.0
    announced: float = 20.0
    stale: float = 900.0
    looks: tuple[float, ...] = (30.0, 60.0, 60.0, 60.0, 60.0)
    away: float = 30.0
    away_tries: int = 4
    quiet: float = 120.0
    tick: float = 5.0
    render_poll: float = 30.0
    render_deadline: float = 900.0
    render_tempo: float = 1.0
    rate_limit_wait: float = 30.0
    term: float = 15.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """The parts. `outbounds` by platform, `folder` for files in the making, `shared` tells that people share one
    account (so nobody but the operator may see how to bind it), `now` in seconds since the epoch."""

    mailbox: Mailbox
    records: Records
    accounts: Accounts
    nemo: NemoClient
    outbounds: Mapping[str, Outbound]
    pictures: Pictures
    videos: Videos
    storyboards: Storyboards
    skills: Skills
    durations: Durations
    folder: Path
    web_url: str = ""
    shared: bool = True
    default_skill: str = DEFAULT_SKILL
    times: Times = field(default_factory=Times)
    now: Callable[[], float] = time.time
    turnstile: Turnstile | None = None  # None: as much is worked on at once as comes

    def place(self, job_id: str, fence: int) -> Path:
        """Where the files in the making of one attempt at a job are. Each has a place of its own: whoever lost the job
        may go on for a moment, on this very machine, and would meet the other's half-written files."""
        return self.folder / job_id / str(fence)

    def places(self, job_id: str, last: float = inf) -> list[Path]:
        """The places of all attempts at a job, or of those up to the `last`."""
        places = (self.folder / job_id).glob("*")
        return [place for place in places if not place.name.isdigit() or int(place.name) <= last]

    def clear(self, job_id: str, last: float = inf) -> None:
        """Remove a job's files in the making: of all attempts, or of those up to the `last`."""
        for place in self.places(job_id, last):
            shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):  # another attempt is at work there, or there is none
            (self.folder / job_id).rmdir()

    def more_credits_at(self, account: Account, project: Project | None, user_id: str = "") -> str:
        """Where an account gets more credits; empty where that is the operator's business. Whoever follows the link of
        an account without a name takes it over, so one that is shared gives none."""
        if self.shared and not account.linked:
            return ""
        user = user_id or account.user_id or (project.user_id if project else "")
        if not account.anonymous and not user.startswith("anon_"):
            return self.web_url
        return f"{self.web_url}/register" + (f"?bind={user}" if user else "")
