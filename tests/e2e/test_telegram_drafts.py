"""The agent's words are streamed as a draft where a private chat takes drafts, and edited into the status elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.telegram.places import key_of
from tests.core.house import photo, premises
from tests.e2e.situations import WISH, rests
from tests.e2e.telegram_house import telegram_house

pytestmark = pytest.mark.anyio

FIRST = "Let me put your video together."


async def test_words_come_as_a_draft_and_stay_as_one_message(tmp_path: Path) -> None:
    async with premises(tmp_path) as ground, telegram_house(ground, tmp_path, generation_seconds=4.0) as house:
        server, alice, bob = house.server, house.server.person("Alice"), house.server.person("Bob")
        bob.chat.draftable = False
        for number, person in enumerate((alice, bob)):
            person.sends_photo(photo(number), WISH)
        await server.until(lambda: alice.chat.videos and bob.chat.videos, within=60)
        for person in (alice, bob):
            await rests(house.home, key_of(person.id))
        assert any(FIRST in text for _, _, text in alice.chat.drafts)
        assert len({draft for _, draft, _ in alice.chat.drafts}) == 1
        assert bob.chat.drafts == []
        assert server.ledger.count("sendMessageDraft", chat=bob.id) == 1
        for person in (alice, bob):
            words, video = person.chat.bots
            assert words.text.startswith(FIRST)
            assert video.kind == "video"
