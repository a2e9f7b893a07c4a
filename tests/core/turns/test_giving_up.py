"""A job that cannot be done is given up, and that is told however long the platform makes us wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.desk import Desk
from core.errors import SlowDown
from core.jobs import Phase
from core.turns import turn
from core.worker import WorkerSettings
from tests.core.house import Premises, house

pytestmark = pytest.mark.anyio


async def test_giving_up_is_told_when_the_platform_allows(
    ground: Premises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Desk) -> None:
        raise KeyError("a mistake of ours")

    async with house(ground, tmp_path, at_work=False) as home:
        home.settings = WorkerSettings(lease=0.3, drain=0.2, block=0.05)
        monkeypatch.setattr(turn, "STEPS", {**turn.STEPS, Phase.ACCEPTED: broken})
        home.room.fail("send_text", SlowDown(0.8))
        home.start()
        anna = home.person()
        message = await anna.sends("slower")
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("This did not work, even after several tries, so I stopped.")
        assert told.labels == ["Try again"]
        assert home.room.early == []
        assert len(home.room.messages) == 1
