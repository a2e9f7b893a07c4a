"""The anonymous account in the store: sealed, kept apart by backend, fetched by one at a time."""

from __future__ import annotations

import pytest

from core.accounts import Account, Application
from core.errors import SecretUnreadable
from core.store.accounts import StoredAccounts
from core.store.connection import Connection
from core.store.secrets import Sealer

pytestmark = pytest.mark.anyio

SEALER = Sealer(bytes(range(32)))
ACCOUNT = Account("anonymous@cloud", "nmv_usr_canary", 123.5, "anon_1")


def store(connection: Connection, backend: str = "cloud", sealer: Sealer = SEALER) -> StoredAccounts:
    return StoredAccounts(connection, connection.keys, sealer, backend)


async def test_an_account_is_read_as_it_was_kept(connection: Connection) -> None:
    accounts = store(connection)
    assert await accounts.account() is None
    await accounts.keep(ACCOUNT)
    assert await store(connection).account() == ACCOUNT


async def test_an_application_is_on_record(connection: Connection) -> None:
    await store(connection).apply(Application("client-canary", 5.0))
    assert await store(connection).application() == Application("client-canary", 5.0)


async def test_nothing_secret_can_be_read_in_the_store(connection: Connection) -> None:
    await store(connection).keep(ACCOUNT)
    await store(connection).apply(Application("client-canary", 5.0))
    async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*"):
        value = await connection.commands.get(key)
        assert value is not None
        assert b"canary" not in value
        assert b"canary" not in key


async def test_backends_have_accounts_of_their_own(connection: Connection) -> None:
    await store(connection, "cloud").keep(ACCOUNT)
    assert await store(connection, "studio").account() is None


async def test_another_key_cannot_open_it(connection: Connection) -> None:
    await store(connection).keep(ACCOUNT)
    with pytest.raises(SecretUnreadable):
        await store(connection, sealer=Sealer(bytes(32))).account()


async def test_one_at_a_time(connection: Connection) -> None:
    first, second = store(connection), store(connection)
    assert await first.lock()
    assert not await second.lock()
    await second.unlock()  # not its own
    assert not await second.lock()
    await first.unlock()
    assert await second.lock()
