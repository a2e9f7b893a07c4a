"""Uploads and downloads over a real socket: streamed, by ranges, to their owner only."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters.web.access import WebSettings
from adapters.web.files import clean_mime, clean_name, disposition
from adapters.web.translate import key_of
from core.messages import LocalClip
from core.ports import BlobInfo
from tests.adapters.web.memory import MemoryBlobs
from tests.adapters.web.site import Site, chat_of, site, until, visitor

DATA = bytes(range(256)) * 1000
MIB = 1024 * 1024


async def posted(client: httpx.AsyncClient, place: Site, tmp_path: Path) -> str:
    """The address of a video that the bot has posted."""
    path = tmp_path / "v.mp4"
    path.write_bytes(DATA)
    key = key_of(chat_of(client))
    sent = await place.sender.send_video(key, LocalClip(path, 2, 2, 1.0, len(DATA)), "", key="v")
    return f"/files/{sent.ref.id}/{sent.handle}"


def test_a_video_comes_whole_and_by_ranges(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            address = await posted(client, place, tmp_path)
            whole = await client.get(address)
            assert (whole.status_code, whole.content) == (200, DATA)
            assert whole.headers["content-type"] == "video/mp4"
            assert whole.headers["accept-ranges"] == "bytes"
            part = await client.get(address, headers={"range": "bytes=100-199"})
            assert (part.status_code, part.content) == (206, DATA[100:200])
            assert part.headers["content-range"] == f"bytes 100-199/{len(DATA)}"
            end = await client.get(address, headers={"range": "bytes=-50"})
            assert (end.status_code, end.content) == (206, DATA[-50:])
            rest = await client.get(address, headers={"range": "bytes=255900-"})
            assert (rest.status_code, rest.content) == (206, DATA[255900:])
            beyond = await client.get(address, headers={"range": "bytes=256000-"})
            assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(DATA)}")

    asyncio.run(run())


def test_head_tells_without_bytes(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            address = await posted(client, place, tmp_path)
            head = await client.head(address)
            assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(DATA)), b"")
            part = await client.head(address, headers={"range": "bytes=0-9"})
            assert (part.status_code, part.headers["content-length"]) == (206, "10")
            assert place.blobs.sent == 0

    asyncio.run(run())


def test_a_range_of_another_version_is_not_mixed_in(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            address = await posted(client, place, tmp_path)
            etag = (await client.head(address)).headers["etag"]
            same = await client.get(address, headers={"range": "bytes=0-9", "if-range": etag})
            other = await client.get(address, headers={"range": "bytes=0-9", "if-range": '"another"'})
            known = await client.get(address, headers={"if-none-match": etag})
            assert (same.status_code, other.status_code, known.status_code) == (206, 200, 304)
            assert other.content == DATA

    asyncio.run(run())


def test_a_download_has_a_name_and_runs_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            address = await posted(client, place, tmp_path)
            shown, saved = await client.get(address), await client.get(address + "?download=1")
            assert shown.headers["content-disposition"].startswith("inline;")
            assert saved.headers["content-disposition"].startswith('attachment; filename="photoreel.mp4"')
            for answer in (shown, saved):
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"

    asyncio.run(run())


def test_what_could_run_in_a_browser_is_only_a_download() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            for mime in ("text/html", "image/svg+xml", "application/javascript", "application/pdf"):
                headers = {"content-type": mime, "x-file-name": "a%22%0D%0Ax.html"}
                blob = (await client.post("/api/files", content=b"<script>1</script>", headers=headers)).json()["id"]
                await client.post("/api/messages", json={"id": blob, "files": [blob]})
                answer = await client.get(f"/files/m-{blob}/{blob}")
                assert answer.headers["content-type"] == "application/octet-stream"
                assert answer.headers["content-disposition"].startswith("attachment;")

    asyncio.run(run())


def test_files_are_for_the_chat_that_has_them(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, visitor(place) as stranger:
            address = await posted(client, place, tmp_path)
            assert (await stranger.get(address)).status_code == 404
            async with httpx.AsyncClient(base_url=place.address) as nobody:
                assert (await nobody.get(address)).status_code == 401
            # a blob of one message is not served through another one
            ref = await place.sender.send_text(key_of(chat_of(client)), "x", key="t")
            assert (await client.get(f"/files/{ref.id}/{address.rpartition('/')[2]}")).status_code == 404

    asyncio.run(run())


def test_an_expired_file_is_said_to_be_gone(tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            address = await posted(client, place, tmp_path)
            await place.blobs.remove(address.rpartition("/")[2])
            assert (await client.get(address)).status_code == 410

    asyncio.run(run())


def test_an_upload_can_be_taken_back_by_its_owner_only() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, visitor(place) as stranger:
            blob = (await client.post("/api/files", content=DATA)).json()["id"]
            assert (await stranger.delete(f"/api/files/{blob}")).status_code == 204
            assert place.blobs.held == len(DATA)
            assert (await client.delete(f"/api/files/{blob}")).status_code == 204
            assert (await client.delete(f"/api/files/{blob}")).status_code == 204
            assert place.blobs.held == 0

    asyncio.run(run())


class CountingBlobs(MemoryBlobs):
    """Counts what comes and keeps none of it."""

    seen = 0

    async def put(self, data: AsyncIterator[bytes], *, mime: str, name: str = "", seconds: float) -> BlobInfo:
        async for chunk in data:
            self.seen += len(chunk)
        return BlobInfo("counted", self.seen, mime, name)


def test_a_large_upload_is_never_whole_in_memory() -> None:
    async def run() -> None:
        blobs = CountingBlobs()

        async def large() -> AsyncIterator[bytes]:
            piece = bytes(MIB)
            for _ in range(150):
                yield piece

        async with site(blobs=blobs) as place, visitor(place) as client:
            await client.post("/api/files", content=bytes(MIB))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            answer = await client.post("/api/files", content=large())
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            assert (answer.status_code, blobs.seen) == (201, 151 * MIB)
            assert grown < 40

    asyncio.run(run())


def test_too_large_is_refused_whether_declared_or_not() -> None:
    async def run() -> None:
        async def undeclared() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield bytes(1000)

        settings = WebSettings(upload_bytes=10_000)
        async with site(settings) as place, visitor(place) as client:
            assert (await client.post("/api/files", content=bytes(10_000))).status_code == 201
            assert (await client.post("/api/files", content=bytes(10_001))).status_code == 413
            assert (await client.post("/api/files", content=undeclared())).status_code == 413
            assert place.blobs.held == 10_000

    asyncio.run(run())


def test_no_room_is_said() -> None:
    async def run() -> None:
        async with site(blobs=MemoryBlobs(quota=1000)) as place, visitor(place) as client:
            assert (await client.post("/api/files", content=bytes(2000))).status_code == 507

    asyncio.run(run())


def half_an_upload(place: Site, cookie: str) -> socket.socket:
    """A client that announces more than it sends."""
    head = f"POST /api/files HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\nCookie: photoreel_chat={cookie}\r\n"
    client = socket.create_connection(("127.0.0.1", place.port))
    client.sendall(head.encode() + b"Content-Length: 1000000\r\n\r\n" + bytes(1000))
    return client


def test_an_upload_that_is_cut_leaves_nothing() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            half = half_an_upload(place, client.cookies["photoreel_chat"])
            await asyncio.sleep(0.05)
            half.close()
            assert (await client.post("/api/files", content=b"next")).status_code == 201
            assert place.blobs.held == 4

    asyncio.run(run())


def test_an_upload_that_stalls_is_ended() -> None:
    async def run() -> None:
        settings = replace(WebSettings(), stall_seconds=0.1)
        async with site(settings) as place, visitor(place) as client:
            half = half_an_upload(place, client.cookies["photoreel_chat"])
            half.setblocking(False)
            answer: list[bytes] = []

            async def read() -> None:
                answer.append(await asyncio.get_running_loop().sock_recv(half, 1000))

            reading = asyncio.create_task(read())
            await until(lambda: answer)
            await reading
            assert answer[0].startswith(b"HTTP/1.1 408")
            half.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "passwd"),
        (r"C:\photos\a.jpg", "a.jpg"),
        ("a\r\nb\x00.jpg", "ab.jpg"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("", ""),
        ("Küste 海.heic", "Küste 海.heic"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_long_names_keep_their_suffix() -> None:
    assert clean_name("x" * 300 + ".jpeg").endswith("x.jpeg")
    assert len(clean_name("x" * 300 + "." + "y" * 300)) <= 120
    assert len(clean_name("x" * 300)) == 120


def test_no_name_breaks_out_of_the_header() -> None:
    header = disposition('a"; filename=b.exe\\ü.mp4', download=True)
    assert header.count('"') == 2
    assert header.isascii()
    assert disposition("", download=False) == "inline; filename=\"file\"; filename*=UTF-8''file"


def test_odd_types_are_opaque() -> None:
    assert clean_mime("image/JPEG; charset=x") == "image/jpeg"
    assert clean_mime("") == clean_mime("nonsense") == clean_mime("a/b\r\nx: y") == "application/octet-stream"
