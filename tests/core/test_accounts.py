"""Whose token is used: one anonymous account for the whole installation, fetched once; the operator's own as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.accounts import WEEK, Account, Accounts, AccountSettings
from core.errors import BackendAway, RateLimited, TokenExpired
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from core.skills import load
from core.store.accounts import StoredAccounts
from core.store.connection import StoreSettings, open_store
from core.store.keys import Keys
from core.store.secrets import Sealer
from studio.faults import Answer, Delay, Drop, Endpoint
from studio.serve import Studio
from tests.wire.studio import studio
from tests.wire.valkey import Valkey, valkey

pytestmark = pytest.mark.anyio

SETTINGS = AccountSettings("cloud", look=0.01, rate_limit_wait=0.05, patience=5.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey() as running:
        yield running


@dataclass
class Agency:
    """Four processes' worth of `Accounts` over one store, in front of one backend. `now` may be moved on."""

    offices: list[Accounts]
    stores: list[StoredAccounts]
    backend: Studio
    now: list[float]

    @property
    def asked(self) -> int:
        return self.backend.ledger.count(Endpoint.TOKEN)

    @property
    def ids(self) -> set[str]:
        """The client ids that were shown to the backend."""
        return {call.headers["x-client-id"] for call in self.backend.ledger.calls if call.endpoint is Endpoint.TOKEN}


@asynccontextmanager
async def agency(
    server: Valkey, folder: Path, settings: AccountSettings = SETTINGS, lock_seconds: float = 10.0, **more: Any
) -> AsyncIterator[Agency]:
    now = [1_800_000_000.0]
    async with (
        studio(folder / "studio", clock=lambda: now[0], **more) as backend,
        open_store(StoreSettings(server.url, folder)) as connection,
        open_client(NemoSettings(backend.url, call_seconds=2.0)) as client,
    ):
        keys, sealer = Keys(uuid4().hex), Sealer(bytes(range(32)))
        stores = [StoredAccounts(connection, keys, sealer, "cloud", lock_seconds) for _ in range(4)]
        offices = [Accounts(client, store, settings, now=lambda: now[0]) for store in stores]
        yield Agency(offices, stores, backend, now)


async def test_two_hundred_firsts_at_once_fetch_one_token(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        accounts = await asyncio.gather(*(bureau.offices[number % 4].current() for number in range(200)))
        assert len({account.token for account in accounts}) == 1
        assert bureau.asked == 1
        assert accounts[0].anonymous
        assert accounts[0].user_id.startswith("anon_")


async def test_who_comes_to_the_lock_when_another_has_just_left_it_uses_what_that_one_fetched(
    server: Valkey, tmp_path: Path
) -> None:
    async with agency(server, tmp_path) as bureau:
        lock = bureau.stores[1].lock

        async def late() -> bool:
            await bureau.offices[0].current()
            return await lock()

        bureau.stores[1].lock = late  # type: ignore[method-assign]
        await bureau.offices[1].current()
        assert bureau.asked == 1


async def test_two_hundred_refused_at_once_fetch_one_other_token(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        stale = await bureau.offices[0].current()
        bureau.now[0] += WEEK + 1
        fresh = await asyncio.gather(*(bureau.offices[number % 4].renewed(stale) for number in range(200)))
        assert len({account.token for account in fresh}) == 1
        assert fresh[0].token != stale.token
        assert bureau.asked == 2
        assert len(bureau.ids) == 1


async def test_a_token_is_used_until_shortly_before_its_end(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        first = await bureau.offices[0].current()
        bureau.now[0] += WEEK - 3600
        assert (await bureau.offices[1].current()).token == first.token
        assert bureau.asked == 1
        bureau.now[0] += 3600
        assert (await bureau.offices[1].current()).token != first.token


async def test_close_to_its_end_the_old_token_does_where_there_is_no_other_yet(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        first = await bureau.offices[0].current()
        bureau.now[0] += WEEK - 60
        assert (await bureau.offices[1].current()).token == first.token


async def test_a_lost_reply_costs_one_fresh_client_id_which_is_on_record_first(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Drop(after=True))
        with pytest.raises(BackendAway):
            await bureau.offices[0].current()
        lost = await bureau.stores[1].application()
        assert lost is not None
        assert lost.asked_at > 0
        seen: list[str] = []
        apply = bureau.stores[1].apply

        async def recorded(application: Any) -> None:
            seen.append(f"{application.client_id} after {bureau.asked}")
            await apply(application)

        bureau.stores[1].apply = recorded  # type: ignore[method-assign]
        account = await bureau.offices[1].current()
        assert len(bureau.ids) == 2
        assert bureau.asked == 3
        fresh = (bureau.ids - {lost.client_id}).pop()
        assert f"{fresh} after 2" in seen
        assert (await bureau.offices[2].current()).token == account.token
        assert bureau.asked == 3


async def test_a_reply_that_was_lost_on_the_way_there_costs_nothing(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Drop())
        with pytest.raises(BackendAway):
            await bureau.offices[0].current()
        await bureau.offices[1].current()
        assert len(bureau.ids) == 1


async def test_a_crash_between_the_two_client_ids_does_not_forget_that_a_reply_was_lost(
    server: Valkey, tmp_path: Path
) -> None:
    async with agency(server, tmp_path) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Drop(after=True))
        with pytest.raises(BackendAway):
            await bureau.offices[0].current()
        apply = bureau.stores[1].apply
        known = await bureau.stores[1].application()
        assert known is not None

        async def killed(application: Any) -> None:
            if application.client_id != known.client_id:
                raise KeyboardInterrupt("killed")
            await apply(application)

        bureau.stores[1].apply = killed  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            await bureau.offices[1].current()
        assert (await bureau.offices[2].current()).token


async def test_a_rate_limit_is_waited_for_once(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Answer(429, json={"code": 429}))
        await bureau.offices[0].current()
        assert bureau.asked == 2
        assert len(bureau.ids) == 1


async def test_a_rate_limit_that_stays_is_told_after_two_tries(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Answer(429, json={"code": 429}), times=9)
        with pytest.raises(RateLimited):
            await bureau.offices[0].current()
        assert bureau.asked == 2
        assert len(bureau.ids) == 1


async def test_the_chosen_client_id_is_used(server: Valkey, tmp_path: Path) -> None:
    chosen = replace(SETTINGS, client_id="my-own-client-id")
    async with agency(server, tmp_path, chosen) as bureau:
        await bureau.offices[0].current()
        assert bureau.ids == {"my-own-client-id"}


async def test_a_process_that_died_while_it_asked_is_followed_by_another(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path, lock_seconds=0.3) as bureau:
        assert await bureau.stores[3].lock()
        assert (await bureau.offices[0].current()).token
        assert bureau.asked == 1


async def test_the_lock_is_held_for_as_long_as_the_backend_takes(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path, lock_seconds=0.2) as bureau:
        bureau.backend.faults.order(Endpoint.TOKEN, Delay(0.8))
        accounts = await asyncio.gather(*(office.current() for office in bureau.offices))
        assert len({account.token for account in accounts}) == 1
        assert bureau.asked == 1


async def test_who_waits_for_another_process_does_not_wait_for_ever(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path, replace(SETTINGS, patience=0.1)) as bureau:
        assert await bureau.stores[3].lock()
        with pytest.raises(BackendAway):
            await bureau.offices[0].current()
        assert bureau.asked == 0


async def test_the_operators_token_is_used_as_it_is_and_never_renewed(server: Valkey, tmp_path: Path) -> None:
    async with agency(server, tmp_path, replace(SETTINGS, token="nmv_usr_own")) as bureau:
        account = await bureau.offices[0].current()
        assert (account.token, account.anonymous) == ("nmv_usr_own", False)
        with pytest.raises(TokenExpired):
            await bureau.offices[0].renewed(account)
        assert bureau.asked == 0


async def test_no_secret_shows_in_a_repr(server: Valkey, tmp_path: Path) -> None:
    account = Account("name", "nmv_usr_canary", 1.0)
    settings = replace(SETTINGS, token="nmv_usr_canary", client_id="client-canary")
    assert "canary" not in repr(account) + repr(settings)
    async with agency(server, tmp_path, settings) as bureau:
        skill = load().all[0]
        credential = bureau.offices[0].credential(account, skill)
        assert "canary" not in repr(credential)
        assert (credential.attribution.source, credential.attribution.version) == (skill.name, skill.version)
