"""The settings as an operator writes them, and what is said about those that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("WEB_ACCESS_TOKEN", "TRUSTED_PROXIES"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("token", ["%", CANARY, "fifteen-letters"])
def test_an_access_token_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("WEB_ACCESS_TOKEN", token)
    with pytest.raises(SettingsError, match=r"^WEB_ACCESS_TOKEN: must have at least 16 characters") as raised:
        load()
    assert token not in str(raised.value)


@pytest.mark.parametrize("token", ["", "sixteen-letters!"])
def test_none_and_a_long_one_are_taken(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("WEB_ACCESS_TOKEN", token)
    assert load().web_access_token.get_secret_value() == token


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ()),
        ("127.0.0.1", ("127.0.0.1",)),
        (" 10.0.0.0/8 , ::1,", ("10.0.0.0/8", "::1")),
    ],
)
def test_proxies_are_a_list(monkeypatch: pytest.MonkeyPatch, written: str, read: tuple[str, ...]) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", written)
    assert load().proxies == read


@pytest.mark.parametrize("written", ["*", "proxy.example", "10.0.0.0/99", "127.0.0.1;10.0.0.1"])
def test_whoever_is_no_address_is_not_trusted(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", written)
    with pytest.raises(SettingsError, match=r"^TRUSTED_PROXIES: must be addresses or networks"):
        load()
