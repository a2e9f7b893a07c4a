"""How clients of the store are made, and how its troubles are told."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection, SSLConnection, UnixDomainSocketConnection, parse_url
from redis.asyncio.connection import Connection as TcpConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoPermissionError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from core.errors import StoreAway
from core.store.keys import Keys

PATIENCE = 5.0  # seconds to wait for a free connection, for a connection to open, and for each reply
BLOCK = 5.0  # seconds that a blocking read blocks, unless told otherwise
CONNECTIONS = 64  # commands take well under a millisecond: thousands of turns share these

# What the server says when it works but cannot serve now. Redis 6.2 buries these words within the error of a script.
_AWAY = re.compile(
    r"\b(READONLY|OOM|MISCONF|LOADING|BUSY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|max number of clients)\b"
)


class _Sends(AbstractConnection):
    """redis-py 8.1 sends with `asyncio.wait_for`, which on Python 3.11 loses a cancellation that arrives while the last
    byte goes out: the cancelled task goes on for ever. This sends without, and without a task for every command."""

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: ARG002  (there is none)
    ) -> None:
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._write(command.encode() if isinstance(command, str) else command)
        except TimeoutError as error:
            await self.disconnect(nowait=True)
            raise NoAnswer("the store takes no command") from error
        except OSError as error:
            await self.disconnect(nowait=True)
            raise NoConnection(f"the store hung up: {error}") from error
        except BaseException:  # half a command may have been sent: nothing can follow it
            await self.disconnect(nowait=True)
            raise

    def pack_command(self, *args: Any) -> list[bytes]:
        """The command in the protocol's form; the C library does in one step what redis-py does piece by piece."""
        return [pack_command((*args[0].split(), *args[1:]))]

    async def _write(self, command: bytes | Iterable[bytes]) -> None:
        if (writer := self._writer) is None:
            raise NoConnection("the store hung up")
        writer.writelines([command] if isinstance(command, bytes) else command)
        await writer.drain()


class _Tcp(_Sends, TcpConnection):
    pass


class _Tls(_Sends, SSLConnection):
    pass


class _Unix(_Sends, UnixDomainSocketConnection):
    pass


_SENDING: Final = {TcpConnection: _Tcp, SSLConnection: _Tls, UnixDomainSocketConnection: _Unix}


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Which store to use: the server at `url`, or with None an embedded one in the folder `data`.

    `url` is `redis://`, `rediss://`, `valkey://`, `valkeys://` or `unix://`; its query may name `db`, `ssl_…` options
    and `max_connections`. `prefix` keeps two bots on one server apart, `secret` is that of `core.store.keys.Keys`.
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
    except (NoConnection, NoAnswer) as error:
        raise StoreAway(str(error)) from error
    except ResponseError as error:
        if not _AWAY.search(str(error)) and not _AWAY.search(error.status_code or ""):
            raise
        raise StoreAway(str(error)) from error


class Connection:
    """The clients of one store. They never retry: a reply that is lost may belong to a command that was carried out.

    `commands` is for everything that answers at once, `blocking` for reads that wait. Keys come from `keys`.
    """

    def __init__(self, url: str, keys: Keys, *, patience: float = PATIENCE) -> None:
        self.keys = keys
        self._options = _options(url)
        self._patience = patience
        self._blocking: dict[float, Redis] = {}
        self.commands = self._client(patience)

    def blocking(self, seconds: float = BLOCK) -> Redis:
        """A client whose reads may block for up to `seconds`. All who name the same time share it."""
        if seconds not in self._blocking:
            self._blocking[seconds] = self._client(seconds + self._patience)
        return self._blocking[seconds]

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
        for client in (self.commands, *self._blocking.values()):
            await client.aclose()

    def _client(self, timeout: float) -> Redis:
        pool = BlockingConnectionPool(
            timeout=self._patience,
            **self._options,
            socket_timeout=timeout,
            socket_connect_timeout=self._patience,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,  # two commands less for every new connection
        )
        return Redis.from_pool(pool)


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


def _options(url: str) -> dict[str, Any]:
    scheme, found, rest = url.partition("://")
    try:
        options: dict[str, Any] = dict(
            parse_url(scheme.replace("valkey", "redis").replace("rediss", "rediss") + found + rest)
        )
    except ValueError as error:  # its text may quote the address, which may hold a password
        raise StoreAway(f"not an address of a store: {scheme}://…") from error
    for ours in ("timeout", "socket_timeout", "socket_connect_timeout", "retry_on_timeout", "protocol"):
        options.pop(ours, None)
    options["connection_class"] = _SENDING[options.get("connection_class", TcpConnection)]
    options.setdefault("max_connections", CONNECTIONS)
    return options


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
