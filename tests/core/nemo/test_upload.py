"""Files go up as they come in: any size through little memory, any name without harm."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import HTTP

import pytest

from core.errors import AttachmentGone, BackendAway, BrokenFile, FileTooLarge, TooManyBytes, UnsupportedFile
from core.nemo.client import open_client
from core.nemo.multipart import safe_name
from core.nemo.patience import NemoSettings
from core.nemo.values import UploadedFile, UploadPart
from tests.wire.backend import Ending, Heard, backend, json_answer, says
from tests.wire.clients import ALICE, client_of

pytestmark = pytest.mark.anyio

UPLOAD = "POST /api/upload-video/nemo_agent/me/s"
TAKEN = json_answer({"code": 0, "data": {"files": [{"filename": "a.jpg", "file_type": "image", "cdn_url": "u"}]}})


class Source:
    """A file that is opened and closed, with an error at its end if wanted."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.open_now = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        self.open_now = True
        try:
            yield self._bytes()
        finally:
            self.open_now = False

    async def _bytes(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.error is not None:
            raise self.error

    def part(self, name: str = "a.jpg", mime: str = "image/jpeg", size: int | None = None) -> UploadPart:
        return UploadPart(name, mime, size, self.open)


def parts_of(heard: Heard) -> list[tuple[str | None, str, bytes]]:
    """Name, type and bytes of each part, as an independent parser reads them."""
    head = f"Content-Type: {heard.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + heard.body, policy=HTTP)
    parts = list(message.iter_parts())
    assert all(part["Content-Disposition"].params["name"] == "files" for part in parts)
    return [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in parts]  # type: ignore[misc]


@pytest.mark.parametrize("sizes", [True, False])
async def test_several_files_go_up_in_one_request(sizes: bool) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(UPLOAD, TAKEN)
        first, second = Source(b"JP", b"", b"EG"), Source(b"\r\n--x\r\n" * 30_000)
        parts = [first.part(size=4 if sizes else None), second.part("b.mp4", "video/mp4", 210_000 if sizes else None)]
        assert await client.upload(ALICE, "s", parts) == (UploadedFile("a.jpg", "image", "u"),)
    heard = wire.heard[0]
    assert ("content-length" in heard.headers) is sizes
    assert parts_of(heard) == [("a.jpg", "image/jpeg", b"JPEG"), ("b.mp4", "video/mp4", b"\r\n--x\r\n" * 30_000)]
    assert not first.open_now


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ('a"b\\c/d.jpg', "a_b_c_d.jpg"),
        ("a\r\nContent-Type: text/html\r\n\r\n.jpg", "a__Content-Type: text_html____.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("", "file"),
        (". .", "file"),
        ("été 🏖 假期.png", "été 🏖 假期.png"),
        ("evil\u202egpj.exe", "evil_gpj.exe"),
        ("half\ud83d.jpg", "half_.jpg"),
        ("x" * 500 + ".jpeg", "x" * 116 + ".jpeg"),
    ],
)
async def test_a_files_name_does_no_harm(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    async with backend() as wire, client_of(wire) as client:
        wire.on(UPLOAD, TAKEN)
        await client.upload(ALICE, "s", [Source(b"x").part(name, mime="image/jpeg\r\nX-Evil: 1", size=1)])
    [(_, mime, content)] = parts_of(wire.heard[0])
    assert (mime, content) == ("application/octet-stream", b"x")
    assert f'filename="{safe}"'.encode() in wire.heard[0].body


async def test_a_file_that_says_it_is_too_large_is_not_even_opened() -> None:
    async with backend() as wire, client_of(wire, file_bytes=10) as client:
        with pytest.raises(TooManyBytes):
            await client.upload(ALICE, "s", [Source(b"x").part(size=1), Source(b"").part(size=11)])
    assert wire.heard == []


@pytest.mark.parametrize(
    ("source", "size", "error"),
    [
        (Source(b"x" * 10_001), None, TooManyBytes),
        (Source(b"x" * 6), 5, BrokenFile),
        (Source(b"x" * 5, b"x" * 5000), 5, BrokenFile),
        (Source(b"x" * 4), 5, BrokenFile),
        (Source(b"x", error=AttachmentGone()), None, AttachmentGone),
    ],
)
async def test_a_file_that_is_not_what_it_said_stops_the_upload(
    source: Source, size: int | None, error: type[Exception]
) -> None:
    async with backend() as wire, client_of(wire, file_bytes=10_000) as client:
        wire.on(UPLOAD, TAKEN)
        with pytest.raises(error):
            await client.upload(ALICE, "s", [source.part(size=size)])
    assert not source.open_now
    assert wire.heard == []  # the request never came to its end


@pytest.mark.parametrize(("code", "error"), [(4001, UnsupportedFile), (4002, FileTooLarge)])
async def test_the_backend_may_not_want_a_file(code: int, error: type[Exception]) -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(UPLOAD, json_answer({"code": code, "message": "no"}))
        with pytest.raises(error):
            await client.upload(ALICE, "s", [Source(b"x").part()])


async def test_a_refusal_in_the_middle_of_an_upload_is_heard() -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(json_answer({}, 413, connection="close"))
        await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()

    source = Source(*[b"x" * 65536] * 64)
    async with await asyncio.start_server(early, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_client(NemoSettings(api_url=url)) as client:
            with pytest.raises(FileTooLarge):
                await client.upload(ALICE, "s", [source.part()])
    assert not source.open_now


async def test_a_backend_that_stops_reading_is_given_up() -> None:
    stop = asyncio.Event()

    async def lazy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        writer.close()

    source = Source(*[b"x" * 1_000_000] * 50)
    async with await asyncio.start_server(lazy, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_client(NemoSettings(api_url=url, stall_seconds=0.3)) as client:
            with pytest.raises(BackendAway) as caught:
                await client.upload(ALICE, "s", [source.part()])
        stop.set()
    assert caught.value.sent
    assert not source.open_now


async def test_a_lost_answer_does_not_upload_again() -> None:
    async with backend() as wire, client_of(wire) as client:
        wire.on(UPLOAD, says(ending=Ending.CLOSE))
        with pytest.raises(BackendAway):
            await client.upload(ALICE, "s", [Source(b"x").part()])
    assert wire.count(UPLOAD) == 1


CHILD = """
import asyncio, json, resource, sys
from contextlib import asynccontextmanager
from core.nemo.attribution import Attribution
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential, UploadPart

BLOCK, BLOCKS = bytes(range(256)) * 256, 3200

@asynccontextmanager
async def opened():
    async def chunks():
        for _ in range(BLOCKS):
            yield BLOCK
    yield chunks()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main():
    credential = Credential("nmv_usr_1", Attribution("image-video", "1"))
    async with open_client(NemoSettings(api_url=sys.argv[1])) as client:
        before = peak()
        part = UploadPart("a.mp4", "video/mp4", len(BLOCK) * BLOCKS, opened)
        await client.upload(credential, "s", [part])
        print(json.dumps({"kibibytes": peak() - before, "size": part.size}))

asyncio.run(main())
"""


async def test_two_hundred_megabytes_pass_through_little_memory() -> None:
    async with backend() as wire:
        wire.on(UPLOAD, TAKEN)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, wire.url, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await child.communicate()
    measured = json.loads(out)
    assert measured["size"] == 200 * 1024 * 1024
    assert measured["kibibytes"] < 40 * 1024
    sent = wire.heard[0]
    assert sent.size == int(sent.headers["content-length"]) > measured["size"]
    assert sent.digest == _digest_of(sent)


def _digest_of(sent: Heard) -> str:
    """Of the body that ought to have come: the kept beginning tells its head, the rest is known."""
    head = sent.body[: sent.body.index(b"\r\n\r\n") + 4]
    digest = hashlib.sha256(head)
    block = bytes(range(256)) * 256
    for _ in range(3200):
        digest.update(block)
    digest.update(b"\r\n" + head.split(b"\r\n")[0] + b"--\r\n")
    return digest.hexdigest()


async def test_the_wire_sees_pieces_not_the_whole() -> None:
    """The source is asked for more only when the backend has taken what came before."""
    asked = 0
    first = asyncio.Event()

    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            nonlocal asked
            for _ in range(2000):
                asked += 1
                yield b"x" * 65536

        yield chunks()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        first.set()
        while not reader.at_eof():
            await asyncio.sleep(3600)

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with open_client(NemoSettings(api_url=url)) as client:
        upload = asyncio.create_task(client.upload(ALICE, "s", [UploadPart("a", "video/mp4", None, opened)]))
        await first.wait()
        seen = -1
        while seen != asked:
            seen = asked
            await asyncio.sleep(0.1)
        upload.cancel()
        await asyncio.gather(upload, return_exceptions=True)
    server.close()
    assert 0 < asked < 500
