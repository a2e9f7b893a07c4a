"""Videos and sounds that the backend fetches by itself, where a platform lends their links."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from aiohttp import web

from core.messages import Attachment, Kind
from studio.faults import Endpoint
from tests.core.house import Person
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


def sound(seconds: float = 1.0) -> bytes:
    """A WAV file."""
    data = BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(16000 * seconds)))
    return data.getvalue()


@asynccontextmanager
async def lent(person: Person, data: bytes, *, status: int = 200) -> AsyncIterator[list[str]]:
    """The person's room lends links to a server that has the files; gives the list of what was fetched."""
    fetched: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        fetched.append(request.path)
        return web.Response(status=status, body=data)

    async def link(attachment: Attachment) -> str:
        return f"http://127.0.0.1:{port}/{attachment.name}?secret=1" if attachment.kind is not Kind.PHOTO else ""

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    vars(person.house.room)["link"] = link
    try:
        yield fetched
    finally:
        await runner.cleanup()


def handed_in(person: Person, name: str, data: bytes, kind: Kind = Kind.AUDIO) -> Attachment:
    person.house.room.files[name] = data
    return Attachment(kind, name, name, size=len(data))


async def test_a_sound_is_fetched_and_a_photo_is_carried(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        async with lent(anna, sound()) as fetched:
            files = (handed_in(anna, "song.wav", sound()), *anna.photos(1))
            message = await anna.sends(WISH, attachments=files)
            await anna.is_done_with(message)
        assert fetched == ["/song.wav"]
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        assert len(home.room.videos) == 1
        assert "secret" not in home.room.everything


async def test_what_cannot_be_fetched_is_carried(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        async with lent(anna, b"", status=404) as fetched:
            files = (handed_in(anna, "song.wav", sound()), *anna.photos(1))
            message = await anna.sends(WISH, attachments=files)
            await anna.is_done_with(message)
        assert fetched == ["/song.wav"]
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 3
        assert len((await home.record(anna)).files) == 2


async def test_what_is_no_sound_is_not_even_offered(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        async with lent(anna, b"") as fetched:
            files = (handed_in(anna, "song.wav", b"just text" * 100), *anna.photos(1))
            message = await anna.sends(WISH, attachments=files)
            await anna.is_done_with(message)
        await anna.sees("song.wav is not a format that I can use.")
        assert fetched == []
