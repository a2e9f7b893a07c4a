"""How clients of the store are made, and how its troubles are told."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ClusterError, NoPermissionError, RedisClusterException, ResponseError
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

from core.errors import StoreAway
from core.store import clients
from core.store.keys import Keys
from core.store.line import Blocking, Shared

PATIENCE = 5.0  # seconds to wait for a free connection, for a connection to open, and for each reply
BLOCK = 5.0  # seconds that a blocking read blocks, unless told otherwise

# What the server says when it works but cannot serve now. Redis 6.2 buries these words within the error of a script.
_AWAY = re.compile(
    r"\b(READONLY|OOM|MISCONF|LOADING|BUSY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED"
    r"|max number of clients)\b"
)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Which store to use: the server at `url`, or with None an embedded one in the folder `data`.

    `url` is `redis://`, `rediss://`, `valkey://`, `valkeys://` or `unix://`; its query may name `db`, `ssl_…` options
    and `max_connections`. `redis+sentinel://host:port,host:port/name` asks sentinels for the server of that name,
    `redis+cluster://host:port,host:port` is a cluster. `prefix` keeps two bots on one server apart, `secret` is that of
    `core.store.keys.Keys`.
    """

    url: str | None
    data: Path
    prefix: str = "photoreel"
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Durability:
    """What the server says about keeping data. An empty text or a None is what it would not tell.

    `eviction_policy` other than "noeviction" throws records away when memory is short; `max_bytes` 0 means no limit.
    """

    version: str
    append_only: bool | None
    eviction_policy: str
    read_only: bool
    used_bytes: int
    max_bytes: int


@contextmanager
def translated() -> Iterator[None]:
    """Turn every way in which the store can be away, read-only, loading or full into `StoreAway`."""
    try:
        yield
    except (NoConnection, NoAnswer, RedisClusterException, ClusterError) as error:
        raise StoreAway(str(error)) from error
    except ResponseError as error:
        if not _AWAY.search(str(error)) and not _AWAY.search(error.status_code or ""):
            raise
        raise StoreAway(str(error)) from error


class Connection:
    """The clients of one store. They never retry: a reply that is lost may belong to a command that was carried out.

    `commands` is for everything that answers at once, over one connection; `blocking` and `reader` are for reads that
    wait. Keys come from `keys`.
    """

    def __init__(self, url: str, keys: Keys, *, patience: float = PATIENCE) -> None:
        self.keys = keys
        self._address = clients.address_of(url)
        self._patience = patience
        self._blocking: dict[float, Redis] = {}
        self._hearing: dict[tuple[str, int], Redis] = {}
        self._readers: list[Redis] = []
        self.commands = clients.client_of(self._address, patience, patience, Shared)

    @property
    def clustered(self) -> bool:
        """Whether each partition may be on a server of its own: then no read takes streams of several."""
        return isinstance(self._address, clients.Clustered)

    def blocking(self, seconds: float = BLOCK) -> Redis:
        """A client whose reads may block for up to `seconds`. All who name the same time share it."""
        if seconds not in self._blocking:
            self._blocking[seconds] = clients.client_of(self._address, seconds + self._patience, self._patience)
        return self._blocking[seconds]

    def reader(self) -> Redis:
        """A client for one task at a time, whose reads may block for up to `BLOCK` seconds. A cluster has none."""
        self._readers.append(clients.client_of(self._address, BLOCK + self._patience, self._patience, Blocking))
        return self._readers[-1]

    async def hearing(self, seconds: float) -> Redis:
        """A client of one server that hears what is published; in a cluster all of them do. Raises `StoreAway`."""
        if not isinstance(self.commands, RedisCluster):
            return self.blocking(seconds)
        with translated():
            await self.commands.initialize()
            node = random.choice(self.commands.get_primaries())  # noqa: S311  (any will do)
        place = (node.host, int(node.port))
        if place not in self._hearing:
            self._hearing[place] = clients.client_of(
                self._address.node(*place), seconds + self._patience, self._patience
            )
        return self._hearing[place]

    async def probe(self) -> None:
        """Write something small, as any record is written. Raises `StoreAway`."""
        with translated():
            await self.commands.set(self.keys.in_partition(0, "probe"), b"", ex=60)

    async def durability(self) -> Durability:
        """What is known of how the server keeps data. Raises `StoreAway`."""
        with translated():
            try:
                return _durability(await self.commands.info("everything"))
            except NoPermissionError:
                return _durability({})

    async def close(self) -> None:
        """Close every connection of every client."""
        for client in (self.commands, *self._readers, *self._blocking.values(), *self._hearing.values()):
            await client.aclose()


@asynccontextmanager
async def open_store(settings: StoreSettings) -> AsyncIterator[Connection]:
    """Clients of the store that the settings name; the embedded server is started, or attached to, on the way in.

    Raises `StoreAway` where the embedded server cannot be started or the address cannot be understood. A server
    elsewhere is not asked before the first command.
    """
    async with AsyncExitStack() as stack:
        url = settings.url
        if url is None:
            url = await stack.enter_async_context(_embedded(settings.data / "store"))
        connection = Connection(url, Keys(settings.prefix, settings.secret))
        stack.push_async_callback(connection.close)
        yield connection


@asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[str]:
    if sys.platform == "win32":
        raise StoreAway("there is no embedded store on Windows: REDIS_URL is required")
    from core.store.embedded import embedded  # needs what only POSIX has

    async with embedded(folder) as socket:
        yield f"unix://{quote(str(socket))}"


def _durability(info: Mapping[str, Any]) -> Durability:
    append_only = info.get("aof_enabled")
    return Durability(
        version=str(info.get("valkey_version") or info.get("redis_version") or ""),
        append_only=None if append_only is None else bool(append_only),
        eviction_policy=str(info.get("maxmemory_policy", "")),
        read_only=info.get("role", "master") != "master",
        used_bytes=int(info.get("used_memory", 0)),
        max_bytes=int(info.get("maxmemory", 0)),
    )
