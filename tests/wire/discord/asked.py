"""One call as the server heard it, the way it is read, and the ledger of all calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.wire.discord.refusals import form, refused
from tests.wire.discord.shapes import problem
from tests.wire.discord.world import MIB, Json


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart body."""

    name: str
    data: bytes


@dataclass(slots=True)
class Asked:
    """A call: `route` is its method and the pattern of its path, `at` when it came, in seconds of the server's
    monotonic clock; `status` is what it was answered, 0 where the connection was cut."""

    route: str
    path: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    at: float
    headers: Mapping[str, str]
    json: Any = None
    files: dict[int, Upload] = field(default_factory=dict)
    status: int = 0
    code: int = 0
    took: float = 0.0
    answer: Any = None

    def id(self, name: str) -> int:
        """An id out of the path."""
        value = self.args[name]
        if not value.isdecimal():
            raise form({name: problem("NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')})
        return int(value)

    def wants(self, name: str) -> bool:
        """A yes or no out of the query."""
        return self.query.get(name, "false").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Answer:
    """A success."""

    status: int = 200
    body: Any = None


async def read_body(request: web.Request, asked: Asked, most: int) -> None:
    """Read the body into `asked`, as JSON or as multipart with `payload_json` and `files[n]`."""
    mime = request.content_type
    if request.method == "GET" or not request.can_read_body:
        return
    if (request.content_length or 0) > most:
        raise refused("too large")
    if mime == "application/json":
        asked.json = _loads(await request.text())
    elif mime == "multipart/form-data":
        await _read_parts(request, asked)
    else:
        raise form({"_errors": [{"code": "CONTENT_TYPE_INVALID", "message": "Expected 'Content-Type' header."}]})


async def _read_parts(request: web.Request, asked: Asked) -> None:
    reader = await request.multipart()
    async for part in reader:
        if not isinstance(part, BodyPartReader):
            raise form({"_errors": [{"code": "MULTIPART", "message": "Nested multipart."}]})
        if part.name == "payload_json":
            asked.json = _loads(await part.text())
            continue
        asked.files[_place(part.name or "")] = Upload(part.filename or "", bytes(await part.read()))


def _place(name: str) -> int:
    number = name.removeprefix("files[").removesuffix("]")
    if name != f"files[{number}]" or not number.isdecimal():
        raise form({name: problem("UNKNOWN_FIELD", "There is no such field.")})
    return int(number)


def _loads(body: str) -> Json:
    try:
        value = json.loads(body)
    except ValueError:
        raise refused("json") from None
    return value  # type: ignore[no-any-return]


REQUEST_BYTES = 110 * MIB
