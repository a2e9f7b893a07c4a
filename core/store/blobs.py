"""Bytes that one process has and another needs: as files where a folder is shared, else as chunks in the store."""

from __future__ import annotations

import asyncio
import errno
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.errors import BlobGone, QuotaReached, StoreAway, StoreError
from core.ports import BlobInfo
from core.store.connection import Connection, translated
from core.store.ledger import UNFINISHED_SECONDS, Ledger

PIECE: Final = 256 * 1024  # bytes: what is in memory at a time, and the size of a chunk in the store
_LINGER: Final = 60.0  # seconds that chunks would outlive their entry, so that the ledger is what decides
_ID = re.compile(r"[0-9a-f]{32}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Blobs(ABC):
    """`ports.Blobs` on a ledger: the entry comes first and goes first, the bytes follow.

    All methods raise `StoreAway`.
    """

    def __init__(self, connection: Connection, quota: int) -> None:
        self._ledger = Ledger(connection, quota, self._discard)

    async def put(self, data: AsyncIterator[bytes], *, mime: str, name: str = "", seconds: float) -> BlobInfo:
        """Keep the bytes for `seconds`. Raises `QuotaReached`. Nothing is left behind then, nor when `data` fails."""
        blob = secrets.token_hex(16)
        await self._ledger.begin(blob)
        try:
            size = await self._take(blob, data)
            info = BlobInfo(blob, size, mime, name)
            await self._close(blob, seconds)
            await self._ledger.finish(info, seconds)
        except BaseException:
            with suppress(StoreError):  # it is given up by itself when its time is over
                await self.remove(blob)
            raise
        return info

    async def info(self, blob: str) -> BlobInfo | None:
        """What is known of it; None where there is none (any more)."""
        return await self._ledger.info(blob) if _ID.fullmatch(blob) else None

    async def read(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `start` up to `stop` (exclusive), at most 256 kB at a time. Raises `BlobGone`."""
        if (info := await self.info(blob)) is None:
            raise BlobGone(blob)
        end = info.size if stop is None else min(stop, info.size)
        at = max(0, start)
        while at < end:
            piece = await self._piece(blob, at, min(end, at + PIECE - at % PIECE))
            if not piece:
                raise BlobGone(blob)
            yield piece
            at += len(piece)

    async def keep(self, blob: str, seconds: float) -> None:
        """From now on, keep it for so long. Raises `BlobGone`."""
        if not _ID.fullmatch(blob):
            raise BlobGone("not the id of a blob")
        await self._ledger.keep(blob, seconds)
        await self._prolong(blob, seconds)

    async def remove(self, blob: str) -> None:
        """Forget it now. One that is not there is forgotten already."""
        if _ID.fullmatch(blob):
            await self._ledger.strike(blob)

    async def used(self) -> int:
        """Bytes of the quota that are in use."""
        return await self._ledger.used()

    async def sweep(self) -> None:
        """Make room: forget what has expired or was given up. Worth doing every few minutes, by any process."""
        await self._ledger.strike()

    async def _take(self, blob: str, data: AsyncIterator[bytes]) -> int:
        size = 0
        async for piece in _pieces(data):
            await self._ledger.grow(blob, len(piece))
            await self._add(blob, size, piece)
            size += len(piece)
        return size

    @abstractmethod
    async def _add(self, blob: str, at: int, piece: bytes) -> None: ...

    @abstractmethod
    async def _close(self, blob: str, seconds: float, /) -> None: ...

    @abstractmethod
    async def _piece(self, blob: str, start: int, stop: int) -> bytes: ...

    @abstractmethod
    async def _prolong(self, blob: str, seconds: float) -> None: ...

    @abstractmethod
    async def _discard(self, blobs: Iterable[str]) -> None: ...


class FolderBlobs(_Blobs):
    """Blobs as files in a folder that all processes see; the ledger is in the store. `quota` is in bytes.

    A file is named by its blob's random id and by nothing else; it has the suffix `.part` until it is whole.
    """

    def __init__(self, folder: Path, connection: Connection, quota: int) -> None:
        super().__init__(connection, quota)
        self._folder = folder / quote(connection.keys.prefix, safe="")

    async def sweep(self) -> None:
        """Also remove files that the ledger does not know: their process was killed before it could."""
        await super().sweep()
        files = await asyncio.to_thread(self._files)
        unknown = await self._ledger.unknown(list(files))
        await self._discard(unknown)

    async def _add(self, blob: str, at: int, piece: bytes) -> None:
        with _disk():
            await asyncio.to_thread(_append, self._part(blob), at, piece)

    async def _close(self, blob: str, _seconds: float) -> None:
        with _disk(blob):
            await asyncio.to_thread(_rename, self._part(blob), self._whole(blob))

    async def _piece(self, blob: str, start: int, stop: int) -> bytes:
        with _disk(blob):
            return await asyncio.to_thread(_read, self._whole(blob), start, stop)

    async def _prolong(self, blob: str, seconds: float) -> None:
        """A file lives as long as its entry."""

    async def _discard(self, blobs: Iterable[str]) -> None:
        with _disk():
            await asyncio.to_thread(_unlink, [path for blob in blobs for path in (self._part(blob), self._whole(blob))])

    def _files(self) -> set[str]:
        if not self._folder.is_dir():
            return set()
        return {name for path in self._folder.iterdir() if _ID.fullmatch(name := path.name.removesuffix(".part"))}

    def _part(self, blob: str) -> Path:
        return self._folder / f"{blob}.part"

    def _whole(self, blob: str) -> Path:
        return self._folder / blob


class ChunkBlobs(_Blobs):
    """Blobs as chunks in the store, for processes that share no folder: a hash each, of chunks of 256 kB by number.

    `quota` is in bytes. It is memory of the server, so it should be a part of what the server has.
    """

    def __init__(self, connection: Connection, quota: int) -> None:
        super().__init__(connection, quota)
        self._commands = connection.commands
        self._keys = connection.keys

    async def _add(self, blob: str, at: int, piece: bytes) -> None:
        with translated():
            async with self._commands.pipeline(transaction=True) as pipeline:
                pipeline.hset(self._chunks(blob), str(at // PIECE), piece)
                pipeline.pexpire(self._chunks(blob), round((UNFINISHED_SECONDS + _LINGER) * 1000))
                await pipeline.execute()

    async def _close(self, blob: str, seconds: float) -> None:
        await self._prolong(blob, seconds)

    async def _piece(self, blob: str, start: int, stop: int) -> bytes:
        first = start - start % PIECE
        with translated():
            chunk = await self._commands.hget(self._chunks(blob), str(start // PIECE))
        return bytes(chunk)[start - first : stop - first] if isinstance(chunk, bytes) else b""

    async def _prolong(self, blob: str, seconds: float) -> None:
        with translated():
            await self._commands.pexpire(self._chunks(blob), round((seconds + _LINGER) * 1000))

    async def _discard(self, blobs: Iterable[str]) -> None:
        with translated():
            for blob in blobs:
                await self._commands.unlink(self._chunks(blob))

    def _chunks(self, blob: str) -> str:
        return self._keys.named("blob", blob)


async def _pieces(data: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of one size; the last one may be shorter."""
    buffer = bytearray()
    async for part in data:
        buffer += part
        while len(buffer) >= PIECE:
            yield bytes(memoryview(buffer)[:PIECE])
            del buffer[:PIECE]
    if buffer:
        yield bytes(buffer)


@contextmanager
def _disk(blob: str = "") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobGone(blob) from error
    except OSError as error:
        if error.errno in _FULL:
            raise QuotaReached("the disk is full") from error
        raise StoreAway(f"{error.filename}: {error.strerror}") from error


def _append(path: Path, at: int, piece: bytes) -> None:
    if at == 0:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab" if at else "xb") as file:
        file.write(piece)


def _rename(part: Path, whole: Path) -> None:
    if not part.exists():  # not a single byte
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.touch()
    part.replace(whole)


def _read(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
