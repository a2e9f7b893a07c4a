"""What the operator is told about Telegram, and the fix."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.telegram.diagnose import findings_of
from adapters.telegram.webhook import PATH, TelegramWebhook
from core.ports import Finding
from tests.adapters.telegram.desk import Desk, desk
from tests.wire.telegram.faults import gateway

pytestmark = pytest.mark.anyio


async def findings(hand: Desk) -> dict[str, Finding]:
    """By subject."""
    found = await findings_of(hand.line)
    assert hand.server.token not in repr(found)
    assert all(one.well or one.fix for one in found)
    return {one.subject: one for one in found}


async def test_all_is_well_by_polling() -> None:
    async with desk() as hand:
        found = await findings(hand)
        assert [one.well for one in found.values()] == [True, True, True]
        assert found["Telegram token"].detail == f"@{hand.server.username}"
        assert "privacy mode is on" in found["Telegram groups"].detail
        assert found["Telegram updates"].detail == "by polling"


async def test_privacy_off_is_said() -> None:
    async with desk(told={"privacy": False}) as hand:
        assert "privacy mode is off" in (await findings(hand))["Telegram groups"].detail


async def test_a_bot_that_no_group_may_have_is_said() -> None:
    async with desk(told={"joins_groups": False}) as hand:
        assert "cannot be added to groups" in (await findings(hand))["Telegram groups"].detail


async def test_updates_that_nobody_fetches_are_told() -> None:
    async with desk() as hand:
        ann = hand.server.person("Ann")
        for number in range(101):
            ann.says(f"number {number}")
        found = (await findings(hand))["Telegram updates"]
        assert (found.well, found.detail) == (False, "101 wait to be fetched")


async def test_all_is_well_by_webhook() -> None:
    async with desk(public_url="https://photoreel.example") as hand:
        assert (await findings(hand))["Telegram updates"].well is False
        await TelegramWebhook(hand.line, hand.notes, ()).register()
        assert (await findings(hand))["Telegram updates"] == Finding("Telegram updates", True, "by webhook")


async def test_a_refused_token() -> None:
    async with desk() as hand:
        hand.server.token = "1:changed"
        (only,) = (await findings(hand)).values()
        assert (only.subject, only.well) == ("Telegram token", False)
        assert "TELEGRAM_BOT_TOKEN" in only.fix


@pytest.mark.parametrize("settings", [{"api_url": "http://127.0.0.1:1"}, {}])
async def test_a_server_that_is_away(settings: dict[str, Any]) -> None:
    async with desk(**settings) as hand:
        hand.server.faults.plan("getMe", gateway())
        (only,) = (await findings(hand)).values()
        assert (only.subject, only.well) == ("Telegram", False)
        assert "TELEGRAM_API_URL" in only.fix


async def test_a_webhook_of_somebody_else() -> None:
    async with desk() as hand:
        hand.server.updates.webhook = {"url": "https://elsewhere.example/x", "max_connections": 0}
        assert "another program" in (await findings(hand))["Telegram updates"].detail


async def test_a_webhook_without_secret() -> None:
    async with desk(public_url="https://photoreel.example", webhook_secret="") as hand:
        assert "TELEGRAM_WEBHOOK_SECRET" in (await findings(hand))["Telegram updates"].fix


async def test_deliveries_that_fail() -> None:
    async with desk(public_url="https://photoreel.example") as hand:
        hand.server.updates.webhook = {
            "url": f"https://photoreel.example{PATH}",
            "max_connections": 0,
            "last_error_message": "Connection timed out",
            "last_error_date": 1_780_000_000,
        }
        hand.server.person("Ann").says("hello")
        assert "Connection timed out" in (await findings(hand))["Telegram updates"].detail
