"""Secrets that were sealed with another key: nobody waits in vain for an answer."""

from __future__ import annotations

import pytest

from core.store.accounts import StoredAccounts
from core.store.secrets import Sealer
from tests.core.house import House
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

TOLD = "I can't read my own records: the key was changed. Whoever runs this bot must restore it."


def change_key(home: House) -> None:
    """The operator starts the bot with another key."""
    store = home.shop.accounts._store
    assert isinstance(store, StoredAccounts)
    store._sealer = Sealer(bytes(32))


async def test_a_command_that_needs_the_account_is_answered(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("credits")
        await anna.sees("Credits: ")
        change_key(home)
        await anna.commands("credits")
        await anna.sees(TOLD)


async def test_a_press_that_needs_the_account_is_answered(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=1))
        change_key(home)
        await anna.presses("Timeline")
        await anna.sees(TOLD)


async def test_a_turn_that_needs_the_account_is_told(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("credits")
        await anna.sees("Credits: ")
        change_key(home)
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=1))
        await anna.sees(TOLD)
