"""The wide world on loopback: hosts with names and certificates of their own, for a client that may go anywhere."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from core.nemo.transport import Network
from tests.wire.backend import Backend


class World(AbstractResolver):
    """Leads the named hosts here, whatever port was asked for; nobody knows any other."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._ports = {name: URL(url).port or 0 for name, url in hosts.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self._ports:
            raise OSError(f"nobody knows {host}")
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self._ports[host],
                "family": socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self) -> None:
        """There is nothing to close."""


def world(**hosts: Backend) -> Network:
    """A network of these hosts, each `<name>.example` (api or cdn)."""
    return Network(trusting(), World({f"{name}.example": backend.url for name, backend in hosts.items()}))


@asynccontextmanager
async def behind_tls(url: str) -> AsyncIterator[str]:
    """The way in front of a plain server that others have in front of theirs. Gives its address."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(*(URL(url).host, URL(url).port))

        async def requests() -> None:
            while data := await reader.read(65536):
                ours.write(data.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\r\nX-Forwarded-Proto: https\r\n"))
            ours.close()

        async def replies() -> None:
            while data := await theirs.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

        await asyncio.gather(requests(), replies(), return_exceptions=True)

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=certified())
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@cache
def certified() -> ssl.SSLContext:
    """What a server needs to be `api.example` or `cdn.example`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(b"".join(_certificate()))
        context.load_cert_chain(file.name)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """What a client needs to believe it."""
    return ssl.create_default_context(cadata=_certificate()[1].decode())


@cache
def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(f"{host}.example") for host in ("api", "cdn")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret, certificate.public_bytes(serialization.Encoding.PEM)
