"""What a platform does not take at once, of what is answered at once: it comes later, and nothing is lost with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core import control
from core.errors import OutboundError, OutcomeUnknown, SlowDown
from core.jobs import Phase
from core.messages import MessageRef, Press
from tests.core.house import House, Person
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def press(home: House, person: Person, label: str) -> None:
    """Press the button, whatever the presser is told."""
    message, choice = [(one, found) for one in home.room.messages for found in one.choices if found.label == label][-1]
    ref = MessageRef(message.to, message.id)
    await home.intake.receive(Press(person.key, "p1", person.sender, datetime.now(UTC), choice.token, ref))


async def test_an_answer_that_is_put_off_comes_when_the_platform_allows(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.room.fail("send_text", SlowDown(0.3))
        await anna.commands("credits")
        await anna.sees("Credits: ")
        assert home.room.early == []
        assert len(home.room.messages) == 1


async def test_an_answer_that_would_come_too_late_is_not_waited_for(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.2)
    async with build() as home:
        anna = home.person()
        home.room.fail("send_text", SlowDown(0.4))
        await anna.commands("credits")
        await home.room.until(lambda: home.room.calls, what="the first try")
        await anna.is_done_with(await anna.sends("a 3-second clip", photos=1), Phase.DONE)
        assert "Credits: " not in home.room.everything


@pytest.mark.parametrize("error", [SlowDown(0.2), OutcomeUnknown("timeout")], ids=type)
async def test_a_press_counts_though_it_cannot_be_acknowledged(build: Build, error: OutboundError) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=1), Phase.DONE)
        home.room.fail("answer", error)
        await press(home, anna, "9:16")
        await anna.gets_video(2)
        assert home.wishes["Make it vertical, 9:16."] == 1


async def test_who_has_everything_deleted_is_told_so_however_late(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=1), Phase.DONE)
        await anna.commands("forget")
        await anna.sees("Really?")
        home.room.fail("send_text", SlowDown(0.3))
        await press(home, anna, "Delete everything")
        await anna.sees("Everything about this chat is deleted.")
        assert (await home.record(anna)).project is None


async def test_a_tip_is_not_lost_with_an_answer_that_is_put_off(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        home.room.fail("send_text", SlowDown(0.3))
        await anna.commands("endframe")
        told = await anna.sees("From now on: ")
        assert "Tip: " in told.text
