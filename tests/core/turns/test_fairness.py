"""A series of videos takes no more than its share: each part stands in line like anybody's wish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs import Phase
from core.store.turnstile import Turnstile
from core.turns import queueing
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def test_whoever_comes_while_the_first_of_a_series_is_made_has_a_turn_before_the_second(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "PATIENCE", 0.1)
    monkeypatch.setattr(queueing, "ASKED", 0.1)
    async with build(at_work=False, generation_seconds=1.0) as home:
        assert home.connection is not None
        home.shop = replace(home.shop, turnstile=Turnstile(home.connection, home.keys, most=1))
        home.start()
        anna, bob = home.person("anna", "1"), home.person("bob", "2")
        await anna.sends("one video per photo, 3 seconds", photos=2)
        await home.room.until(lambda: home.studio.ledger.runs, what="the first of the series at the agent")
        wish = await bob.sends("a 2-second clip for bob", photos=1)
        await bob.saw("you are number 1 in line")
        await bob.is_done_with(wish, Phase.DONE)
        await home.room.until(lambda: len(home.room.videos) == 3, what="all videos", seconds=20)
        asked = [run.text.partition("\n")[0] for run in home.studio.ledger.runs]
        assert asked == [
            "Make a new video of photo 1 only.",
            "a 2-second clip for bob",
            "Make a new video of photo 2 only.",
        ]
