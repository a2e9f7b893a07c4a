"""Files on their way into the studio, over real HTTP."""

from __future__ import annotations

import asyncio
import http.client
import io
import resource
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from studio.faults import Answer, Endpoint
from studio.media import NotMedia, recognise
from tests.studio.visitor import Visitor, jpeg, visit

pytestmark = pytest.mark.anyio


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(file, kind)
    return file.getvalue()


def tone() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 16000)
    return file.getvalue()


def film(container: str, codec: str) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(20):
            output.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        output.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_pictures_are_taken_whatever_they_are_called(tmp_path: Path, kind: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = (await visitor.upload(await visitor.open(), ("holiday.doc", picture(kind)))).json()
    assert reply["data"]["session_state_applied"] is True
    file = reply["data"]["files"][0]
    assert (file["filename"], file["file_type"], file["width"], file["height"]) == ("holiday.doc", "image", 320, 200)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("webm", "libvpx"), ("matroska", "libx264"), ("avi", "mpeg4")],
)
async def test_videos_are_measured(tmp_path: Path, container: str, codec: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        file = (await visitor.upload(await visitor.open(), ("a.mp4", film(container, codec)))).json()["data"]["files"][
            0
        ]
    assert (file["file_type"], file["width"], file["height"], file["fps"]) == ("video", 64, 48, 10)
    assert file["duration"] == pytest.approx(2.0, abs=0.2)


async def test_sounds_are_measured(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        file = (await visitor.upload(await visitor.open(), ("a.wav", tone()))).json()["data"]["files"][0]
    assert (file["file_type"], file["duration"]) == ("audio", 2.0)


async def test_an_upload_is_seen_in_the_state_and_can_be_fetched(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.open()
        file = (await visitor.upload(session, ("a.jpg", jpeg()))).json()["data"]["files"][0]
        assert (await visitor.state(session))["state"]["video_infos"] == [file]
        assert (await visitor.http.get(file["cdn_url"])).content == jpeg()


async def test_several_files_come_in_one_call_and_the_same_bytes_are_one_medium(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.open()
        reply = await visitor.upload(session, ("a.jpg", jpeg()), ("b.jpg", jpeg(colour="red")), ("c.jpg", jpeg()))
        await visitor.upload(session, ("again.jpg", jpeg()))
        assert [file["filename"] for file in reply.json()["data"]["files"]] == ["a.jpg", "b.jpg", "c.jpg"]
        assert len((await visitor.state(session))["state"]["video_infos"]) == 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF", id="eps"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 50, id="broken jpeg"),
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 100, id="heic"),
        pytest.param(b"\0\0\0\x18ftypisom" + b"\0" * 100, id="broken mp4"),
        pytest.param(b"<svg/>", id="svg"),
    ],
)
async def test_anything_else_is_code_4001_and_leaves_nothing(tmp_path: Path, data: bytes) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.open()
        reply = await visitor.upload(session, ("good.jpg", jpeg()), ("photo.jpg", data))
        assert reply.json()["code"] == 4001
        assert (await visitor.state(session))["state"]["video_infos"] == []
    assert not list(tmp_path.glob("sessions/*/media/*"))


async def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    async with visit(tmp_path, picture_pixels=640 * 480 - 1) as (visitor, _):
        assert (await visitor.upload(await visitor.open(), ("a.jpg", jpeg()))).json()["code"] == 4001


async def test_a_file_over_the_limit_is_code_4002_and_leaves_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path, upload_bytes=100_000) as (visitor, _):
        session = await visitor.open()
        reply = await visitor.upload(session, ("big.jpg", jpeg() + b"\0" * 5_000_000))
        assert reply.json()["code"] == 4002
        assert (await visitor.upload(session, ("small.jpg", jpeg()))).json()["code"] == 0
    assert len(list(tmp_path.glob("sessions/*/media/*"))) == 1


def part(name: str, rest: bytes) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\nab'.encode() + rest


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"x"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nab',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nab\r\n--b--\r\n',
        ),
        ("application/json", b"{}"),
        ("application/json", b"nonsense"),
    ],
)
async def test_a_malformed_body_is_refused(tmp_path: Path, kind: str, body: bytes) -> None:
    async with visit(tmp_path) as (visitor, _):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        reply = await visitor.http.post(path, content=body, headers={**visitor.headers, "Content-Type": kind})
    assert reply.status_code == 400
    assert not list(tmp_path.glob("sessions/*/media/*"))


async def test_a_refusal_is_heard_by_a_client_that_sends_all_before_it_listens(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
        body = b"no boundary" + bytes(50_000_000)
        refused = await asyncio.to_thread(post_stubbornly, running.url, path, body, headers)
        running.faults.order(Endpoint.UPLOAD, Answer(503))
        spoiled = await asyncio.to_thread(post_stubbornly, running.url, path, body, headers)
    assert (refused, spoiled) == (400, 503)


def post_stubbornly(url: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


async def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        reply = await visitor.upload(await visitor.open(), ("../../../etc/пароль\u202e.jpg", jpeg()))
        assert reply.json()["data"]["files"][0]["filename"] == "пароль.jpg"
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


async def test_files_are_fetched_from_urls(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await visitor.open()
        url = (await visitor.upload(session, ("a.jpg", jpeg()))).json()["data"]["files"][0]["cdn_url"]
        other = await visitor.open()
        body = {"urls": [url], "source_type": "url"}
        reply = await visitor.post(f"/api/upload-video/nemo_agent/me/{other}", json=body)
        assert reply.json()["data"]["files"][0]["file_type"] == "image"
        assert len((await visitor.state(other))["state"]["video_infos"]) == 1


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/a.jpg", "file:///etc/passwd", "http://", "nonsense", "http://example.com/a.jpg", "http://10.0.0.1/a.jpg",
     "http://[::ffff:10.0.0.1]/a.jpg", "http://[oops/a.jpg"],
)  # fmt: skip
async def test_only_http_and_only_this_machine_is_fetched_from(tmp_path: Path, url: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        reply = await visitor.post(path, json={"urls": [url], "source_type": "url"})
    assert reply.status_code == 400
    assert reply.json()["message"] != "a URL could not be fetched"  # nobody even tried


async def test_a_url_with_nothing_behind_it_is_refused(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        for url in (f"{running.url}/cdn/none/none.jpg", "http://127.0.0.1:1/a.jpg"):
            reply = await visitor.post(path, json={"urls": [url], "source_type": "url"})
            assert reply.status_code == 400


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a process is measured as Linux tells it")
async def test_a_large_file_passes_through_little_memory(tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n' + jpeg()
        for _ in range(100):
            yield bytes(1024 * 1024)
        yield b"\r\n--b--\r\n"

    async with visit(tmp_path) as (visitor, _):
        path = f"/api/upload-video/nemo_agent/me/{await visitor.open()}"
        headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
        await visitor.upload(await visitor.open(), ("warm.jpg", jpeg()))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        reply = await visitor.http.post(path, content=body(), headers=headers)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert reply.json()["code"] == 0
    assert grown < 40 * 1024  # in kB; both ends of the connection live in this process


async def test_a_broken_connection_leaves_nothing(tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n' + jpeg()
        raise ConnectionError

    async with visit(tmp_path) as (visitor, _):
        session = await visitor.open()
        headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
        async with httpx.AsyncClient(base_url=visitor.http.base_url) as other:
            with pytest.raises(ConnectionError):
                await other.post(f"/api/upload-video/nemo_agent/me/{session}", content=body(), headers=headers)
        await _until_empty(visitor, tmp_path)


async def _until_empty(visitor: Visitor, folder: Path) -> None:
    async with asyncio.timeout(30):
        while list(folder.glob("sessions/*/media/*")):
            await asyncio.sleep(0.01)
    assert (await visitor.credits())["frozen"] == 0


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\xff\xd8\xff\xe1", "jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"\0\0\0\x14ftypqt  ", "mov"),
        (b"\0\0\0\x20ftypisom", "mp4"),
        (b"\x1a\x45\xdf\xa3", "mkv"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
    ],
)
async def test_formats_are_told_by_their_first_bytes(head: bytes, name: str) -> None:
    assert recognise(head).name == name


@pytest.mark.parametrize(
    "head", [b"", b"\xff", b"RIFF\0\0\0\0CDXA", b"\0\0\0\x20ftypavif", b"BM\0\0", b"II*\0", b"\xff\xe0\0\0"]
)
async def test_other_bytes_are_of_no_format(head: bytes) -> None:
    with pytest.raises(NotMedia):
        recognise(head)
