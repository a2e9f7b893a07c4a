"""Uploads on their way to disk: multipart bodies and fetched URLs, a piece at a time, never a whole file in memory."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from studio import refusals
from studio.media import HEAD_BYTES, Media, NotMedia, measure, recognise
from studio.settings import StudioSettings

MAX_PARTS = 64
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file as it came in: its bytes under a name of ours, and what is needed to judge it."""

    path: Path
    name: str
    hash: str
    size: int
    head: bytes


class Spool:
    """One file being written. Beyond `limit` bytes it keeps nothing and says so at the end."""

    def __init__(self, folder: Path, name: str, limit: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{uuid4().hex}.part"
        self._name = name
        self._limit = limit
        self._file = self._path.open("wb")
        self._hash = hashlib.sha256()
        self._size = 0
        self._head = b""

    def write(self, data: bytes) -> None:
        """Take the next piece."""
        self._size += len(data)
        if self._size > self._limit:
            return
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._hash.update(data)
        self._file.write(data)

    def finish(self) -> Spooled:
        """The whole file. Refuses one that was too large."""
        self._file.close()
        if self._size > self._limit:
            raise refusals.too_large(self._limit)
        return Spooled(self._path, self._name, self._hash.hexdigest(), self._size, self._head)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Form:
    """The parts named `files` of a multipart body, written to `folder` as they arrive; other parts are ignored."""

    def __init__(self, content_type: str, folder: Path, limit: int) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise refusals.malformed("multipart/form-data or JSON with urls expected")
        self._folder, self._limit = folder, limit
        self._spools: list[Spool] = []
        self._current: Spool | None = None
        self._parts = 0
        self._field, self._value, self._disposition = b"", b"", b""
        self._complete = False
        self._parser = MultipartParser(options[b"boundary"], {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        })  # fmt: skip

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise refusals.malformed("broken multipart body") from error

    def finish(self) -> list[Spooled]:
        """All files. Refuses a body that broke off or holds none, and any file that was too large."""
        if not self._complete:
            raise refusals.malformed("the multipart body ends too early")
        if not self._spools:
            raise refusals.malformed("no part named files")
        return [spool.finish() for spool in self._spools]

    def discard(self) -> None:
        """Leave nothing behind."""
        for spool in self._spools:
            spool.discard()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise refusals.malformed("too many parts")
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        if options.get(b"name") != b"files":
            return
        self._current = Spool(
            self._folder, _name(options.get(b"filename", b"").decode("utf-8", "replace")), self._limit
        )
        self._spools.append(self._current)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._current.write(data[start:end])

    def _end(self) -> None:
        self._current = None

    def _finish(self) -> None:
        self._complete = True


async def receive(body: AsyncIterator[bytes], content_type: str, folder: Path, settings: StudioSettings) -> list[Media]:
    """Take a multipart body; the files end up in `folder` under their hashes. All of them are taken, or none."""
    form = Form(content_type, folder, settings.upload_bytes)
    try:
        async for piece in body:
            form.feed(piece)
        return await _admit(form.finish(), folder, settings)
    finally:
        form.discard()


async def fetch(urls: list[str], folder: Path, settings: StudioSettings) -> list[Media]:
    """Fetch files by URL, as `receive` takes them."""
    import httpx

    for url in urls:
        _check_address(url, settings)
    spools: list[Spool] = []
    try:
        async with asyncio.timeout(settings.fetch_seconds), httpx.AsyncClient(trust_env=False) as client:
            for url in urls:
                spools.append(Spool(folder, _name(unquote(urlsplit(url).path)), settings.upload_bytes))
                await _fetch_one(client, url, spools[-1])
        return await _admit([spool.finish() for spool in spools], folder, settings)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise refusals.malformed("a URL could not be fetched") from error
    finally:
        for spool in spools:
            spool.discard()


async def _fetch_one(client: object, url: str, spool: Spool) -> None:
    import httpx

    assert isinstance(client, httpx.AsyncClient)  # noqa: S101 (imported late: most studios never fetch)
    async with client.stream("GET", url) as response:
        if response.status_code != httpx.codes.OK:
            raise refusals.malformed("a URL could not be fetched")
        async for piece in response.aiter_bytes():
            spool.write(piece)


def _check_address(url: str, settings: StudioSettings) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port that cannot be is told when it is asked for
    except ValueError as error:
        raise refusals.malformed("not a URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise refusals.malformed("only http and https URLs are fetched")
    if not settings.fetch_beyond_loopback and not _is_loopback(host):
        raise refusals.malformed("this studio fetches from its own machine only")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _admit(files: list[Spooled], folder: Path, settings: StudioSettings) -> list[Media]:
    admitted = [(file, await asyncio.to_thread(_judge, file, settings)) for file in files]
    for file, media in admitted:
        file.path.replace(folder / media.stored_as)
    return [media for _, media in admitted]


def _judge(file: Spooled, settings: StudioSettings) -> Media:
    try:
        format_ = recognise(file.head)
        measures = measure(file.path, format_, settings.picture_pixels)
    except NotMedia as error:
        raise refusals.unsupported(file.name) from error
    return Media(
        hash=file.hash,
        name=file.name,
        format=format_.name,
        kind=measures.kind,
        width=measures.width,
        height=measures.height,
        seconds=round(measures.seconds, 3),
        fps=round(measures.fps, 3),
        size=file.size,
    )


def _name(given: str) -> str:
    """A name for people: never a path."""
    tail = given.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in tail if char.isprintable())[-MAX_NAME:] or "file"
