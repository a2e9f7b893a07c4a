"""Whose token speaks to the backend: a person's own, the operator's, or one anonymous account that all share."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Protocol

from core.errors import (
    AccountGone,
    BackendAway,
    BackendError,
    LinkRefused,
    ProtocolError,
    RateLimited,
    StoreError,
    TokenExpired,
)
from core.messages import InboundMessage, Press
from core.nemo.attribution import Attribution, platform_of
from core.nemo.client import NemoClient
from core.nemo.values import AnonymousToken, Credential, Credits
from core.skills import Skill

LINKED = "linked@"  # the names of people's own accounts begin so
WEEK = 7 * 24 * 3600
MARGIN = 600.0  # seconds before its end at which a token counts as expired: a turn may last that long


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """`backend` names the backend whose accounts these are; `token` is the operator's own, if any; `client_id` the
    installation's for an anonymous one, empty to have one generated and kept. `skill_platform` overrides what is
    detected below `home`. Times in seconds: `patience` is how long to wait for a token in all, `look` how often to see
    whether another process has got it, `rate_limit_wait` the longest pause after a 429."""

    backend: str
    client_id: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    skill_platform: str = ""
    home: Path = Path("~")
    patience: float = 90.0
    look: float = 0.2
    rate_limit_wait: float = 30.0


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the backend. Times are seconds since the epoch."""

    name: str
    token: str = field(repr=False)
    expires_at: float
    user_id: str = ""
    anonymous: bool = True

    @property
    def linked(self) -> bool:
        """Whether a person has lent it to the bot for their own videos."""
        return self.name.startswith(LINKED)


@dataclass(frozen=True, slots=True)
class Application:
    """An anonymous token that was asked for: the client id is on record before the question, `asked_at` says when."""

    client_id: str = field(repr=False)
    asked_at: float = 0.0


class AccountStore(Protocol):
    """Where accounts are kept, sealed: the anonymous one, and people's own. `core.store.accounts` has the real one."""

    async def account(self) -> Account | None: ...
    async def keep(self, account: Account) -> None: ...
    async def application(self) -> Application | None: ...
    async def apply(self, application: Application) -> None: ...
    async def lock(self) -> bool: ...
    async def hold(self) -> float: ...
    async def unlock(self) -> None: ...

    async def linked(self, owner: str) -> Account | None: ...
    async def link(self, owner: str, token: str) -> None: ...
    async def unlink(self, owner: str) -> bool: ...
    def sealed(self, owner: str, text: str) -> str: ...
    def opened(self, owner: str, sealed: str) -> str: ...


def owner_of(inbound: InboundMessage | Press) -> str:
    """Whose own account may speak here: the person's in a private chat, nobody's in a group, where the project is
    everybody's."""
    return f"{inbound.key.platform}/{inbound.sender.id}" if inbound.private else ""


class Accounts:
    """Hands out credentials, and fetches the anonymous token once for all processes."""

    def __init__(
        self,
        client: NemoClient,
        store: AccountStore,
        settings: AccountSettings,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._store = store
        self._settings = settings
        self._now = now

    async def current(self, owner: str = "") -> Account:
        """The account that is used now: the owner's, where they have linked one. Raises `BackendError` when none can be
        had."""
        return await self._linked(owner) or await self._shared()

    async def of_name(self, name: str, owner: str = "") -> Account:
        """The account of that name, for what was begun with it; the one that all share in place of another of its kind.
        Raises `AccountGone` for a person's own that is linked no more."""
        linked = await self._linked(owner)
        if linked is not None and linked.name == name:
            return linked
        if name.startswith(LINKED):
            raise AccountGone("token", "unlinked")
        return await self._shared()

    async def _linked(self, owner: str) -> Account | None:
        return await self._store.linked(owner) if owner else None

    async def _shared(self) -> Account:
        if self._settings.token:
            name = f"operator@{self._settings.backend}"
            return Account(name, self._settings.token, expires_at=float("inf"), anonymous=False)
        return await self._anonymous(stale="")

    async def renewed(self, stale: Account) -> Account:
        """Another token in place of one that the backend refused. Raises `LinkRefused` for a person's own, and
        `TokenExpired` for the operator's: nobody else can renew those."""
        if stale.linked:
            raise LinkRefused("token", "the linked token was refused", code=1001)
        if not stale.anonymous:
            raise TokenExpired("token", "the operator's token was refused", code=1001)
        return await self._anonymous(stale=stale.token)

    def credential(self, account: Account, skill: Skill) -> Credential:
        """The account's token, in the name of a skill."""
        platform = platform_of(skill.path, self._settings.home, self._settings.skill_platform)
        return Credential(account.token, Attribution(skill.name, skill.version, platform))

    # --- people's own accounts ----------------------------------------------------------------------------------------

    async def link(self, owner: str, token: str, skill: Skill) -> Credits:
        """Use the token for its owner from now on, if the backend takes it. Returns its balance. Raises `TokenExpired`
        where it is refused, and other `BackendError`; nothing has changed then."""
        balance = await self._client.credits(self.credential(Account("", token, float("inf")), skill))
        await self._store.link(owner, token)
        return balance

    async def has_link(self, owner: str) -> bool:
        """Whether they have linked an account of their own."""
        return await self._linked(owner) is not None

    async def unlink(self, owner: str) -> bool:
        """Forget the owner's token. False where there was none."""
        return bool(owner) and await self._store.unlink(owner)

    def sealed(self, owner: str, text: str) -> str:
        """A secret of the owner's on its way through the store; `opened` reads it."""
        return self._store.sealed(owner, text)

    def opened(self, owner: str, sealed: str) -> str:
        """The inverse of `sealed`. Raises `SecretUnreadable`."""
        return self._store.opened(owner, sealed)

    # --- the anonymous account ----------------------------------------------------------------------------------------

    async def _anonymous(self, stale: str) -> Account:
        until = monotonic() + self._settings.patience
        while monotonic() < until:
            if account := await self._usable(stale):
                return account
            if await self._store.lock():
                async with self._holding():
                    return await self._usable(stale) or await self._fetched(stale)
            await asyncio.sleep(self._settings.look)  # another process is fetching it
        raise BackendAway("token", "another process has been fetching it for too long", sent=False)

    @asynccontextmanager
    async def _holding(self) -> AsyncIterator[None]:
        """Keep the lock while it is needed, and no longer: not even when this process dies."""
        keeping = asyncio.create_task(self._keep_holding())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            with suppress(StoreError):  # its time will be over soon
                await self._store.unlock()

    async def _keep_holding(self) -> None:
        with suppress(StoreError):  # then others go on when its time is over
            while pause := await self._store.hold():  # noqa: ASYNC110  # no event tells when it is time
                await asyncio.sleep(pause)

    async def _usable(self, stale: str, margin: float = MARGIN) -> Account | None:
        account = await self._store.account()
        usable = account and account.token != stale and account.expires_at - margin > self._now()
        return account if usable else None

    async def _fetched(self, stale: str) -> Account:
        """Another token; close to its end the old one must do where the backend gives no second one within the week."""
        try:
            return await self._fetch()
        except RateLimited:
            if account := await self._usable(stale, margin=0.0):
                return account
            raise

    async def _fetch(self) -> Account:
        """Ask for a token. An application on record without an account means that a reply was lost: then, if the
        backend says that this client id has had its token, a fresh id may be used, recorded first."""
        earlier, chosen = await self._store.application(), self._settings.client_id
        if earlier is None or (chosen and earlier.client_id != chosen):
            earlier = Application(chosen or str(uuid.uuid4()))
        application, lost = earlier, earlier.asked_at > 0
        try:
            return await self._apply(application, patient=not lost)
        except RateLimited:
            if not lost:
                raise
            return await self._apply(Application(str(uuid.uuid4())), patient=True)

    async def _apply(self, application: Application, *, patient: bool) -> Account:
        await self._store.apply(replace(application, asked_at=self._now()))
        try:
            account = self._account_of(await self._ask(application.client_id, patient=patient))
            await self._store.keep(account)
        except BackendAway as error:
            if not error.sent:
                await self._store.apply(replace(application, asked_at=0.0))
            raise
        except RateLimited:
            if patient:  # else the caller goes on with another id, and until then this one stays on record
                await self._store.apply(replace(application, asked_at=0.0))
            raise
        except ProtocolError:  # who knows what that was: perhaps a token
            raise
        except BackendError:  # a definite no: nothing is owed to this client id
            await self._store.apply(replace(application, asked_at=0.0))
            raise
        await self._store.apply(replace(application, asked_at=0.0))
        return account

    async def _ask(self, client_id: str, *, patient: bool) -> AnonymousToken:
        try:
            return await self._client.anonymous_token(client_id)
        except RateLimited as limit:
            if not patient:
                raise
            await asyncio.sleep(min(limit.retry_after, self._settings.rate_limit_wait))
            return await self._client.anonymous_token(client_id)

    def _account_of(self, token: AnonymousToken) -> Account:
        expires = token.expires_at.timestamp() if token.expires_at else self._now() + WEEK
        return Account(f"anonymous@{self._settings.backend}", token.token, expires, user_id=token.user_id)
