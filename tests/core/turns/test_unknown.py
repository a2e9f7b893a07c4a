"""An outcome that was given up as unknown, and is known after all when it comes to telling it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.jobs import Phase
from core.worker import WorkerSettings
from studio.faults import Cut, Endpoint
from tests.core.fuses import Fuse
from tests.core.house import TIMES, Premises, house
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio


async def test_a_change_that_is_there_when_the_worker_comes_back_is_no_unknown_outcome(
    ground: Premises, tmp_path: Path
) -> None:
    hasty = replace(TIMES, looks=(0.05,))
    async with (
        studio(tmp_path / "studio", generation_seconds=0.6) as backend,
        house(ground, tmp_path, backend=backend, at_work=False, times=hasty) as home,
    ):
        home.settings = WorkerSettings(lease=0.6, drain=0.2, block=0.05)
        backend.faults.order(Endpoint.RUN, Cut(0))
        fuse = Fuse(at="after SAVE answered")
        first, anna = home.start(fuse), home.person()
        message = await anna.sends("a 6-second slideshow", photos=1)
        await home.room.until(fuse.blown.is_set, what="the end of the looks")
        await home.kill(first, fuse)
        project = (await home.record(anna)).project
        assert project is not None
        await home.room.until(lambda: backend.backend.sessions.current(project.session_id).draft, what="the timeline")
        home.start()
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.videos) == 1
        assert "I can't tell" not in home.room.everything
