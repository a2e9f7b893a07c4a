"""The bot's profile: put where it has changed, in every language, and short enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.telegram.profile import Profile, set_profile
from core.errors import OutcomeUnknown, SlowDown
from core.ports import CommandRow
from tests.adapters.telegram.desk import desk
from tests.wire.telegram.faults import garbage, pause

pytestmark = pytest.mark.anyio

ROWS = (CommandRow("video", "Make a video"), CommandRow("link", "Use your own token", private_only=True))
ENGLISH = Profile(ROWS, "Send photos, get a video.", "Photos in, video out.")
CHINESE = Profile((CommandRow("video", "制作视频"),), "发送照片，收到视频。", "照片进，视频出。")
BOTH = {"": ENGLISH, "zh": CHINESE}


async def test_everything_is_put_once() -> None:
    async with desk() as hand:
        assert await set_profile(hand.line, hand.notes, BOTH)
        assert not await set_profile(hand.line, hand.notes, BOTH)
        told = [call.values for call in hand.server.ledger.of("setMyCommands")]
        calls = [
            (one["scope"]["type"], one.get("language_code"), [row["command"] for row in one["commands"]])
            for one in told
        ]
        assert calls == [
            ("all_private_chats", None, ["video", "link"]),
            ("all_group_chats", None, ["video"]),
            ("all_private_chats", "zh", ["video"]),
            ("all_group_chats", "zh", ["video"]),
        ]
        assert hand.server.ledger.count("setMyDescription", "setMyShortDescription") == 4


async def test_a_change_is_put() -> None:
    async with desk() as hand:
        await set_profile(hand.line, hand.notes, BOTH)
        assert await set_profile(hand.line, hand.notes, {**BOTH, "zh": replace(CHINESE, short="新")})


async def test_what_was_not_put_whole_is_put_again() -> None:
    async with desk() as hand:
        hand.server.faults.plan("setMyDescription", pause(900))
        with pytest.raises(SlowDown):
            await set_profile(hand.line, hand.notes, BOTH)
        assert await set_profile(hand.line, hand.notes, BOTH)


async def test_an_answer_that_is_none_is_a_fact() -> None:
    async with desk() as hand:
        hand.server.faults.plan("setMyDescription", garbage(b"7"))
        with pytest.raises(OutcomeUnknown):
            await set_profile(hand.line, hand.notes, BOTH)


async def test_what_is_too_long_is_cut() -> None:
    async with desk() as hand:
        long = Profile((CommandRow("video", "x" * 999),), "x" * 999, "x" * 999)
        assert await set_profile(hand.line, hand.notes, {"": long})


async def test_a_store_that_is_away_does_not_matter() -> None:
    async with desk() as hand:
        hand.notes.away = True
        assert await set_profile(hand.line, hand.notes, BOTH)
