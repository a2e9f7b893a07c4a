"""Options that come with a command, where a platform offers a form for them."""

from __future__ import annotations

import pytest

from core.messages import Command
from studio.faults import Endpoint
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio


async def test_options_are_words_but_the_skill_says_how_they_are_meant(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        options = {"ratio": "9:16", "length": "5 seconds", "skill": "ai-image-to-video-extender"}
        message = await anna.sends(command=Command("video", "gentle motion", options), photos=1)
        await anna.is_done_with(message)
        assert home.wishes == {"gentle motion, 9:16, 5 seconds": 1}
        (run,) = [call for call in home.studio.ledger.calls if call.endpoint is Endpoint.RUN]
        assert run.headers["x-skill-source"] == "ai-image-to-video-extender"
        assert (await home.record(anna)).preferences.skill != "ai-image-to-video-extender"
