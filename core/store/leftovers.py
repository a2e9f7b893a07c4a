"""What processes that were killed leave behind, in the store and on the disk: known by its age, and swept."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from core.errors import StoreError
from core.store.connection import Connection, translated
from core.store.keys import Keys

log = structlog.get_logger(__name__)

SIGN_SECONDS = 10.0  # between two signs of life of a scope
OLD_SECONDS = 24 * 3600  # without a sign of life: long enough for a machine that slept over night


@dataclass(frozen=True, slots=True)
class ScopedKeys(Keys):
    """The keys of a scope, which remember the names that they have given out."""

    given: set[str] = field(default_factory=set, compare=False)

    def in_partition(self, partition: int, kind: str, name: str = "") -> str:
        """See `Keys`."""
        key = Keys.in_partition(self, partition, kind, name)
        self.given.add(key)
        return key


class Leftovers:
    """Scopes (mailboxes of their own, for single shots) and files in the making below `folder`. `now` counts seconds
    since the epoch. Every method that speaks to the store raises `StoreAway`."""

    def __init__(self, connection: Connection, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._redis = connection.commands
        self._keys = connection.keys
        self._folder = folder
        self._now = now

    def keys_of(self, scope: str) -> ScopedKeys:
        """The keys of a scope."""
        within = self._keys.within(scope)
        return ScopedKeys(within.prefix, within.secret)

    @asynccontextmanager
    async def scope(self, name: str) -> AsyncIterator[Keys]:
        """The keys of a scope that is this process's for as long as the block lasts; nothing is left of it then. What a
        killed process leaves goes by itself, since every sign of life gives its keys a lifetime; what it made after the
        last of them is swept."""
        keys = self.keys_of(name)
        await self._sign(name)
        signing = asyncio.create_task(self._keep_signing(name, keys))
        try:
            yield keys
        finally:
            signing.cancel()
            await asyncio.wait([signing])
            await self._wipe(name)

    async def sweep(self) -> None:
        """Remove what nobody can need any more."""
        old = self._now() - OLD_SECONDS
        with translated():
            dead: Any = await self._redis.zrangebyscore(self._scopes, "-inf", old)
        for scope in dead:
            log.info("scope_swept", scope=scope.decode())
            await self._wipe(scope.decode())
        await asyncio.to_thread(_sweep_folder, self._folder, old)

    async def _wipe(self, scope: str) -> None:
        with translated():
            async for key in self._redis.scan_iter(match=f"{self.keys_of(scope).prefix}:*", count=1000):
                await self._redis.unlink(key)
            await self._redis.zrem(self._scopes, scope)

    async def _sign(self, scope: str) -> None:
        with translated():
            await self._redis.zadd(self._scopes, {scope: self._now()})

    async def _keep_signing(self, scope: str, keys: ScopedKeys) -> None:
        while True:
            await asyncio.sleep(SIGN_SECONDS)
            with contextlib.suppress(StoreError), translated():  # the next one will do
                await self._sign(scope)
                for key in tuple(keys.given):
                    await self._redis.expire(key, OLD_SECONDS)

    @property
    def _scopes(self) -> str:
        return self._keys.in_partition(0, "scopes")


def _sweep_folder(folder: Path, old: float) -> None:
    if not folder.is_dir():
        return
    for leftover in folder.iterdir():
        if _touched(leftover) < old:
            log.info("folder_swept", name=leftover.name)
            shutil.rmtree(leftover, ignore_errors=True)
            with contextlib.suppress(OSError):  # it was a file
                leftover.unlink(missing_ok=True)


def _touched(path: Path) -> float:
    """When anything in it was last changed."""
    return max(_times(path), default=0.0)


def _times(path: Path) -> Iterator[float]:
    for one in (path, *path.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # its owner has just cleaned up
            yield one.lstat().st_mtime
