"""`/readyz` follows the store: whoever balances loads sends nobody to a process that can write nothing down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx
import pytest

from adapters.web.server import bind
from bot import wiring
from bot.settings import load
from core.messages import Inbound
from tests.wire.valkey import Valkey, valkey

pytestmark = pytest.mark.anyio


async def nobody(_inbound: Inbound) -> None:
    raise AssertionError("nobody speaks here")


@asynccontextmanager
async def probe(store: Valkey, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Someone who asks the web chat over a store how it is."""
    settings = load(redis_url=store.url, photoreel_key="sixteen letters and more", photoreel_data=folder, port=0)
    async with wiring.open_ground(settings) as ground:
        web = wiring.web_settings(settings)
        listener = wiring.web_listener(ground, bind(web), web)
        listening = asyncio.create_task(listener.listen(nobody))
        async with httpx.AsyncClient(base_url=listener.address, trust_env=False) as client:
            yield client
        listening.cancel()
        await asyncio.wait({listening})


async def answer(client: httpx.AsyncClient, status: int) -> str:
    """What `/readyz` says once it answers with this status."""
    end = monotonic() + 15
    while (told := await client.get("/readyz")).status_code != status:
        assert monotonic() < end, told.text
        await asyncio.sleep(0.05)
    return told.text


@asynccontextmanager
async def at_ease(folder: Path) -> AsyncIterator[tuple[Valkey, httpx.AsyncClient]]:
    """A store that is well, and someone who has asked once and heard so."""
    with valkey() as store:
        async with probe(store, folder) as client:
            assert await answer(client, 200) == "ready"
            yield store, client


async def test_it_goes_and_comes_back_with_the_store(tmp_path: Path) -> None:
    async with at_ease(tmp_path) as (store, client):
        store.kill()
        assert await answer(client, 503) == "not ready"
        assert (await client.get("/livez")).text == "alive"
        store.start()
        assert await answer(client, 200) == "ready"


async def test_a_store_that_takes_nothing_is_as_good_as_none(tmp_path: Path) -> None:
    async with at_ease(tmp_path) as (store, client):
        store.make_read_only()
        assert await answer(client, 503) == "not ready"


async def test_a_store_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    async with at_ease(tmp_path) as (store, client):
        store.pause()
        try:
            assert await answer(client, 503) == "not ready"
        finally:
            store.resume()


async def test_what_may_lose_work_is_told_beside(tmp_path: Path) -> None:
    with valkey(appendonly="no") as store:
        async with probe(store, tmp_path) as client:
            assert (await answer(client, 200)).startswith("ready\npersistence is off")
