"""A worker that is killed on a lower rung of the ladder of deliveries: the next one goes on there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import TooLarge
from core.jobs import Phase
from core.worker import WorkerSettings
from tests.core.chat import LIMITS
from tests.core.fuses import Fuse
from tests.core.house import Premises, house
from tests.core.turns.test_delivery import Heavy
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio


async def test_a_smaller_copy_that_went_out_before_a_kill_is_not_sent_unmarked_again(
    ground: Premises, tmp_path: Path
) -> None:
    async with (
        studio(tmp_path / "studio", renderer=Heavy) as backend,
        house(ground, tmp_path, backend=backend, at_work=False) as home,
    ):
        home.settings = WorkerSettings(lease=0.6, drain=0.2, block=0.05)
        home.room.limits_now = replace(LIMITS, repeats_are_harmless=False)
        home.room.fail("send_video", TooLarge("413"))
        fuse = Fuse(at="after send_video")
        first, anna = home.start(fuse), home.person()
        message = await anna.sends("a 2-second clip", photos=1)
        await home.room.until(fuse.blown.is_set, what="the smaller video", seconds=20)
        await home.kill(first, fuse)
        home.room.fail("send_video", TooLarge("413"))
        home.start()
        await anna.is_done_with(message, Phase.DONE)
        unmarked = [video for video in home.room.videos if "Sent again in case" not in video.text]
        assert len(unmarked) == 1
