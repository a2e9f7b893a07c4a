"""A command that cannot be answered, whatever is tried: the person hears of it, once."""

from __future__ import annotations

import pytest

from core import answers, control
from core.counter import Counter
from core.worker import WorkerSettings
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def test_a_command_whose_answer_breaks_off_again_and_again_is_apologised_for(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Counter) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(control, "ANSWERS", {**answers.ANSWERS, "credits": broken})
    async with build(at_work=False) as home:
        home.settings = WorkerSettings(lease=0.2, drain=0.2, block=0.05)
        home.start()
        anna = home.person()
        await anna.commands("credits")
        await anna.sees("Something went wrong on my side.")
        await anna.commands("privacy")
        await anna.sees("/forget deletes everything about this chat.")
        assert sum("Something went wrong" in text for text in home.room.texts) == 1
