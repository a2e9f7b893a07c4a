"""The twelve conversations: what people do in each, and in what circumstances. What the bot says, it says itself."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from core.messages import Attachment, Kind
from studio.faults import Drop, Endpoint
from tests.conversations.cast import Actor
from tests.core.fuses import Fuse
from tests.core.house import TIMES, House

MEGABYTE: Final = 1_000_000
QUICKER: Final = 400.0  # times, in the scene in which people wait


class Open(Protocol):
    """Opens a house in which everything is written down; `changes` are those of `tests.core.house.house`."""

    def __call__(self, **changes: Any) -> AbstractAsyncContextManager[House]: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation. `about` is what a reader should know beforehand, `play` what people do."""

    title: str
    about: str
    play: Callable[[House], Awaitable[None]]
    changes: Mapping[str, Any] = field(default_factory=dict)


# --- the main job -----------------------------------------------------------------------------------------------------


async def first_use(home: House) -> None:
    anna = Actor(home, "Anna")
    await anna.asks("start")
    await anna.says("", "beach.jpg", "market.jpg", "harbour.jpg")
    await anna.taps("a slideshow of my photos with transitions and music")
    await anna.says("put it first")
    await anna.taps("market")
    await anna.says("thanks!")


async def album(home: House) -> None:
    anna = Actor(home, "Anna")
    await anna.posts("", "beach.jpg", album="lisbon")
    await anna.posts("turn these into a 6-second slideshow with music", "market.jpg", album="lisbon")
    last = await anna.posts("", "harbour.jpg", album="lisbon")
    await home.room.until(lambda: len(home.room.videos) == 1, what="the video")
    await anna.is_done_with(last)
    await anna.says("", "sunset.jpg", album="lisbon")
    await anna.taps("Add")


async def silent_edit(home: House) -> None:
    anna = Actor(home, "Anna")
    await anna.says("a 6-second slideshow with music and the title Lisbon", "beach.jpg", "market.jpg")
    await anna.says("lower the music to 20%")
    await anna.taps("Title", text="Paradise Found")
    await anna.asks("status")


async def end_frame(home: House) -> None:
    anna = Actor(home, "Anna")
    await anna.asks("endframe")
    await anna.says("", "detail.jpg", "lighthouse.jpg")
    await anna.taps("make a video that ends on this picture")
    await anna.says("make it vertical")


# --- trouble ----------------------------------------------------------------------------------------------------------


async def out_of_credits(home: House) -> None:
    anna = Actor(home, "Anna")
    await anna.says("a 6-second slideshow", "beach.jpg", "market.jpg")
    await anna.asks("credits")
    await anna.says("slower, and calm music")
    await anna.taps("Try again")


async def unknown_outcome(home: House) -> None:
    anna = Actor(home, "Anna")
    home.studio.faults.order(Endpoint.RUN, Drop())
    await anna.says("a 6-second slideshow", "beach.jpg", "market.jpg")
    await anna.taps("Try again")


async def too_large(home: House) -> None:
    anna = Actor(home, "Anna")
    heic = Attachment(Kind.FILE, "IMG_2210.HEIC", "IMG_2210.HEIC", "image/heic", 31 * MEGABYTE)
    await anna.says("a 6-second slideshow", attachments=(heic,))
    await anna.says("a 6-second slideshow", attachments=(heic, *anna.pictures(["beach.jpg", "market.jpg"])))


# --- several people, several languages --------------------------------------------------------------------------------


async def group(home: House) -> None:
    anna, ben = Actor(home, "Anna", private=False), Actor(home, "Ben", private=False)
    await ben.posts("nice weather today", addressed=False)
    making = await anna.posts("a 6-second slideshow of our trip", "beach.jpg", "market.jpg")
    await anna.sees("Let me put your video together.")
    wish = await ben.posts("and make it square")
    await anna.is_done_with(making)
    await ben.is_done_with(wish)
    await anna.taps("9:16", done=False)
    await ben.taps("9:16")
    await ben.asks("forget")


async def language(home: House) -> None:
    mei = Actor(home, "Mei", locale="en-US")
    await mei.asks("settings", "language zh")
    await mei.says("", "海边.jpg", "夜市.jpg")
    await mei.taps("用我的照片做个幻灯片，加上转场和音乐")
    await mei.says("音乐调到 20%")
    await mei.asks("status")
    await mei.answered("还剩多少积分？")
    await mei.asks("settings", "language auto")


# --- time -------------------------------------------------------------------------------------------------------------


async def cancel(home: House) -> None:
    anna = Actor(home, "Anna")
    making = await anna.posts("a 6-second slideshow", "beach.jpg", "market.jpg")
    await anna.sees("Let me put your video together.")
    await anna.answered("stop")
    await anna.is_done_with(making)
    await anna.asks("cancel")


async def long_wait(home: House) -> None:
    anna = Actor(home, "Anna")
    making = await anna.posts("a 6-second slideshow", "beach.jpg", "market.jpg")
    await anna.sees("Let me put your video together.")
    clock = home.shop.now
    assert isinstance(clock, Clock)
    clock.run(QUICKER)
    await home.room.until(lambda: home.room.everything.count("⏳") >= 2, what="a second word on the wait")
    clock.run(1.0)
    await anna.asks("status")
    await anna.is_done_with(making)


async def restart(home: House) -> None:
    anna = Actor(home, "Anna")
    fuse = Fuse()
    first = home.start(fuse)
    making = await anna.posts("a 6-second slideshow with music", "beach.jpg", "market.jpg")
    await anna.sees("Let me put your video together.")
    await home.kill(first, fuse)
    anna.room.chat.happens("the program is killed, and started again")
    home.start()
    await anna.is_done_with(making)
    await anna.says("make it square")


class Clock:
    """A clock that can be made to go faster."""

    def __init__(self) -> None:
        self._shows = self._since = time.time()
        self._rate = 1.0

    def __call__(self) -> float:
        return self._shows + (time.time() - self._since) * self._rate

    def run(self, rate: float) -> None:
        """Go so many times as fast from now on."""
        self._shows, self._since, self._rate = self(), time.time(), rate


SCENES: Final = (
    Scene("First use", "Anna finds the bot. She has three photos and no idea what to write.", first_use),
    Scene("An album", "The photos of an album come one by one; the last is late.", album),
    Scene(
        "A silent edit",
        "Editors often change something without a word. Then the bot says what has changed.",
        silent_edit,
    ),
    Scene("An end frame", "A video that ends exactly on a chosen picture.", end_frame),
    Scene(
        "Out of credits",
        "The account holds enough for one video, and it is Anna's own bot.",
        out_of_credits,
        {"credits": 100, "shared": False},
    ),
    Scene("Outcome unknown", "The connection breaks right after the instruction was sent.", unknown_outcome),
    Scene(
        "A group", "Anna and Ben share a chat; the bot speaks when it is spoken to.", group, {"generation_seconds": 0.6}
    ),
    Scene("Stopping", "Anna thinks better of it while the agent is at work.", cancel, {"generation_seconds": 3.0}),
    Scene("A file that is too large", "A platform that hands over at most 20 MB, and a HEIC of 31 MB.", too_large),
    Scene("Another language", "Mei's client is English; she would rather read Chinese.", language),
    Scene(
        "A long wait",
        "A generation that takes more than four minutes; the clock goes faster here.",
        long_wait,
        {"generation_seconds": 2.0, "times": replace(TIMES, quiet=120.0, tick=0.02)},
    ),
    Scene(
        "A restart",
        "The program is killed while the agent is at work.",
        restart,
        {"at_work": False, "generation_seconds": 0.8},
    ),
)
