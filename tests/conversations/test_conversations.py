"""The page of conversations shows what the bot says today. Where it does not: `make conversations`, and read it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conversations.book import PAGE, chats_on, page_of, performed, theatre
from tests.conversations.scenes import SCENES, Scene
from tests.conversations.scribe import stages
from tests.core.house import Premises

pytestmark = pytest.mark.anyio

TRIES = 9
"""Which stages of a status are seen depends on how quick the machine is just then; what is said does not."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def ground() -> AsyncIterator[Premises]:
    async with theatre() as shared:
        yield shared


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
async def test_a_conversation_is_as_the_page_shows_it(ground: Premises, page: str, scene: Scene) -> None:
    shown = chats_on(page)[scene.title]
    played = [await performed(ground, scene)]
    while played[-1] != shown and len(played) < TRIES:
        played.append(await performed(ground, scene))
    assert played[-1] == shown


def test_the_page_has_all_conversations_and_nothing_else(page: str) -> None:
    chats = chats_on(page)
    assert list(chats) == [scene.title for scene in SCENES]
    assert len(SCENES) == 12
    assert page == page_of((scene, chats[scene.title]) for scene in SCENES)


def test_words_that_grow_and_numbers_that_count_are_one_stage() -> None:
    told = ["Uploading 1 of 3", "Uploading 3 of 3", "Let", "Let me see.", "Let me see.\n\nDone.", "Stopped."]
    assert stages(told) == ["Uploading 3 of 3", "Let me see.\n\nDone.", "Stopped."]
    assert stages(["⏳ (2 min)", "⏳ (4 min)"]) == ["⏳ (2 min)", "⏳ (4 min)"]
