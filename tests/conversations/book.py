"""All conversations on one page: played in a house at work, and written down."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar, Final

from studio.render import Plan, RenderResult
from tests.conversations.scenes import SCENES, Clock, Scene
from tests.conversations.scribe import ScribeRoom, written
from tests.core.house import Premises, house, premises
from tests.wire.studio import QuickRenderer

PATIENCE: Final = 5.0
PAGE: Final = Path(__file__).parents[2] / "docs" / "conversations.md"
HEAD: Final = """# Conversations

Twelve complete chats, exactly as the bot produces them. `make conversations` plays them and writes this page: what
people do goes through the front door into a real store, a worker carries it on against the [studio](studio.md), and
what comes back is written down. No sentence of the bot's is typed by hand. A test plays all of it again and compares.

How to read it: lines without a name belong to the message above. `←` is an edit of that message; `…` behind it stands
for the paragraphs that stay as they are. Of words that come bit by bit, and of numbers that count, only the last state
is shown. `▶` is a video, `▣` a picture, `[…]` are buttons, and `— … —` is no message. Waits are shortened; the time of
day and the secrets in links are left out.
"""


class AttentiveRenderer(QuickRenderer):
    """Is half done until that stands in the chat: else it would depend on the hour whether anybody sees it."""

    room: ClassVar[ScribeRoom]

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        on_progress(0.5)
        seen = self.room.everything.count("50")
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self.room.everything.count("50") == seen:
                    await asyncio.sleep(0.01)
        return await super().run(plan, output, work, on_progress)


@asynccontextmanager
async def theatre() -> AsyncIterator[Premises]:
    """A store and everything else that all scenes share."""
    with tempfile.TemporaryDirectory() as folder:
        async with premises(Path(folder)) as ground:
            yield ground


async def performed(ground: Premises, scene: Scene) -> str:
    """A scene, played now and written down."""
    room = ScribeRoom()
    AttentiveRenderer.room = room
    changes = {"now": Clock(), "renderer": AttentiveRenderer, **scene.changes}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = await stack.enter_async_context(house(ground, folder, room=room, **changes))
        await scene.play(home)
    return written(room.chat)


def page_of(chats: Iterator[tuple[Scene, str]]) -> str:
    """The whole page."""
    parts = [HEAD]
    for number, (scene, chat) in enumerate(chats, 1):
        parts.append(f"## {number}. {scene.title}\n\n{scene.about}\n\n```text\n{chat}```\n")
    return "\n".join(parts)


def chats_on(page: str) -> dict[str, str]:
    """The chats of a page by their titles."""
    found = {}
    for section in page.split("\n## ")[1:]:
        title = section.partition("\n")[0].partition(". ")[2]
        found[title] = section.partition("```text\n")[2].partition("```")[0]
    return found


async def all_performed() -> list[tuple[Scene, str]]:
    """Every scene, played one after the other."""
    async with theatre() as ground:
        return [(scene, await performed(ground, scene)) for scene in SCENES]
