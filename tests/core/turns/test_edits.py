"""A person who corrects a message before the agent was told of it has said what the correction says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs import Phase
from core.messages import Edited
from tests.core.house import TIMES
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def test_a_caption_that_is_corrected_while_its_photos_are_uploaded_counts(build: Build) -> None:
    async with build(times=replace(TIMES, single=1.0)) as home:
        anna = home.person()
        message = await anna.sends("a 6-secnod slideshow", photos=1, whole=False)
        await anna.saw("Uploading")
        await home.intake.receive(Edited(anna.key, "edit1", message.id, "a 6-second slideshow"))
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {"a 6-second slideshow": 1}


async def test_a_correction_that_comes_after_the_agent_was_told_changes_nothing(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends("a 6-second slideshow", photos=1)
        await anna.is_done_with(message, Phase.DONE)
        await home.intake.receive(Edited(anna.key, "edit1", message.id, "a 9-second slideshow"))
        await anna.is_done_with(await anna.sends("slower"), Phase.DONE)
        assert list(home.wishes) == ["a 6-second slideshow", "slower"]
