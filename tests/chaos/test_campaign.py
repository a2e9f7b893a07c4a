"""One fleet of real processes, killed, frozen, cut off and stopped at moments drawn from a seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.plans import short
from tests.chaos.verdicts import violations

pytestmark = pytest.mark.anyio


async def test_whatever_befalls_the_processes_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    story = await Campaign(short(seed=1), tmp_path).run()
    assert violations(story) == [], story.struck
    assert sum(story.struck.values()) >= 8
    assert len(story.agent.runs) >= 30
