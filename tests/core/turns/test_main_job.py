"""The main job: photos and a sentence come in, one status message tells how it stands, a video comes back."""

from __future__ import annotations

import pytest

from core.jobs import Phase
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


async def test_photos_with_a_sentence_become_a_video(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=3)
        video = await anna.gets_video()
        await anna.is_done_with(message, Phase.DONE)
        print(home.room.messages)
        assert home.studio.ledger.texts() == {WISH: 1}
        assert len(home.room.messages) == 2
