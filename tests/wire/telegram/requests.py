"""A request of the Bot API as it comes over HTTP: in the query, as a form, with files, or as JSON."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.wire.telegram.errors import Refusal, bad_request

MOST = 50 * 1000 * 1000
"""The bytes of the largest upload; a local server takes forty times as much."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    mime: str
    data: bytes


@dataclass(slots=True)
class Request:
    """What was asked. A value may refer to one of the `files` as `attach://<name>`."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    json: bool = False


async def read(http: web.Request, *, most: int, pace: float = 0.0) -> Request:
    """The request, read at `pace` bytes per second (0: as fast as it comes). Raises `Refusal`."""
    request = Request(dict(http.query))
    match http.content_type:
        case "application/json":
            request.json = True
            request.values |= _object(await _whole(http, most))
        case "multipart/form-data":
            await _read_parts(http, request, most, pace)
        case "application/x-www-form-urlencoded":
            request.values |= {name: str(value) for name, value in (await http.post()).items()}
        case _:
            if await _whole(http, most):
                raise bad_request("unsupported content type of the request")
    return request


async def _whole(http: web.Request, most: int) -> bytes:
    body = bytearray()
    async for piece in http.content.iter_any():
        body += piece
        if len(body) > most:
            raise too_large()
    return bytes(body)


def too_large() -> Refusal:
    """413."""
    return Refusal(413, "Request Entity Too Large")


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError as error:
        raise bad_request("can't parse the request as a JSON object") from error
    if not isinstance(values, dict):
        raise bad_request("the request must be a JSON object")
    return values


async def _read_parts(http: web.Request, request: Request, most: int, pace: float) -> None:
    left = most
    async for part in await http.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise bad_request("a part of the form has no name")
        data = await _part(part, left, pace)
        left -= len(data)
        if part.filename is None:
            request.values[part.name] = data.decode()
        else:
            mime = part.headers.get("content-type", "application/octet-stream")
            request.files[part.name] = Upload(part.filename, mime, data)


async def _part(part: BodyPartReader, most: int, pace: float) -> bytes:
    data = bytearray()
    while piece := await part.read_chunk(65536):
        data += piece
        if len(data) > most:
            raise too_large()
        if pace:
            await asyncio.sleep(len(piece) / pace)
    return bytes(data)
