"""Where accounts are kept, sealed: the installation's anonymous one, fetched by one at a time, and people's own."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from typing import Any

from core.accounts import LINKED, Account, Application
from core.errors import SecretUnreadable
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
        self._backend = backend
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

    # --- people's own -------------------------------------------------------------------------------------------------

    async def linked(self, owner: str) -> Account | None:
        """The account that the owner has linked. The same token gives an account of the same name."""
        with translated():
            sealed: Any = await self._redis.get(self._link(owner))
        if sealed is None:
            return None
        token = self._sealer.open(sealed, self._place(owner)).decode()
        name = f"{LINKED}{self._backend}:{self._sealer.mark(token)}"
        return Account(name, token, float("inf"), anonymous=False)

    async def link(self, owner: str, token: str) -> None:
        """Keep the token until it is unlinked."""
        with translated():
            await self._redis.set(self._link(owner), self._sealer.seal(token, self._place(owner)))

    async def unlink(self, owner: str) -> bool:
        """Erase it. False where there was nothing."""
        with translated():
            return bool(await self._redis.delete(self._link(owner)))

    def sealed(self, owner: str, text: str) -> str:
        """A text that only the same owner's `opened` reads."""
        return b64encode(self._sealer.seal(text, self._place(owner))).decode()

    def opened(self, owner: str, sealed: str) -> str:
        """The inverse of `sealed`. Raises `SecretUnreadable`."""
        try:
            return self._sealer.open(b64decode(sealed, validate=True), self._place(owner)).decode()
        except ValueError:
            raise SecretUnreadable("not a sealed text") from None

    def _link(self, owner: str) -> str:
        return self._keys.named("link", owner) + f":{self._backend}"

    def _place(self, owner: str) -> str:
        return f"{LINKED}{self._backend}:{owner}"

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _read(self, what: str, kind: Any) -> Any:
        with translated():
            sealed: Any = await self._redis.get(self._key(what))
        return None if sealed is None else read(kind, self._sealer.open(sealed, f"{self._name}:{what}"))

    async def _write(self, what: str, value: Any) -> None:
        with translated():
            await self._redis.set(self._key(what), self._sealer.seal(write(value), f"{self._name}:{what}"))

    def _key(self, what: str) -> str:
        return self._keys.named("account", self._name) + f":{what}"
