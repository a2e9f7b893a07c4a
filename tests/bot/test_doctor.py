"""The doctor: what is well is told as such, and what is not, with the fix."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from bot import doctor
from bot.doctor import examine, report, unsettled
from bot.settings import SettingsError, load
from core.ports import Finding
from studio.faults import Answer, Endpoint
from tests.wire.studio import studio
from tests.wire.valkey import Valkey, valkey

pytestmark = pytest.mark.anyio

KEY = "sixteen letters and more"
TOKEN = "nmv_usr_canary-of-the-operator"


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOST", "TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "NEMO_TOKEN", "PHOTOREEL_SKILLS"):
        monkeypatch.delenv(name, raising=False)


async def examined(server: Valkey, folder: Path, **settings: Any) -> dict[str, Finding]:
    """The findings by their subject; the last one that is not well counts."""
    chosen = {
        "redis_url": server.url,
        "photoreel_key": KEY,
        "photoreel_data": folder / "data",
        "nemo_api_url": "studio",
    }
    findings = await examine(load(**{**chosen, **settings}))
    return {one.subject: one for one in sorted(findings, key=lambda one: not one.well)}


def ill(found: dict[str, Finding]) -> list[str]:
    return [subject for subject, one in found.items() if not one.well]


async def test_all_is_well(server: Valkey, tmp_path: Path) -> None:
    found = await examined(server, tmp_path)
    assert ill(found) == []
    assert found["videos"].detail.startswith("H.264 and AAC")
    assert found["store"].detail.startswith("version ")
    assert found["skills"].detail == "4 can be used"
    assert report(list(found.values())).endswith("All is well.")


@pytest.mark.parametrize(
    ("setting", "value", "subject", "fix"),
    [
        ("appendonly", "no", "persistence", "appendonly yes"),
        ("maxmemory-policy", "allkeys-lru", "eviction", "maxmemory-policy noeviction"),
        ("maxmemory", "1100000", "memory", "maxmemory"),
    ],
)
async def test_a_store_that_may_lose_work_is_named_with_the_fix(
    tmp_path: Path, setting: str, value: str, subject: str, fix: str
) -> None:
    with valkey() as own:
        own.say(f"CONFIG SET {setting} {value}")
        found = await examined(own, tmp_path)
        assert subject in ill(found)
        assert fix in found[subject].fix


async def test_a_store_that_is_away_is_told(tmp_path: Path) -> None:
    with valkey() as own:
        url = own.url
    found = await examined(own, tmp_path, redis_url=url)
    assert found["store"].detail.startswith("the store cannot be used")


async def test_a_store_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with valkey() as own:
        monkeypatch.setattr(doctor, "WITHIN", 1.0)
        own.pause()
        found = await examined(own, tmp_path)
        own.resume()
    assert ill(found) == ["store"]
    assert found["store"].detail == "no answer within 1 s"


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/proc"])
async def test_a_folder_that_cannot_be_used_is_told(server: Valkey, tmp_path: Path, folder: str) -> None:
    found = await examined(server, tmp_path, photoreel_data=Path(folder))
    assert "data folder" in ill(found)
    assert "PHOTOREEL_DATA" in found["data folder"].fix


async def test_a_disk_that_is_nearly_full_is_told(
    server: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ROOM", 1 << 60)
    assert ill(await examined(server, tmp_path)) == ["disk"]


async def test_a_folder_of_skills_that_is_not_there_is_told(server: Valkey, tmp_path: Path) -> None:
    found = await examined(server, tmp_path, photoreel_skills=str(tmp_path / "nowhere"))
    assert ill(found) == ["skills"]


async def test_it_is_told_who_can_reach_the_web_chat(server: Valkey, tmp_path: Path) -> None:
    assert (await examined(server, tmp_path))["web chat"].detail.startswith("not served: ")
    found = await examined(server, tmp_path, host="127.0.0.1", port=8123)
    assert found["web chat"].detail == "127.0.0.1:8123, without an access token"
    found = await examined(server, tmp_path, web_access_token="sixteen characters", public_url="https://a.example")
    assert found["web chat"].detail == "https://a.example, with an access token"


async def test_a_web_chat_that_is_open_to_all_is_told(server: Valkey, tmp_path: Path) -> None:
    found = await examined(server, tmp_path, host="0.0.0.0")
    assert "set WEB_ACCESS_TOKEN" in found["web chat"].detail


async def test_wheels_that_cannot_be_loaded_are_told(
    server: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    found = await examined(server, tmp_path)
    assert ill(found) == ["videos"]
    assert found["videos"].detail == "pi_heif cannot be loaded"


async def test_an_encoder_that_is_missing_is_told(
    server: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import av

    monkeypatch.setattr(av, "codecs_available", {"aac"})
    found = await examined(server, tmp_path)
    assert found["videos"].detail == "no encoder for libx264"


# --- the chat platforms -----------------------------------------------------------------------------------------------


async def test_each_platform_with_a_token_is_asked(server: Valkey, tmp_path: Path) -> None:
    found = await examined(server, tmp_path)
    assert found["chat platforms"].detail == "neither TELEGRAM_BOT_TOKEN nor DISCORD_BOT_TOKEN is set"
    found = await examined(
        server,
        tmp_path,
        telegram_bot_token="123456:made-up",
        telegram_api_url="http://127.0.0.1:9",
        discord_bot_token="made-up",
        discord_api_url="http://127.0.0.1:9/api/v10",
    )
    assert ill(found) == ["Telegram", "Discord"]
    assert "TELEGRAM_API_URL" in found["Telegram"].fix
    assert found["Discord"].detail == "no answer at http://127.0.0.1:9/api/v10 (ClientConnectorError)"


async def test_a_token_that_can_be_none_is_told_without_its_value(server: Valkey, tmp_path: Path) -> None:
    found = await examined(server, tmp_path, telegram_bot_token="canary")
    assert ill(found) == ["chat platforms"]
    assert found["chat platforms"].detail.startswith("TELEGRAM_BOT_TOKEN")
    assert "canary" not in report(list(found.values()), facts=True)


# --- the backend ------------------------------------------------------------------------------------------------------


async def test_a_backend_is_reached_and_no_anonymous_token_is_spent(server: Valkey, tmp_path: Path) -> None:
    async with studio(tmp_path / "studio") as backend:
        found = await examined(server, tmp_path, nemo_api_url=backend.url)
        assert ill(found) == []
        assert found["backend"].detail == f"{backend.url} answers"
        assert backend.ledger.count(Endpoint.TOKEN) == 0


async def test_the_operators_token_is_tried(server: Valkey, tmp_path: Path) -> None:
    async with studio(tmp_path / "studio", tokens=(TOKEN,), credits=70) as backend:
        found = await examined(server, tmp_path, nemo_api_url=backend.url, nemo_token=TOKEN)
        assert found["token"] == Finding(
            "token", True, "NEMO_TOKEN is accepted, 70 credits left", "Top up the account."
        )
        backend.faults.order(Endpoint.CREDITS, Answer(200, json={"code": 1001}))
        found = await examined(server, tmp_path, nemo_api_url=backend.url, nemo_token=TOKEN)
        assert ill(found) == ["token"]
        assert "Renew NEMO_TOKEN" in found["token"].fix
        assert "canary" not in report(list(found.values()), facts=True)


async def test_an_account_without_credits_and_one_that_cannot_be_asked_are_told(server: Valkey, tmp_path: Path) -> None:
    async with studio(tmp_path / "studio", tokens=(TOKEN,), credits=0) as backend:
        found = await examined(server, tmp_path, nemo_api_url=backend.url, nemo_token=TOKEN)
        assert ill(found) == ["token"]
        assert found["token"].detail == "NEMO_TOKEN is accepted, 0 credits left"
        backend.faults.order(Endpoint.CREDITS, Answer(502))
        found = await examined(server, tmp_path, nemo_api_url=backend.url, nemo_token=TOKEN)
        assert ill(found) == ["token"]
        assert found["token"].detail == "could not be tried (BackendAway)"


async def test_a_backend_that_is_away_is_told(server: Valkey, tmp_path: Path) -> None:
    async with studio(tmp_path / "studio") as backend:
        url = backend.url
    found = await examined(server, tmp_path, nemo_api_url=url)
    assert ill(found) == ["backend"]
    assert found["backend"].detail == f"{url}: no answer (ConnectError)"
    assert "NEMO_API_URL" in found["backend"].fix


@pytest.mark.parametrize(("status", "hours", "subject"), [(502, 0, "backend"), (200, 3, "clock")])
async def test_a_backend_in_trouble_and_a_clock_that_is_wrong_are_told(
    server: Valkey, tmp_path: Path, status: int, hours: int, subject: str
) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        date = formatdate(time.time() - hours * 3600, usegmt=True)
        writer.write(f"HTTP/1.1 {status} So\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as backend:
        port = backend.sockets[0].getsockname()[1]
        found = await examined(server, tmp_path, nemo_api_url=f"http://127.0.0.1:{port}")
    assert ill(found) == [subject]


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_names_the_fix_under_what_is_ill() -> None:
    findings = [Finding("store", True, "fine", "nothing"), Finding("disk", False, "full", "Free it.")]
    assert report(findings) == "✓ store: fine\n✗ disk: full\n    Free it.\n1 to mend."
    told = json.loads(report(findings, facts=True))
    assert told[0] == {"subject": "store", "well": True, "detail": "fine", "fix": ""}
    assert told[1]["fix"] == "Free it."


def test_settings_that_do_not_fit_are_a_finding_too() -> None:
    [finding] = unsettled(SettingsError("PORT: must be a number"))
    assert (finding.well, finding.detail) == (False, "PORT: must be a number")
