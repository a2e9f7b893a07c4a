"""The status message: true stages, the time that is left where it is known, and a sign of life after a silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from core.errors import OutcomeUnknown
from core.estimates import SAMPLES, likely, rounded
from core.messages import ConversationKey, MessageRef
from core.progress import Progress, fitted
from core.wording import words_for
from tests.core.chat import LIMITS

pytestmark = pytest.mark.anyio

BEGAN = 1_000_000.0
REF = MessageRef(ConversationKey("room", "1"), "m0")


class Clock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> float:
        return self.now


class Sketch:
    """A draft, which a place may refuse."""

    def __init__(self, *, taken: bool = True) -> None:
        self.taken = taken
        self.texts: list[str] = []

    async def update(self, text: str) -> bool:
        self.texts.append(text)
        return self.taken


class Wall:
    """What a status message shows, as far as a `Progress` needs a `Posting`."""

    def __init__(self, sketch: Sketch | None = None, **limits: Any) -> None:
        self.limits = replace(LIMITS, **limits)
        self.shown: list[str] = []
        self.sketch = sketch
        self.deleted: list[MessageRef] = []

    def draft(self) -> Sketch | None:
        return self.sketch

    async def delete(self, ref: MessageRef) -> None:
        self.deleted.append(ref)

    async def show(self, ref: MessageRef, text: str) -> None:
        await self.edit(ref, text)

    async def edit(self, ref: MessageRef, text: str, kind: str = "", buttons: object = ()) -> None:
        assert len(text) <= self.limits.text_chars
        self.shown.append(text)

    async def say(self, kind: str, text: str, buttons: object = ()) -> MessageRef:
        assert len(text) <= self.limits.text_chars
        self.shown.append(text)
        return REF if kind == "status" else MessageRef(REF.key, kind)

    async def until(self, look: Callable[[str], bool]) -> str:
        async with asyncio.timeout(30):
            while not (self.shown and look(self.shown[-1])):
                await asyncio.sleep(0.005)
        return self.shown[-1]


async def kept(ref: MessageRef) -> None:
    """Nothing is kept."""


@asynccontextmanager
async def showing(wall: Wall, clock: Clock, **more: Any) -> AsyncIterator[Progress]:
    async with Progress(wall, words_for("en"), REF, kept, began=BEGAN, now=clock, **more) as progress:  # type: ignore[arg-type]
        yield progress


# --- the time that is left --------------------------------------------------------------------------------------------


async def test_the_time_that_is_left_is_said_and_grows_less_until_nobody_knows() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock, tick=0.01) as progress:
        progress.show("Rendering 40 %", ends=BEGAN + 100)
        for later, text in [
            (0, "Rendering 40 % · about 2 min left"),
            (55, "Rendering 40 % · about 1 min left"),
            (65, "Rendering 40 % · about 40 s left"),
            (85, "Rendering 40 % · about 20 s left"),
            (95, "Rendering 40 % · about 10 s left"),
            (101, "Rendering 40 %"),
        ]:
            clock.now = BEGAN + later
            assert await wall.until(lambda shown, text=text: shown == text) == text  # type: ignore[misc]


async def test_the_agents_words_stand_above_the_time_that_is_left() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Ready!", ends=BEGAN + 30)
        progress.say("I begin with the beach.")
        await wall.until(lambda shown: shown == "I begin with the beach.\n\nabout 40 s left")
        progress.show("Rendering…")
        await wall.until(lambda shown: shown == "Rendering…")


def test_nothing_is_likely_before_there_are_ten_samples() -> None:
    assert likely([5.0] * (SAMPLES - 1)) is None
    assert likely([5.0] * SAMPLES) == 5.0


def test_four_of_five_were_over_by_then() -> None:
    assert likely([float(number) for number in range(100, 0, -1)]) == 80.0
    assert likely([1.0] * 8 + [50.0, 60.0]) == 1.0


@pytest.mark.parametrize(
    ("left", "said"), [(0, None), (-5, None), (0.1, 10), (10, 10), (11, 20), (40, 40), (41, 60), (61, 120), (300, 300)]
)
def test_what_is_said_is_never_less_than_there_is(left: float, said: int | None) -> None:
    assert rounded(left) == said


async def test_a_process_that_is_behind_with_everything_shows_little_on_the_way() -> None:
    wall, clock = Wall(edit_interval=0.01), Clock()
    async with showing(wall, clock) as progress:
        for number in range(12):
            progress.say(f"{number} words")
            time.sleep(0.15)
            for _ in range(10):
                await asyncio.sleep(0)
        assert 1 <= len(wall.shown) <= 5
        await progress.finish("All of it.")
    assert wall.shown[-1] == "All of it."


async def test_what_is_shown_before_a_pause_waits_until_the_place_takes_another_edit() -> None:
    wall, clock = Wall(edit_interval=0.3), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Ready!")
        await wall.until(lambda shown: shown == "Ready!")
        shown_at = time.monotonic()
        progress.show("Rendering…")
        await progress.flush()
        assert wall.shown == ["Ready!", "Rendering…"]
        assert time.monotonic() - shown_at >= 0.28


# --- drafts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts that change quickly."""
    monkeypatch.setattr("core.progress.INTERVAL", 0.01)


async def drawn(wall: Wall, text: str) -> None:
    """Wait until the draft shows it."""
    assert wall.sketch
    async with asyncio.timeout(30):
        while text not in wall.sketch.texts:
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("quick")
async def test_words_come_as_a_draft_and_then_as_a_message_in_place_of_the_status() -> None:
    wall, clock = Wall(Sketch(), edit_interval=0.01), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Ready!")
        await wall.until(lambda shown: shown == "Ready!")
        for words in ("I begin", "I begin with the beach."):
            progress.say(words)
            await drawn(wall, words)
        assert wall.shown == ["Ready!"]
        progress.show("I begin with the beach.\n\nRendering…")
        await wall.until(lambda shown: "Rendering" in shown)
        assert progress.ref != REF
        await progress.finish("I began with the beach.")
    assert wall.shown == ["Ready!", "I begin with the beach.\n\nRendering…", "I began with the beach."]
    assert wall.deleted == [REF]


@pytest.mark.usefixtures("quick")
async def test_a_draft_that_is_all_there_was_ends_as_a_message() -> None:
    wall, clock = Wall(Sketch(), edit_interval=0.01), Clock()
    async with showing(wall, clock) as progress:
        progress.say("You're welcome!")
        await drawn(wall, "You're welcome!")
        await progress.finish("You're welcome!")
    assert (wall.shown, wall.deleted) == (["You're welcome!"], [REF])


async def test_where_a_draft_is_refused_the_status_message_has_the_words() -> None:
    wall, clock = Wall(Sketch(taken=False), edit_interval=0.01), Clock()
    async with showing(wall, clock) as progress:
        progress.say("I begin")
        await wall.until(lambda shown: shown == "I begin")
    assert (wall.deleted, progress.ref) == ([], REF)


@pytest.mark.usefixtures("quick")
async def test_a_draft_becomes_a_message_before_the_place_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.previews.FRESH", 0.05)
    sketch, clock = Sketch(), Clock()
    wall = Wall(sketch, edit_interval=0.01)
    async with showing(wall, clock, tick=0.01) as progress:
        progress.say("I begin")
        await wall.until(lambda shown: shown == "I begin")
        progress.say("I begin, and go on")
        await drawn(wall, "I begin, and go on")
        await wall.until(lambda shown: shown == "I begin, and go on")
    assert sketch.texts[:1] == ["I begin"]


# --- silence ----------------------------------------------------------------------------------------------------------


async def test_a_silence_is_broken_every_two_minutes_with_the_time_so_far() -> None:
    wall, clock = Wall(), Clock()
    clock.now = BEGAN + 30  # the stage began half a minute after the message
    async with showing(wall, clock, quiet=0.05) as progress:
        progress._quiet = 120.0
        progress.show("Ready!")
        await wall.until(lambda shown: shown == "Ready!")
        for later, text in [(151, "(2 min)"), (271, "(4 min)"), (391, "(6 min)")]:
            clock.now = BEGAN + later
            progress._refresh()
            await wall.until(lambda shown, text=text: shown == f"Ready!\n\n⏳ Still working... {text}")  # type: ignore[misc]
        progress.say("Nearly there.")
        await wall.until(lambda shown: shown == "Nearly there.")


async def test_a_silence_breaks_by_itself() -> None:
    wall = Wall()
    async with Progress(wall, words_for("en"), REF, kept, began=0.0, quiet=0.05) as progress:  # type: ignore[arg-type]
        progress.show("Ready!")
        await wall.until(lambda shown: "Still working" in shown)


async def test_time_that_goes_by_is_no_news_so_a_silence_stays_one() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Ready!", ends=BEGAN + 300)
        clock.now = BEGAN + 125
        progress._refresh()
        text = await wall.until(lambda shown: "Still" in shown)
        assert text == "Ready! · about 3 min left\n\n⏳ Still working... (2 min)"


async def test_whoever_goes_on_after_a_pause_knows_how_long_the_silence_has_been() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("said\n\nRendering 40 %")
        memory = progress.memory
    clock.now = BEGAN + 130
    async with showing(wall, clock, stood=memory) as progress:
        progress.show("said\n\nRendering 40 %")
        await wall.until(lambda shown: shown.endswith("Rendering 40 %\n\n⏳ Still working... (2 min)"))
        progress.show("said\n\nRendering 41 %")
        await wall.until(lambda shown: shown == "said\n\nRendering 41 %")


async def test_whoever_goes_on_after_a_pause_does_not_show_again_what_is_shown() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Rendering 40 %")
        await wall.until(lambda shown: shown == "Rendering 40 %")
        memory = progress.memory
    async with showing(wall, clock, stood=memory) as progress:
        progress.show("Rendering 40 %")
        await progress.flush()
        progress.show("Rendering 41 %")
        await wall.until(lambda shown: shown == "Rendering 41 %")
    assert wall.shown == ["Rendering 40 %", "Rendering 41 %"]


async def test_whoever_goes_on_shows_again_what_nobody_knows_to_be_shown() -> None:
    class Unsure(Wall):
        async def show(self, ref: MessageRef, text: str) -> None:
            await super().show(ref, text)
            raise OutcomeUnknown("no answer")

    wall, clock = Unsure(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Rendering 40 %")
        await wall.until(lambda shown: shown == "Rendering 40 %")
        await progress.flush()
        memory = progress.memory
    sure = Wall()
    async with showing(sure, clock, stood=memory) as progress:
        progress.show("Rendering 40 %")
        await sure.until(lambda shown: shown == "Rendering 40 %")


async def test_whoever_goes_on_leaves_the_place_its_time_between_two_edits() -> None:
    wall, clock = Wall(edit_interval=0.3), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Rendering 40 %")
        await wall.until(lambda shown: shown == "Rendering 40 %")
        memory = progress.memory
    clock.now = BEGAN + 0.1
    began = time.monotonic()
    async with showing(wall, clock, stood=memory) as progress:
        progress.show("Rendering 41 %")
        await wall.until(lambda shown: shown == "Rendering 41 %")
        assert time.monotonic() - began >= 0.18


async def test_what_would_be_shown_too_late_is_left_to_whoever_goes_on() -> None:
    wall, clock = Wall(edit_interval=60.0), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Rendering 40 %")
        await wall.until(lambda shown: shown == "Rendering 40 %")
        progress.show("Rendering 98 %")
        await progress.flush(until=BEGAN + 1.0)
        assert wall.shown == ["Rendering 40 %"]


async def test_the_last_words_are_said_though_nobody_knows_what_became_of_the_first() -> None:
    class Deaf(Wall):
        async def say(self, kind: str, text: str, buttons: object = ()) -> MessageRef | None:  # type: ignore[override]
            return await super().say(kind, text, buttons) if kind != "status" else None

    wall = Deaf()
    async with Progress(wall, words_for("en"), None, kept, began=BEGAN) as progress:  # type: ignore[arg-type]
        progress.show("Rendering 40 %")
        await progress.finish("Your video is ready.")
    assert wall.shown == ["Your video is ready."]


async def test_the_same_stage_again_is_no_news() -> None:
    wall, clock = Wall(), Clock()
    async with showing(wall, clock) as progress:
        progress.show("Rendering 40 %")
        clock.now = BEGAN + 130
        progress.show("Rendering 40 %")
        await wall.until(lambda shown: "Still working" in shown)


# --- places with little room ------------------------------------------------------------------------------------------


async def test_how_it_stands_is_seen_however_much_the_agent_says() -> None:
    wall, clock = Wall(text_chars=200), Clock()
    async with showing(wall, clock, heading="1 of 3 · beach.jpg") as progress:
        progress.show("word " * 500 + "\n\nRendering 40 %", ends=BEGAN + 10)
        text = await wall.until(lambda shown: "Rendering" in shown)
        assert text.startswith("1 of 3 · beach.jpg\nword word")
        assert text.endswith("…\n\nRendering 40 % · about 10 s left")
        clock.now = BEGAN + 130
        progress._refresh()
        text = await wall.until(lambda shown: "Still" in shown)
        assert text.endswith("…\n\nRendering 40 %\n\n⏳ Still working... (2 min)")


@pytest.mark.parametrize("most", [20, 64, 200, 2000])
@pytest.mark.parametrize("text", ["a" * 3000, "a\n\n" * 900, "é " * 40 + "\n\n" + "b" * 500, "\n\n" + "c" * 2100, "d"])
def test_what_is_shown_always_fits(text: str, most: int) -> None:
    shown = fitted(text, most)
    assert 0 < len(shown) <= most
    assert shown == text or "…" in shown
