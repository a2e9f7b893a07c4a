"""Where the installation's anonymous account is kept: sealed, one for all processes, fetched by one at a time."""

from __future__ import annotations

import secrets
from typing import Any

from core.accounts import Account, Application
from core.store.codec import read, write
from core.store.connection import Connection, translated
from core.store.keys import Keys
from core.store.secrets import Sealer

LOCK_SECONDS = 10.0  # after so long, others go on in place of a process that died while it asked

# KEYS: lock · ARGV: owner, milliseconds
HOLD = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
# KEYS: lock · ARGV: owner
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class StoredAccounts:
    """A `core.accounts.AccountStore` in Redis, for the backend of that name."""

    def __init__(
        self, connection: Connection, keys: Keys, sealer: Sealer, backend: str, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self._redis = connection.commands
        self._keys = keys
        self._sealer = sealer
        self._name = f"anonymous@{backend}"
        self._unlock = self._redis.register_script(UNLOCK)
        self._hold = self._redis.register_script(HOLD)
        self._held = b""
        self._milliseconds = int(lock_seconds * 1000)

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
            taken = bool(await self._redis.set(self._key("lock"), owner, nx=True, px=self._milliseconds))
        self._held = owner if taken else self._held
        return taken

    async def hold(self) -> float:
        """Keep the lock, if it is ours. Returns after how many seconds to do so again."""
        with translated():
            await self._hold(keys=[self._key("lock")], args=[self._held, self._milliseconds])
        return self._milliseconds / 3000

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
