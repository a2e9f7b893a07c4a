"""Accounts: who a token belongs to, who may have a new one, and what each has left to spend."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from studio import refusals
from studio.records import load, save
from studio.settings import StudioSettings


@dataclass(frozen=True, slots=True)
class Account:
    """One account. Credits are `available`, or `frozen`: reserved for work in progress."""

    user_id: str
    available: int
    frozen: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was given out: to whom, when. The token itself is not kept, only its hash."""

    user_id: str
    client: str
    address: str
    at: float


@dataclass(frozen=True, slots=True)
class Token:
    """A fresh token, on its way to its owner."""

    secret: str
    user_id: str
    expires_at: str
    credits: int


class Accounts:
    """All accounts and tokens of this studio, kept in one file."""

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._path: Path = settings.folder / "accounts.json"
        self._accounts: dict[str, Account] = {}
        self._grants: dict[str, Grant] = {}
        self._read()
        for secret in settings.tokens:
            self._register(secret)

    def grant(self, client: str, address: str) -> Token:
        """A token for this client id. Refuses a second one within the week, and too many for one address."""
        now = self._settings.clock()
        recent = [grant for grant in self._grants.values() if now - grant.at < self._settings.token_seconds]
        if any(grant.client == client for grant in recent):
            raise refusals.Refusal(429, "Too many tokens for this client id")
        if sum(grant.address == address for grant in recent) >= self._settings.tokens_per_address:
            raise refusals.Refusal(429, "Too many tokens for this address")
        user = self._user_of(client) or f"anon_{secrets.token_hex(8)}"
        secret = f"nmv_usr_{secrets.token_urlsafe(24)}"
        self._grants[_digest(secret)] = Grant(user, client, address, now)
        frozen = self._accounts[user].frozen if user in self._accounts else 0
        self._accounts[user] = Account(user, self._settings.credits, frozen)
        self._write()
        expires = datetime.fromtimestamp(now + self._settings.token_seconds, UTC)
        return Token(secret, user, expires.isoformat(timespec="seconds"), self._settings.credits)

    def owner(self, secret: str) -> Account:
        """Whose token this is. Refuses an unknown or expired one."""
        grant = self._grants.get(_digest(secret))
        if grant is None:
            raise refusals.bad_token()
        if grant.client and self._settings.clock() - grant.at >= self._settings.token_seconds:
            raise refusals.bad_token()
        return self._accounts[grant.user_id]

    def account(self, user: str) -> Account:
        """How an account stands."""
        return self._accounts[user]

    def reserve(self, user: str, amount: int) -> None:
        """Set credits aside for work that begins. Refuses where there are not enough."""
        account = self._accounts[user]
        if account.available < amount:
            raise refusals.out_of_credits(user)
        self._put(replace(account, available=account.available - amount, frozen=account.frozen + amount))

    def settle(self, user: str, amount: int) -> None:
        """The work is done: what was set aside is spent."""
        account = self._accounts[user]
        self._put(replace(account, frozen=max(0, account.frozen - amount)))

    def release(self, user: str, amount: int) -> None:
        """Nothing came of the work: what was set aside is available again."""
        account = self._accounts[user]
        freed = min(amount, account.frozen)
        self._put(replace(account, available=account.available + freed, frozen=account.frozen - freed))

    def expire(self) -> None:
        """Let all anonymous tokens be past their time, as if a week had gone by."""
        self._grants = {
            key: grant if not grant.client else replace(grant, at=0.0) for key, grant in self._grants.items()
        }
        self._write()

    def spend(self, left: int) -> None:
        """Leave every account with so many credits."""
        self._accounts = {user: replace(account, available=left) for user, account in self._accounts.items()}
        self._write()

    def _user_of(self, client: str) -> str:
        return next((grant.user_id for grant in self._grants.values() if grant.client == client), "")

    def _register(self, secret: str) -> None:
        user = f"usr_{_digest(secret)[:16]}"
        self._grants[_digest(secret)] = Grant(user, "", "", 0.0)
        self._accounts.setdefault(user, Account(user, self._settings.credits))

    def _put(self, account: Account) -> None:
        self._accounts[account.user_id] = account
        self._write()

    def _read(self) -> None:
        record = load(self._path) or {}
        self._accounts = {user: Account(**fields) for user, fields in record.get("accounts", {}).items()}
        self._grants = {key: Grant(**fields) for key, fields in record.get("grants", {}).items()}

    def _write(self) -> None:
        accounts = {user: asdict(account) for user, account in self._accounts.items()}
        grants = {key: asdict(grant) for key, grant in self._grants.items()}
        save(self._path, {"accounts": accounts, "grants": grants})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
