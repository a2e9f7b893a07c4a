"""Files of the web chat: streamed in, never whole in memory; streamed out by ranges to the chat that has them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from adapters.web import items, ranges
from adapters.web.access import WebSettings, chat_of
from adapters.web.items import StoredFile, UploadItem
from adapters.web.translate import item_of_upload
from core.errors import QuotaReached, StoreError, TooManyBytes
from core.ports import BlobInfo, Blobs, Feed

SHOWN_IN_PLACE = frozenset(
    (
        *("image/jpeg", "image/png", "image/webp", "image/gif"),
        *("video/mp4", "video/webm", "video/quicktime"),
        *("audio/mpeg", "audio/mp4", "audio/wav", "audio/aac"),
    )
)
OPAQUE = "application/octet-stream"
NAME_CHARS = 120
LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024


class Files:
    """The endpoints of uploads and downloads. A file is fetched through the item that shows it, so that only the chat
    that has the item has the file."""

    def __init__(self, settings: WebSettings, feed: Feed, blobs: Blobs) -> None:
        self._settings = settings
        self._feed = feed
        self._blobs = blobs

    async def post(self, request: Request) -> Response:
        """Take a file: the body is its bytes, `X-File-Name` its name, percent-encoded."""
        chat = chat_of(request)
        if _declared(request) > self._settings.upload_bytes:
            return await _too_large(request)
        try:
            return await self._take(chat, request)
        except TooManyBytes:
            return await _too_large(request)
        except QuotaReached:
            return JSONResponse({"error": "no_room"}, 507)
        except StoreError:
            return JSONResponse({"error": "store_away"}, 503, {"retry-after": "2"})
        except (ClientDisconnect, TimeoutError):
            return JSONResponse({"error": "upload_cut"}, 408, {"connection": "close"})

    async def delete(self, request: Request) -> Response:
        """Take back an upload that belongs to no message yet."""
        chat, blob = chat_of(request), str(request.path_params["blob"])
        try:
            if await self._feed.get(chat, item_of_upload(blob)) is not None:
                await self._feed.remove(chat, item_of_upload(blob))
                await self._blobs.remove(blob)
        except StoreError:
            return JSONResponse({"error": "store_away"}, 503, {"retry-after": "2"})
        return Response(status_code=204)

    async def get(self, request: Request) -> Response:
        """Hand out a file, or the part of it that is asked for."""
        try:
            info = await self._shown(chat_of(request), **request.path_params)
        except StoreError:
            return JSONResponse({"error": "store_away"}, 503, {"retry-after": "2"})
        etag = f'"{info.id}"'  # a blob never changes
        headers = _file_headers(info, etag, download="download" in request.query_params)
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag, "cache-control": headers["cache-control"]})
        asked = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
        return self._answer(request, info, ranges.wanted(asked, info.size), headers)

    def _answer(
        self,
        request: Request,
        info: BlobInfo,
        asked: ranges.Whole | ranges.Part | ranges.Nothing,
        headers: dict[str, str],
    ) -> Response:
        match asked:
            case ranges.Nothing():
                return Response(status_code=416, headers={"content-range": f"bytes */{info.size}"})
            case ranges.Part(start=start, stop=stop):
                status = 206
                headers["content-range"] = f"bytes {start}-{stop - 1}/{info.size}"
            case ranges.Whole():
                status, start, stop = 200, 0, info.size
        headers["content-length"] = str(stop - start)
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        return StreamingResponse(self._blobs.read(info.id, start, stop), status, headers)

    async def _take(self, chat: str, request: Request) -> Response:
        name = clean_name(unquote(request.headers.get("x-file-name", "")))
        mime = clean_mime(request.headers.get("content-type", ""))
        body = capped(request.stream(), self._settings.upload_bytes, self._settings.stall_seconds)
        info = await self._blobs.put(body, mime=mime, name=name, seconds=self._settings.keep_seconds)
        file = StoredFile(info.id, name, mime, info.size)
        upload = UploadItem(file, int(datetime.now(UTC).timestamp() * 1000))
        try:
            await self._feed.put(chat, item_of_upload(info.id), items.encode(upload))
        except StoreError:
            with suppress(StoreError):
                await self._blobs.remove(info.id)
            raise
        return JSONResponse({"id": info.id, "name": name, "mime": mime, "size": info.size}, 201)

    async def _shown(self, chat: str, item: str, blob: str) -> BlobInfo:
        body = await self._feed.get(chat, item)
        shown = items.decode(body) if body else None
        if shown is None or blob not in items.blobs_of(shown):
            raise HTTPException(404, "no_such_file")
        info = await self._blobs.info(blob)
        if info is None:
            raise HTTPException(410, "file_expired")
        return info


async def capped(chunks: AsyncIterator[bytes], limit: int, stall_seconds: float) -> AsyncIterator[bytes]:
    """The chunks, up to `limit` bytes and with no gap above `stall_seconds`. Raises `TooManyBytes`, `TimeoutError`."""
    total = 0
    while True:
        async with asyncio.timeout(stall_seconds):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        total += len(chunk)
        if total > limit:
            raise TooManyBytes("", limit)
        if chunk:
            yield chunk


def clean_name(name: str) -> str:
    """A file's name for people: no path, no control or direction-changing characters, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in last if char.isprintable()).strip()
    if len(printable) <= NAME_CHARS:
        return printable
    stem, dot, suffix = printable.rpartition(".")
    return stem[: NAME_CHARS - 12] + dot + suffix[:11] if dot else printable[:NAME_CHARS]


def clean_mime(content_type: str) -> str:
    """The type that a browser declares, if it looks like one."""
    mime = content_type.partition(";")[0].strip().lower()
    return mime if re.fullmatch(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}", mime) else OPAQUE


def disposition(name: str, *, download: bool) -> str:
    """A `Content-Disposition` that no name can break out of (RFC 6266)."""
    way = "attachment" if download else "inline"
    plain = re.sub(r"[^A-Za-z0-9._ ()-]", "_", name) or "file"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name or 'file', safe='')}"


async def _too_large(request: Request) -> Response:
    # Read on for a moment: closing on a sender who still sends would reset the line, and the refusal with it.
    with suppress(TimeoutError, ClientDisconnect, TooManyBytes):
        async with asyncio.timeout(LINGER_SECONDS):
            async for _ in capped(request.stream(), LINGER_BYTES, LINGER_SECONDS):
                pass
    return JSONResponse({"error": "too_large"}, 413, {"connection": "close"})


def _file_headers(info: BlobInfo, etag: str, *, download: bool) -> dict[str, str]:
    in_place = info.mime in SHOWN_IN_PLACE
    return {
        "content-type": info.mime if in_place else OPAQUE,
        "content-disposition": disposition(info.name, download=download or not in_place),
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, max-age=86400, immutable",
        "accept-ranges": "bytes",
        "etag": etag,
    }


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0
