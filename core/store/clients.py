"""Clients of the store: of one server, of the one that sentinels name, of a cluster. None of them retries by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, assert_never, cast
from urllib.parse import urlsplit, urlunsplit

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection, SSLConnection, UnixDomainSocketConnection, parse_url
from redis.asyncio.connection import Connection as TcpConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

from core.errors import StoreAway

CONNECTIONS = 64  # commands take well under a millisecond: thousands of turns share these
SENTINEL_PORT = 26379
PORT = 6379


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


class _Managed(_Sends, SentinelManagedConnection):
    pass


class _ManagedTls(_Sends, SentinelManagedSSLConnection):
    pass


_SENDING: Final = {TcpConnection: _Tcp, SSLConnection: _Tls, UnixDomainSocketConnection: _Unix}


@dataclass(frozen=True, slots=True)
class Single:
    """One server. `options` are those of its connections."""

    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The server that sentinels call `name` and replace when it fails."""

    sentinels: Sequence[tuple[str, int]]
    name: str
    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clustered:
    """A cluster, of which these nodes are known."""

    nodes: Sequence[tuple[str, int]]
    options: Mapping[str, Any] = field(repr=False)

    def node(self, host: str, port: int) -> Single:
        """One of its servers by itself."""
        return Single({**self.options, "host": host, "port": port})


Address = Single | Guarded | Clustered


def address_of(url: str) -> Address:
    """What an address means. Raises `StoreAway` for what is none, without quoting it: it may hold a password."""
    scheme, _, rest = url.partition("://")
    base, _, kind = scheme.replace("valkey", "redis").partition("+")
    try:
        return _ADDRESSES[kind](base, rest)
    except (ValueError, KeyError) as error:
        raise StoreAway(f"not an address of a store: {scheme}://…") from error


def _single(scheme: str, rest: str) -> Single:
    return Single(_options(f"{scheme}://{rest}"))


def _sentinels(scheme: str, rest: str) -> Guarded:
    hosts, path, bare = _apart(scheme, rest, SENTINEL_PORT)
    name, _, database = path.partition("/")
    if not name:
        raise ValueError("which server the sentinels are to be asked for")
    return Guarded(hosts, name, {**_options(bare), "db": int(database or 0)})


def _cluster(scheme: str, rest: str) -> Clustered:
    hosts, path, bare = _apart(scheme, rest, PORT)
    if path.strip("0"):
        raise ValueError("a cluster has one database")
    return Clustered(hosts, _options(bare))


_ADDRESSES: Final[Mapping[str, Callable[[str, str], Address]]] = {
    "": _single,
    "sentinel": _sentinels,
    "cluster": _cluster,
}


def _apart(scheme: str, rest: str, port: int) -> tuple[Sequence[tuple[str, int]], str, str]:
    """Hosts, path, and the address of the first host alone, with user and options."""
    if scheme not in ("redis", "rediss"):
        raise ValueError("no such scheme")
    parts = urlsplit(f"//{rest}")
    user, at, listed = parts.netloc.rpartition("@")
    places = [urlsplit(f"//{one}") for one in listed.split(",") if one]
    hosts = [(one.hostname or "localhost", one.port or port) for one in places]
    if not hosts:
        raise ValueError("no host")
    bare = urlunsplit((scheme, f"{user}{at}{places[0].netloc}", "", parts.query, ""))
    return hosts, parts.path.strip("/"), bare


def _options(url: str) -> dict[str, Any]:
    options: dict[str, Any] = dict(parse_url(url))
    for ours in ("timeout", "socket_timeout", "socket_connect_timeout", "retry_on_timeout", "protocol"):
        options.pop(ours, None)
    options["connection_class"] = _SENDING[options.get("connection_class", TcpConnection)]
    options.setdefault("max_connections", CONNECTIONS)
    return options


def client_of(address: Address, timeout: float, patience: float, kind: type[Redis] = Redis) -> Redis:
    """A client that waits up to `timeout` seconds for a reply, and up to `patience` for a connection. `kind` is what
    speaks to a single server; a cluster has its own."""
    common: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,  # two commands less for every new connection
    }
    match address:
        case Single(options):
            return kind.from_pool(BlockingConnectionPool(timeout=patience, **options, **common))
        case Guarded(sentinels, name, options):
            return kind.from_pool(_guarded(sentinels, name, {**options, **common}, patience))
        case Clustered(nodes, options):
            return cast(Redis, _Cluster(nodes, {**options, **common}, patience))  # what is used of it is the same
        case _:
            assert_never(address)


# --- sentinels --------------------------------------------------------------------------------------------------------


class _GuardedPool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection, where redis-py's own raises."""


def _guarded(sentinels: Sequence[tuple[str, int]], name: str, options: dict[str, Any], patience: float) -> _GuardedPool:
    secure = issubclass(options.pop("connection_class"), SSLConnection)
    for one in ("host", "port"):
        options.pop(one, None)
    asked = {"socket_timeout": patience, "socket_connect_timeout": patience, "protocol": 2}
    manager = Sentinel(sentinels, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    connection = _ManagedTls if secure else _Managed
    return _GuardedPool(name, manager, connection_class=connection, timeout=patience, **options)  # type: ignore[no-untyped-call]


# --- a cluster --------------------------------------------------------------------------------------------------------


class _Cluster(RedisCluster):
    """redis-py's client of a cluster, with our connections. It keeps as many connections as are needed at once, so what
    is done at once is bounded here: its own bound is an error, not a wait."""

    def __init__(self, nodes: Sequence[tuple[str, int]], options: dict[str, Any], patience: float) -> None:
        connection = options.pop("connection_class")
        room = options.pop("max_connections")
        secure = issubclass(connection, SSLConnection)
        for one in ("host", "port", "db"):
            options.pop(one, None)
        known = [ClusterNode(host, port) for host, port in nodes]
        super().__init__(startup_nodes=known, ssl=secure, max_connections=10_000, **options)
        self.connection_kwargs["connection_class"] = connection
        for node in self.startup_nodes:
            node.connection_class = connection
        self._room = asyncio.Semaphore(room)
        self._patience = patience

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """One command, as soon as there is room for it."""
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError as error:
            raise NoAnswer("no connection is free") from error
        try:
            return await super().execute_command(*args, **kwargs)
        finally:
            self._room.release()
