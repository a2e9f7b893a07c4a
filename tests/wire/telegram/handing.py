"""Takes in the files of a call: uploads, addresses, ids of files that are there, and paths of the local mode."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from PIL import Image

from tests.wire.telegram.errors import Refusal, bad_request
from tests.wire.telegram.files import Footage, Stored, check_thumbnail, footage
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.requests import Upload
from tests.wire.telegram.world import World

PHOTO_BYTES = 10 * 1024 * 1024
BY_URL = {"photo": 5 * 1024 * 1024}
BY_URL_OTHERS = 20 * 1024 * 1024
SAME = {"photo": "Photo", "video": "Video", "document": "Document", "audio": "Audio", "voice": "VoiceNote"}

Taken = tuple[str, list[Stored], Footage | None]
"""What it has become (a kind of message), the file in its sizes, and what it is as a video."""


async def take(world: World, call: Call, kind: str, told: dict[str, Any]) -> Taken:
    """The file that `told[kind]` (or `told["media"]`) names. Raises `Refusal`."""
    reference = str(told.get(kind) or told.get("media") or "")
    match urlsplit(reference).scheme:
        case "attach":
            return await _stored(world, call, kind, told, attached(call, reference))
        case "http" | "https":
            return await _stored(world, call, kind, told, await _fetched(kind, reference))
        case "file" if world.local:
            path = Path(unquote(urlsplit(reference).path))
            data = await asyncio.to_thread(path.read_bytes)
            return await _stored(world, call, kind, told, Upload(path.name, "", data))
        case _:
            return _repeated(world, kind, reference)


def attached(call: Call, reference: str) -> Upload:
    """The uploaded file. Raises `Refusal`."""
    upload = call.files.get(reference.removeprefix("attach://"))
    if upload is None:
        raise bad_request(f"file {reference} is not among the uploaded ones")
    if not upload.data:
        raise bad_request("file must be non-empty")
    return upload


async def _fetched(kind: str, url: str) -> Upload:
    most = BY_URL.get(kind, BY_URL_OTHERS)
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as reply:
            data = await reply.content.read(most + 1)
            while len(data) <= most and (more := await reply.content.read(most + 1 - len(data))):
                data += more
            failed = reply.status != 200
    except aiohttp.ClientError as error:
        raise bad_request("failed to get HTTP URL content") from error
    if failed or len(data) > most:
        raise bad_request("failed to get HTTP URL content" if failed else "wrong file identifier/HTTP URL specified")
    if kind in ("photo", "video") and not reply.content_type.startswith(("image/", "video/", "application/octet")):
        raise bad_request("wrong type of the web page content")
    return Upload(Path(urlsplit(url).path).name, reply.content_type, data)


def _repeated(world: World, kind: str, file_id: str) -> Taken:
    stored = world.shelf.files.get(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {SAME.get(stored.kind, stored.kind)} as {SAME.get(kind, kind)}")
    return kind, [stored], footage(stored.data) if kind == "video" else None


async def _stored(world: World, call: Call, kind: str, told: dict[str, Any], upload: Upload) -> Taken:
    thumbnail = _thumbnail(world, call, told)
    if kind == "photo":
        return kind, _photo(world, upload.data), None
    film = await asyncio.to_thread(footage, upload.data)
    if kind == "document" and film and not told.get("disable_content_type_detection"):
        kind = "video"
    if kind == "video" and film is None:
        kind = "document"
    if kind == "video" and film and not film.sound and world.silent_is_animation:
        kind = "animation"
    stored = world.shelf.add(kind, upload.data, name=upload.name, mime=upload.mime, thumbnail=thumbnail)
    if film and kind in ("video", "animation"):
        stored.width, stored.height = told.get("width") or film.width, told.get("height") or film.height
        stored.seconds = told.get("duration") or 0
        stored.mime = "video/mp4"
    if kind == "video" and film and world.strict_videos:
        world.wrong += [f"{call.method}: {fault}" for fault in video_faults(told, film, thumbnail)]
    return kind, [stored], film


def video_faults(told: dict[str, Any], film: Footage, thumbnail: Stored | None) -> list[str]:
    """What would keep a video from playing in place as it should."""
    faults = []
    if (told.get("width"), told.get("height")) != (film.width, film.height):
        faults.append(f"said to be {told.get('width')}×{told.get('height')}, is {film.width}×{film.height}")
    if abs((told.get("duration") or 0) - film.seconds) > 1:
        faults.append(f"said to last {told.get('duration')} s, lasts {film.seconds:.2f} s")
    if thumbnail is None and not told.get("cover"):
        faults.append("no thumbnail")
    if not told.get("supports_streaming"):
        faults.append("not said to be streamable")
    if film.codec != "h264" or film.sound not in ("", "aac"):
        faults.append(f"{film.codec} with {film.sound}")
    if not film.fast:
        faults.append("its index comes last")
    return faults


def _photo(world: World, data: bytes) -> list[Stored]:
    if len(data) > PHOTO_BYTES:
        raise bad_request("file is too big for a photo")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            width, height = picture.size
    except OSError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return world.shelf.photo(data)


def _thumbnail(world: World, call: Call, told: dict[str, Any]) -> Stored | None:
    reference = told.get("thumbnail")
    if reference is None:
        return None
    if not str(reference).startswith("attach://"):
        raise bad_request("thumbnail must be uploaded with the request")
    data = attached(call, str(reference)).data
    try:
        width, height = check_thumbnail(data)
    except (Refusal, OSError) as fault:
        world.wrong.append(f"{call.method}: thumbnail refused")
        raise fault if isinstance(fault, Refusal) else bad_request("thumbnail is no picture") from fault
    return world.shelf.add("photo", data, width=width, height=height)
