"""The doctor's findings about Discord name the fix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.diagnose import DiscordDiagnosis
from adapters.discord.settings import DiscordSettings
from core.ports import Finding
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


async def findings(settings: DiscordSettings) -> dict[str, Finding]:
    return {one.subject: one for one in await DiscordDiagnosis(settings).diagnose()}


@pytest.fixture
def settings(server: DiscordServer) -> DiscordSettings:
    return DiscordSettings(server.token, server.api_url)


async def test_all_is_well(settings: DiscordSettings, server: DiscordServer) -> None:
    found = await findings(settings)
    assert [one.detail for one in found.values() if not one.well] == []
    assert len(found) == 5
    assert not any(call.route.startswith(("POST", "PUT", "PATCH", "DELETE")) for call in server.calls)


async def test_a_bad_token_is_the_only_finding(settings: DiscordSettings) -> None:
    (finding,) = (await findings(replace(settings, token="wrong"))).values()
    assert not finding.well
    assert "DISCORD_BOT_TOKEN" in finding.fix
    assert "wrong" not in finding.detail + finding.fix


async def test_discord_away_is_no_error(settings: DiscordSettings) -> None:
    (finding,) = (await findings(replace(settings, api_url="http://127.0.0.1:9/api/v10"))).values()
    assert not finding.well
    assert "DISCORD_API_URL" in finding.fix


async def test_an_intent_that_was_not_granted_is_named(settings: DiscordSettings, server: DiscordServer) -> None:
    wanting = replace(settings, message_content=True)
    assert not (await findings(wanting))["Discord intents"].well
    server.allow_content()
    assert (await findings(wanting))["Discord intents"].well


async def test_an_endpoint_for_interactions_is_in_the_way(settings: DiscordSettings, server: DiscordServer) -> None:
    server.interactions_endpoint = "https://example.org/interactions"
    assert "Interactions Endpoint URL" in (await findings(settings))["Discord interactions"].fix


async def test_an_app_that_only_servers_can_install_is_named(settings: DiscordSettings, server: DiscordServer) -> None:
    server.installs = {0}
    assert "User Install" in (await findings(settings))["Discord installs"].fix


async def test_few_sessions_and_few_shards_are_told(settings: DiscordSettings, server: DiscordServer) -> None:
    server.gateway.rules.shards = 3
    assert "3" in (await findings(replace(settings, shard_count=2)))["Discord sessions"].fix
    server.gateway.rules.identifies_a_day = 5
    assert not (await findings(settings))["Discord sessions"].well
