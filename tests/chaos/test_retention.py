"""What is kept, and how long: every key that a chat leaves behind has a lifetime, and `/forget` leaves none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.jobs import Phase
from core.messages import Command
from core.store.keys import name_of
from core.store.mailbox import Mailbox
from studio.faults import Endpoint
from tests.chaos.conftest import Build
from tests.chaos.keys import DAY, Key, keys_in, overdue
from tests.core.fuses import Fuse
from tests.core.house import House, Person

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these, titled Canary"
FORGOTTEN = "Everything about this chat is deleted."
STAGES = (
    "after BEGIN",
    "after SAVE uploading",
    "before SAVE sent",
    "after SAVE sent",
    "before SAVE answered",
    "after SAVE rendering",
    "after PARK",
    "before SAVE delivering",
    "before send_video",
    "after send_video",
    "before FINISH",
)


@dataclass(slots=True)
class Hold(Fuse):
    """Holds a worker at a point until it is let go, or sent away."""

    armed: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, name: str) -> None:
        if self.armed and name == self.at and not self.reached.is_set():
            self.reached.set()
            await self.go.wait()


async def stored(home: House) -> list[Key]:
    """Everything in the house's part of the store."""
    assert home.connection is not None
    return await keys_in(home.connection.commands, home.keys.prefix)


async def asks_to_forget(anna: Person) -> None:
    """The question is there; nothing is deleted before the press."""
    await anna.commands("forget")
    await anna.sees("Really?")


async def test_every_key_that_a_chat_leaves_has_a_lifetime(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        made = await anna.sends(WISH, photos=2)
        await anna.is_done_with(made, Phase.DONE)
        await anna.presses("9:16")
        await anna.gets_video(2)
        await anna.presses("Change…")
        cancelled = await anna.sends("faster")
        await anna.commands("cancel")
        await anna.commands("settings", "ratio 1:1")
        await anna.sees("Format: 1:1")
        await anna.is_done_with(cancelled)
        await anna.is_done_with(await anna.sends("", attachments=(), command=Command("new")))
        keys = await stored(home)
        assert overdue(keys) == []
        kinds = {one.kind for one in keys}
        assert {"job", "seen", "box", "owned", "button", "record", "account"} <= kinds
        assert "jobs" not in kinds
        ended = [one for one in keys if one.kind == "job"]
        assert len(ended) >= 4
        assert all(6 * DAY < one.left <= 7 * DAY for one in ended)


async def test_forget_erases_all_of_a_chat_and_nothing_of_its_neighbour(build: Build) -> None:
    async with build() as home:
        anna, bob = home.person(), home.person("bob", "2")
        for one, wish in ((anna, WISH), (bob, "a 2-second clip")):
            await one.is_done_with(await one.sends(wish, photos=1), Phase.DONE)
        await asks_to_forget(anna)
        before = await stored(home)
        await anna.presses("Delete everything")
        await anna.sees(FORGOTTEN)
        mine, others = name_of(anna.key), name_of(bob.key)
        after = await stored(home)
        assert traces(after, mine) == []
        assert len([one for one in after if others in one.name]) == len([one for one in before if others in one.name])


@pytest.mark.parametrize("stage", STAGES)
async def test_nothing_stays_and_nothing_arrives_once_a_running_turn_is_forgotten(build: Build, stage: str) -> None:
    async with build(at_work=False) as home:
        hold = Hold(at=stage)
        home.start(hold)
        anna = home.person()
        await asks_to_forget(anna)
        hold.armed = True
        message = await anna.sends(WISH, photos=1)
        async with asyncio.timeout(10):
            await hold.reached.wait()
        waiting = await anna.sends("and then make it faster")
        await anna.presses("Delete everything")
        await anna.sees(FORGOTTEN)
        told = list(home.room.texts)
        hold.go.set()
        home.start()  # another worker finds nothing to go on with
        for again in (message, waiting):
            await home.intake.receive(again)
        await asyncio.sleep(1.2)  # longer than the lease: whatever was to be recovered is
        assert home.room.texts == told
        assert traces(await stored(home), name_of(anna.key)) == []
        assert files_below(home.shop.folder) == []
        await anna.is_done_with(await anna.sends("a 2-second clip", photos=1), Phase.DONE)
        texts = home.studio.ledger.texts()
        assert texts.get(WISH, 0) <= 1
        assert "and then make it faster" not in texts


async def test_a_worker_that_does_not_hear_of_it_is_waited_for(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unheard(_mailbox: Mailbox, _name: str) -> None:
        pass

    monkeypatch.setattr(Mailbox, "signal", unheard)
    async with build(at_work=False) as home:
        hold = Hold(at="before send_video", armed=True)
        home.start(hold)
        anna = home.person()
        await anna.sends(WISH, photos=1)
        async with asyncio.timeout(10):
            await hold.reached.wait()
        await asks_to_forget(anna)
        await anna.presses("Delete everything")
        await anna.sees(FORGOTTEN)
        hold.go.set()
        await asyncio.sleep(0.3)
        assert home.room.videos == []


async def test_a_worker_elsewhere_leaves_no_file_of_what_is_forgotten(build: Build) -> None:
    async with build(at_work=False) as home:
        anna = await holds_a_film(home)
        await home.shop.mailbox.forget(anna.key, term=10.0)
        assert files_below(home.shop.folder) == []


async def test_a_worker_that_only_lost_its_lease_leaves_the_files_to_the_next(build: Build) -> None:
    async with build(at_work=False) as home:
        anna = await holds_a_film(home)
        looks = home.studio.ledger.count(Endpoint.LOOK)
        assert home.connection is not None
        await home.connection.commands.hincrby(home.keys.named("box", name_of(anna.key)), "fence", 1)
        await home.shop.mailbox.signal(name_of(anna.key))
        await anna.gets_video()
        assert home.studio.ledger.count(Endpoint.LOOK) == looks, "it was fetched again"


async def holds_a_film(home: House) -> Person:
    """A worker is about to send one."""
    hold = Hold(at="before send_video", armed=True)
    home.start(hold)
    anna = home.person()
    await anna.sends(WISH, photos=1)
    async with asyncio.timeout(10):
        await hold.reached.wait()
    assert any(one.endswith("video.mp4") for one in files_below(home.shop.folder))
    return anna


def files_below(folder: Path) -> list[str]:
    """Everything in it."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*")]


def traces(keys: list[Key], name: str) -> list[str]:
    """Keys that name the conversation, or hold anything of what was said in it."""
    words = (name, "Canary", "faster")
    return [one.name for one in keys if any(word in one.name or word in one.value for word in words)]
