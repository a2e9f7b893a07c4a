"""Where the installation's anonymous account is kept: sealed, one for all processes, fetched by one at a time."""

from __future__ import annotations

import secrets
from typing import Any

from core.accounts import Account, Application
from core.store.codec import read, write
from core.store.connection import Connection, translated
from core.store.keys import Keys
from core.store.secrets import Sealer

LOCK_SECONDS = 240  # two calls and the pause between them fit into it

# KEYS: lock · ARGV: owner
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class StoredAccounts:
    """A `core.accounts.AccountStore` in Redis, for the backend of that name."""

    def __init__(self, connection: Connection, keys: Keys, sealer: Sealer, backend: str) -> None:
        self._redis = connection.commands
        self._keys = keys
        self._sealer = sealer
        self._name = f"anonymous@{backend}"
        self._unlock = self._redis.register_script(UNLOCK)
        self._held = b""

    async def account(self) -> Account | None:
        """The account, if there is one."""
        account: Account | None = await self._read("account", Account)
        return account

    async def keep(self, account: Account) -> None:
        """Keep it."""
        await self._write("account", account)

    async def application(self) -> Application | None:
        """The last application for an account."""
        application: Application | None = await self._read("application", Application)
        return application

    async def apply(self, application: Application) -> None:
        """Record an application before it is made."""
        await self._write("application", application)

    async def lock(self) -> bool:
        """Whether this process may ask for an account now."""
        owner = secrets.token_bytes(12)
        with translated():
            taken = bool(await self._redis.set(self._key("lock"), owner, nx=True, ex=LOCK_SECONDS))
        self._held = owner if taken else self._held
        return taken

    async def unlock(self) -> None:
        """Let others ask."""
        with translated():
            await self._unlock(keys=[self._key("lock")], args=[self._held])

    async def _read(self, what: str, kind: Any) -> Any:
        with translated():
            sealed: Any = await self._redis.get(self._key(what))
        return None if sealed is None else read(kind, self._sealer.open(sealed, f"{self._name}:{what}"))

    async def _write(self, what: str, value: Any) -> None:
        with translated():
            await self._redis.set(self._key(what), self._sealer.seal(write(value), f"{self._name}:{what}"))

    def _key(self, what: str) -> str:
        return self._keys.named("account", self._name) + f":{what}"
