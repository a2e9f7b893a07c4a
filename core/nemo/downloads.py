"""Fetching files to disk from wherever the backend says they lie, without any credential; renders, if that fails,
through the backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from aiohttp import ClientResponse, ClientSession, InvalidURL
from yarl import URL

from core.errors import BackendError, ProtocolError
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import check
from core.nemo.patience import NemoSettings
from core.nemo.transport import Call, address, mime_of, read, reply_of, request_of, translated

_REDIRECTS = 3
_MOVED = (301, 302, 303, 307, 308)
_BLOCK = 1024 * 1024
_REFUSAL_BYTES = 64 * 1024
_HEAD_BYTES = 1024  # so much of a file is shown to `Wanted.fits`


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a download has to be: `what` in words, of at most `most` bytes, and its first bytes as `fits` wants them."""

    what: str
    most: int
    fits: Callable[[bytes], bool]


class Downloads:
    """Fetches files. Nothing lies at the wanted path before the whole file does."""

    def __init__(self, session: ClientSession, settings: NemoSettings) -> None:
        self._session = session
        self._settings = settings
        self._local = _is_loopback_http(settings.api_url)

    async def fetch(self, url: str, call: Call, path: Path) -> int:
        """Save the MP4 at `url` to `path`; where that fails, the answer to `call` (the backend's own copy).

        Returns its size. Raises a `BackendError` of the last attempt, or `OSError` of the disk.
        """
        video = Wanted("video", self._settings.download_bytes, lambda head: head[4:8] == b"ftyp")
        if url:
            try:
                return await self._save(Call(Endpoint.OUTPUT, {}), self._address(url, Endpoint.OUTPUT), path, video)
            except BackendError:
                pass  # links expire, hosts differ: the backend has the file, too
        return await self._save(call, None, path, video)

    async def fetch_source(self, url: str, path: Path, wanted: Wanted) -> int:
        """Save the file at `url`, which a draft names, to `path`; there is no second way to it. Returns its size."""
        return await self._save(Call(Endpoint.SOURCE, {}), self._address(url, Endpoint.SOURCE), path, wanted)

    async def peek(self, url: str, path: Path, most: int) -> int:
        """Save the first `most` bytes of the file at `url` to `path`, without any credential. Returns the size of the
        whole file. Raises `BackendError`, also where that is not told, or the file lies elsewhere by now."""
        headers = {"Range": f"bytes=0-{most - 1}"}
        with translated(Endpoint.OUTPUT):
            async with (
                asyncio.timeout(self._settings.call_seconds),
                self._session.get(self._address(url, Endpoint.OUTPUT), headers=headers, allow_redirects=False) as reply,
            ):
                size = _size_of(reply)
                beginning = bytearray()
                async for chunk in reply.content.iter_any():
                    beginning += chunk
                    if len(beginning) >= most:
                        break
        await asyncio.to_thread(path.write_bytes, beginning[:most])
        return size

    def _address(self, url: str, endpoint: Endpoint) -> URL:
        """An address given by the backend, if it may be followed: https, or plain http on this machine while the
        backend itself is there."""
        try:
            given = address(url)
        except InvalidURL as error:
            raise ProtocolError(endpoint, "an address that is none") from error
        if given.scheme != "https" and not (self._local and _is_loopback_http(url)):
            raise ProtocolError(endpoint, "an address that is not https")
        return given

    async def _save(self, call: Call, url: URL | None, path: Path, wanted: Wanted) -> int:
        part = path.with_name(path.name + ".part")
        try:
            with translated(call.endpoint):
                async with asyncio.timeout(self._settings.download_seconds):
                    size = await self._follow(call, url or request_of(call, self._settings)["url"], part, wanted)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return size

    async def _follow(self, call: Call, url: URL, part: Path, wanted: Wanted) -> int:
        headers: Mapping[str, str] = call.headers
        for _ in range(_REDIRECTS + 1):
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                location = response.headers.get("location", "") if response.status in _MOVED else ""
                if not location:
                    return await self._take(call, response, part, wanted)
                url = self._address(_joined(url, location), call.endpoint)
                headers = {}  # credentials go no further
        raise ProtocolError(call.endpoint, f"more than {_REDIRECTS} redirects")

    async def _take(self, call: Call, response: ClientResponse, part: Path, wanted: Wanted) -> int:
        if response.status != HTTPStatus.OK or mime_of(response) == "application/json":
            check(reply_of(call, response, await read(response, _REFUSAL_BYTES, call.endpoint), self._settings))
            raise ProtocolError(call.endpoint, f"no {wanted.what}", code=response.status)
        if int(response.headers.get("content-length", 0)) > wanted.most:
            raise ProtocolError(call.endpoint, f"a file of more than {wanted.most} bytes")
        file = await asyncio.to_thread(part.open, "wb")
        try:
            return await _write(file, response.content.iter_any(), call.endpoint, wanted)
        finally:
            await asyncio.to_thread(file.close)


async def _write(file: BinaryIO, chunks: AsyncIterator[bytes], endpoint: Endpoint, wanted: Wanted) -> int:
    """Write the file, a block at a time and off the event loop. Returns the size."""
    size, block = 0, bytearray()
    async for chunk in chunks:
        block += chunk
        if size + len(block) > wanted.most:
            raise ProtocolError(endpoint, f"a file of more than {wanted.most} bytes")
        if len(block) >= _BLOCK:
            size += await _flush(file, block, size, endpoint, wanted)
    return size + await _flush(file, block, size, endpoint, wanted)


async def _flush(file: BinaryIO, block: bytearray, size: int, endpoint: Endpoint, wanted: Wanted) -> int:
    if size == 0 and not wanted.fits(bytes(block[:_HEAD_BYTES])):
        raise ProtocolError(endpoint, f"the file is no {wanted.what}")
    written = await asyncio.to_thread(file.write, bytes(block))
    block.clear()
    return written


def _size_of(reply: ClientResponse) -> int:
    """The size of the whole file, of which a part may have been asked for."""
    told = reply.headers.get("content-range", "").rpartition("/")[2]
    if reply.status == HTTPStatus.OK:
        told = reply.headers.get("content-length", "")
    if reply.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT) or not told.isdecimal():
        raise ProtocolError(Endpoint.OUTPUT, "no size", code=reply.status)
    return int(told)


def _joined(url: URL, location: str) -> str:
    """Where a redirect leads; empty for what is no address."""
    try:
        return urljoin(str(url), location)
    except ValueError:
        return ""


def _is_loopback_http(url: str) -> bool:
    try:
        parsed = address(url)
        return parsed.scheme == "http" and (parsed.host == "localhost" or ip_address(parsed.host or "").is_loopback)
    except ValueError:  # `InvalidURL` among them
        return False
