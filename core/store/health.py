"""Whether a store keeps what it is given: what the doctor says of it, and what is said at every start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from core.errors import StoreAway
from core.ports import Finding
from core.store.connection import Connection, Durability, translated

SKEW_SECONDS: Final = 5.0  # work that is due is handed out by each machine's own clock
FULL: Final = 0.8  # of the memory that the server may use


async def findings_of(connection: Connection, now: Callable[[], float] = time.time) -> Sequence[Finding]:
    """All that can be told of it. Raises `StoreAway`."""
    await connection.probe()
    durability = await connection.durability()
    version = f"version {durability.version}" if durability.version else "does not tell its version"
    return [Finding("store", True, version), *_findings(durability), _clock(await _time_of(connection), now())]


async def worries_of(connection: Connection) -> Sequence[Finding]:
    """What may lose people's work; nothing where the store cannot be asked, which is told elsewhere."""
    try:
        return [finding for finding in _findings(await connection.durability()) if not finding.well]
    except StoreAway:
        return ()


def _findings(durability: Durability) -> Iterator[Finding]:
    if durability.append_only is None:
        yield Finding("persistence", True, "the store does not tell whether it keeps data on a disk")
    elif durability.append_only:
        yield Finding("persistence", True, "every record is written to the disk")
    else:
        lost = "persistence is off: a restart of the store loses every project and every job"
        yield Finding("persistence", False, lost, "Set “appendonly yes” for the server at REDIS_URL.")
    if durability.eviction_policy in ("", "noeviction"):
        yield Finding("eviction", True, "nothing is thrown away when memory is short")
    else:
        lost = f"the policy {durability.eviction_policy} throws jobs away when memory is short"
        yield Finding("eviction", False, lost, "Set “maxmemory-policy noeviction” for the server at REDIS_URL.")
    if durability.read_only:
        fix = "Give REDIS_URL the address of the primary server."
        yield Finding("replica", False, "the store is a replica, which takes no records", fix)
    if durability.max_bytes and durability.used_bytes > FULL * durability.max_bytes:
        used = f"{durability.used_bytes / 1e6:.0f} of {durability.max_bytes / 1e6:.0f} MB of memory are used"
        yield Finding("memory", False, used, "Raise “maxmemory” of the server, or lower BLOB_MEGABYTES.")


def _clock(theirs: float, ours: float) -> Finding:
    skew = abs(theirs - ours)
    if skew <= SKEW_SECONDS:
        return Finding("clock of the store", True, "agrees with this machine's")
    fix = "Let both machines set their clocks by NTP."
    return Finding("clock of the store", False, f"{skew:.0f} s apart from this machine's", fix)


async def _time_of(connection: Connection) -> float:
    with translated():
        told: Any = await connection.commands.time()
    return float(told[0]) + float(told[1]) / 1e6
