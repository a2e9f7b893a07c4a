"""Files that people handed in, on their way to us: streamed, and never more of them than was announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Final
from urllib.parse import quote

import httpx
from telegram.error import NetworkError, TelegramError

from adapters.telegram.faults import LATER, file_fact_of
from adapters.telegram.line import Line
from adapters.telegram.settings import LOCAL_FILE, TelegramSettings
from core.errors import AttachmentGone, SlowDown, TooLarge
from core.messages import Attachment

CHUNK: Final = 128 * 1024
MARGIN: Final = 64 * 1024  # sizes that updates tell are about right
TRIES: Final = 3
DEADLINE: Final = 1800.0  # seconds; silence ends it sooner
PAUSE: Final = 0.3


@asynccontextmanager
async def opened(line: Line, attachment: Attachment) -> AsyncIterator[AsyncIterator[bytes]]:
    """The bytes of an attachment. Raises `AttachmentGone`, `TooLarge`, and `SlowDown` where a later try may succeed."""
    limit = line.settings.download_bytes
    if limit is not None and (attachment.size or 0) > limit:
        raise TooLarge(f"{attachment.size} bytes, limit {limit}")
    path, size = await _path_of(line, attachment.ref)
    announced = attachment.size if attachment.size is not None else size
    most = (limit or LOCAL_FILE) if announced is None else announced + MARGIN
    if line.settings.local_mode and PurePosixPath(path).is_absolute():
        async with aclosing(_read(safe_path(line.settings, path), most)) as chunks:
            yield chunks
        return
    async with _fetched(line, path) as response, aclosing(_capped(response, most)) as chunks:
        yield chunks


async def _path_of(line: Line, file_id: str) -> tuple[str, int | None]:
    """Asking twice is harmless: a broken line is not yet a reason to come back later."""
    for attempt in range(1, TRIES + 1):
        try:
            return await line.bot.file_path(file_id)
        except TelegramError as error:
            fact = file_fact_of(error)
            if attempt == TRIES or not isinstance(error, NetworkError) or not isinstance(fact, SlowDown):
                raise fact from error
        await asyncio.sleep(PAUSE * attempt)
    raise AssertionError("the last attempt returns or raises")


@asynccontextmanager
async def _fetched(line: Line, path: str) -> AsyncIterator[httpx.Response]:
    """The open answer. Errors of HTTP are not chained: some of them hold the address, and that holds the token."""
    if ".." in PurePosixPath(path).parts:
        raise AttachmentGone("a path that leads elsewhere")
    request = line.files.build_request("GET", line.file_url(quote(path)), headers={"Accept-Encoding": "identity"})
    try:
        response = await line.files.send(request, stream=True)
    except httpx.HTTPError:
        raise SlowDown(LATER) from None
    async with aclosing(response):
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise SlowDown(LATER)
        if response.status_code != httpx.codes.OK:
            raise AttachmentGone(f"HTTP {response.status_code}")
        yield response


async def _capped(response: httpx.Response, most: int) -> AsyncGenerator[bytes, None]:
    count, end = 0, monotonic() + DEADLINE
    try:
        async for chunk in response.aiter_raw(CHUNK):
            if monotonic() > end:
                raise SlowDown(LATER)
            count += len(chunk)
            if count > most:
                raise TooLarge(f"more than the {most} bytes that were announced")
            yield chunk
    except httpx.HTTPError:
        raise SlowDown(LATER) from None


async def _read(path: Path, most: int) -> AsyncGenerator[bytes, None]:
    count = 0
    try:
        opening = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise AttachmentGone("the server's disk does not give it to us") from error
    with opening as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            count += len(chunk)
            if count > most:
                raise TooLarge(f"more than the {most} bytes that were announced")
            yield chunk


def safe_path(settings: TelegramSettings, path: str) -> Path:
    """The file on the server's disk, if it is one of the bot's own. Raises `AttachmentGone` for any other: whoever
    answers in the server's place must not make us read what it likes."""
    try:
        real = Path(path).resolve(strict=True)
        folder = settings.local_folder.resolve(strict=True) if settings.local_folder else None
    except (OSError, RuntimeError, ValueError) as error:  # gone, a circle of links, a NUL
        raise AttachmentGone("no such file on the server's disk") from error
    ours = real.is_relative_to(folder) if folder else settings.token in real.parent.parts
    if not ours or not real.is_file():
        raise AttachmentGone("a path outside the server's folder")
    return real
