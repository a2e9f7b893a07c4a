"""An own account, with the whole program: the token works for its owner and can be read in no file that is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from studio.faults import Endpoint
from studio.serve import Studio
from tests.core.house import photo
from tests.e2e.program import Stage, Visitor
from tests.wire.studio import studio
from tests.wire.telegram.server import BotApi

pytestmark = pytest.mark.anyio

WISH = "make a 3 second slideshow of these"
ALICE = "nmv_usr_canary-of-alice-0123456789"
WEB = "nmv_usr_canary-of-the-visitor-0123456789"
LONG = 90.0


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path / "studio", tokens=(ALICE, WEB)) as running:
        yield running


def payers(backend: Studio) -> list[str]:
    """Whose tokens the agent was addressed with, in order."""
    runs = [call for call in backend.ledger.calls if call.endpoint is Endpoint.RUN]
    return [call.headers["authorization"].removeprefix("Bearer ") for call in runs]


def places_of(word: bytes, folder: Path) -> Iterator[str]:
    """The files below a folder that hold the word."""
    for path in folder.rglob("*"):
        if path.is_file() and word in path.read_bytes():
            yield str(path.relative_to(folder))


async def test_tokens_pay_for_their_owners_and_stand_in_no_file(
    stage: Stage, telegram: BotApi, backend: Studio
) -> None:
    reached = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "NEMO_API_URL": backend.url}
    program = stage.start("run", **reached)
    alice = telegram.person("Alice")
    handed_in = alice.says(f"/link {ALICE}")
    await telegram.until(lambda: [one for one in alice.chat.bots if "account is linked" in one.text], within=LONG)
    assert handed_in not in alice.chat.shown
    alice.sends_photo(photo(1), WISH)
    await telegram.until(lambda: alice.chat.videos, "a video", within=LONG)
    assert payers(backend) == [ALICE]

    visitor = await asyncio.to_thread(Visitor, await asyncio.to_thread(program.address))
    await asyncio.to_thread(visitor.say, f"/link {WEB}")
    async with asyncio.timeout(LONG):
        while not await asyncio.to_thread(visitor.sees, "account is linked"):
            await asyncio.sleep(0.1)
    assert "canary" not in str(await asyncio.to_thread(visitor.items))

    assert program.stop() == 0
    assert list(places_of(b"photoreel", stage.folder / "data"))  # what is looked through is the store's file
    assert list(places_of(b"canary", stage.folder / "data")) == []
    assert "canary" not in program.said()
