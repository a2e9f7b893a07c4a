"""Fetching a finished render to disk: from wherever it lies without any credential, else through the backend."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from core.errors import BackendError, ProtocolError
from core.nemo.endpoints import Endpoint
from core.nemo.patience import NemoSettings
from core.nemo.replies import check
from core.nemo.transport import Call, address, mime_of, read, reply_of, request_of, translated

_REDIRECTS = 3
_BLOCK = 1024 * 1024
_REFUSAL_BYTES = 64 * 1024


class Downloads:
    """Fetches MP4 files. Nothing lies at the wanted path before the whole file does."""

    def __init__(self, http: httpx.AsyncClient, settings: NemoSettings) -> None:
        self._http = http
        self._settings = settings
        self._local = _is_loopback_http(settings.api_url)

    async def fetch(self, url: str, call: Call, path: Path) -> int:
        """Save the file at `url` to `path`; where that fails, the answer to `call` (the backend's own copy).

        Returns its size. Raises a `BackendError` of the last attempt, or `OSError` of the disk.
        """
        if url:
            try:
                return await self._save(Call(Endpoint.OUTPUT, {}), self._address(url), path)
            except BackendError:
                pass  # links expire, hosts differ: the backend has the file, too
        return await self._save(call, None, path)

    def _address(self, url: str | httpx.URL) -> httpx.URL:
        """An address given by the backend, if it may be followed: https, or plain http on this machine while the
        backend itself is there."""
        try:
            given = address(url)
        except httpx.InvalidURL as error:
            raise ProtocolError(Endpoint.OUTPUT, "an address that is none") from error
        if not (given.scheme == "https" and given.host) and not (self._local and _is_loopback_http(given)):
            raise ProtocolError(Endpoint.OUTPUT, "an address that is not https")
        return given

    async def _save(self, call: Call, url: httpx.URL | None, path: Path) -> int:
        part = path.with_name(path.name + ".part")
        try:
            with translated(call.endpoint):
                async with asyncio.timeout(self._settings.download_seconds):
                    size = await self._follow(call, url or request_of(call, self._settings)["url"], part)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return size

    async def _follow(self, call: Call, url: httpx.URL, part: Path) -> int:
        headers: Mapping[str, str] = call.headers
        for _ in range(_REDIRECTS + 1):
            async with self._http.stream("GET", url, headers=headers) as response:
                if response.next_request is None:
                    return await self._take(call, response, part)
                url, headers = self._address(response.next_request.url), {}  # credentials go no further
        raise ProtocolError(call.endpoint, f"more than {_REDIRECTS} redirects")

    async def _take(self, call: Call, response: httpx.Response, part: Path) -> int:
        if response.status_code != httpx.codes.OK or mime_of(response) == "application/json":
            check(reply_of(call, response, await read(response, _REFUSAL_BYTES, call.endpoint), self._settings))
            raise ProtocolError(call.endpoint, "no video", code=response.status_code)
        limit = self._settings.download_bytes
        if int(response.headers.get("content-length", 0)) > limit:
            raise ProtocolError(call.endpoint, f"a file of more than {limit} bytes")
        file = await asyncio.to_thread(part.open, "wb")
        try:
            return await _write(file, response.aiter_bytes(), call.endpoint, limit)
        finally:
            await asyncio.to_thread(file.close)


async def _write(file: BinaryIO, chunks: AsyncIterator[bytes], endpoint: Endpoint, limit: int) -> int:
    """Write what must be an MP4, a block at a time and off the event loop. Returns the size."""
    size, block = 0, bytearray()
    async for chunk in chunks:
        block += chunk
        if size + len(block) > limit:
            raise ProtocolError(endpoint, f"a file of more than {limit} bytes")
        if len(block) >= _BLOCK:
            size += await _flush(file, block, size, endpoint)
    return size + await _flush(file, block, size, endpoint)


async def _flush(file: BinaryIO, block: bytearray, size: int, endpoint: Endpoint) -> int:
    if size == 0 and block[4:8] != b"ftyp":
        raise ProtocolError(endpoint, "the file is no MP4")
    written = await asyncio.to_thread(file.write, bytes(block))
    block.clear()
    return written


def _is_loopback_http(url: str | httpx.URL) -> bool:
    try:
        parsed = httpx.URL(url)
        return parsed.scheme == "http" and (parsed.host == "localhost" or ipaddress.ip_address(parsed.host).is_loopback)
    except (ValueError, httpx.InvalidURL):
        return False
