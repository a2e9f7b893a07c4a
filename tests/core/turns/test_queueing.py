"""As much is worked on at once as may be: who comes later waits, is told the place in line, and has a turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs import Phase
from core.store.turnstile import Turnstile
from core.turns import queueing
from tests.core.house import House
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 2-second clip"


def limited(home: House, **caps: int) -> None:
    """A worker that keeps to these caps."""
    assert home.connection is not None
    home.shop = replace(home.shop, turnstile=Turnstile(home.connection, home.keys, **caps))
    home.start()


async def test_who_comes_later_waits_is_told_the_place_and_has_a_turn(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "PATIENCE", 0.1)
    monkeypatch.setattr(queueing, "ASKED", 0.1)
    async with build(at_work=False, generation_seconds=1.5) as home:
        limited(home, most=1)
        anna, bob, carl = (home.person(name, name) for name in ("anna", "bob", "carl"))
        first = await anna.sends(f"{WISH} for anna", photos=1)
        await home.room.until(lambda: home.studio.ledger.runs, what="anna's at the agent")
        second = await bob.sends(f"{WISH} for bob", photos=1)
        await bob.saw("you are number 1 in line")
        third = await carl.sends(f"{WISH} for carl", photos=1)
        await carl.saw("you are number 2 in line")
        assert len(home.studio.ledger.runs) == 1
        for person, message in ((anna, first), (bob, second), (carl, third)):
            await person.is_done_with(message, Phase.DONE)
        assert [run.text.split()[-1] for run in home.studio.ledger.runs] == ["anna", "bob", "carl"]


async def test_one_person_with_many_chats_lets_others_pass(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "ASKED", 0.1)
    async with build(at_work=False, generation_seconds=1.0) as home:
        limited(home, most_each=1)
        for chat in ("1", "2"):
            await home.person("anna", chat).sends(f"{WISH} in chat {chat}", photos=1)
        bob = home.person("bob", "3")
        await bob.is_done_with(await bob.sends(f"{WISH} for bob", photos=1), Phase.DONE)
        at_the_agent = [run.text for run in home.studio.ledger.runs]
        assert f"{WISH} for bob" in at_the_agent[:2]
        await home.room.until(lambda: len(home.room.videos) == 3, what="all videos")


async def test_a_cancel_in_line_makes_room_for_the_next(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "ASKED", 0.1)
    async with build(at_work=False, generation_seconds=1.0) as home:
        limited(home, most=1)
        anna, bob = home.person("anna", "1"), home.person("bob", "2")
        first = await anna.sends(f"{WISH} for anna", photos=1)
        await home.room.until(lambda: home.studio.ledger.runs, what="anna's at the agent")
        waits = await bob.sends(f"{WISH} for bob", photos=1)
        await bob.commands("cancel")
        await bob.is_done_with(waits, Phase.CANCELLED)
        await anna.is_done_with(first, Phase.DONE)
        again = await bob.sends(f"{WISH} for bob after all", photos=1)
        await bob.is_done_with(again, Phase.DONE)
