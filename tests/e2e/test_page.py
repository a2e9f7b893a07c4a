"""The main job as a person does it: a browser, real photos, a video that plays, changes in plain words."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import av
import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.conftest import PHOTOS
from tests.e2e.program import Stage
from tests.wire.browser import browser

PATIENCE = 120_000  # milliseconds: a bound for failures


def album(folder: Path, samples: list[Path]) -> list[Path]:
    """One photo of each kind: as cameras, phones and pages make them."""
    turned = folder / "turned.jpg"
    large = Image.open(samples[0]).convert("RGB").resize((4000, 3000))
    exif = Image.Exif()
    exif[0x0112] = 6
    large.save(turned, exif=exif, quality=85)
    Image.open(samples[1]).save(folder / "cat.png")
    Image.open(samples[2]).save(folder / "cup.webp")
    return [turned, folder / "cat.png", folder / "cup.webp", PHOTOS / "turned.heic"]


async def visit(page: Page, address: str) -> None:
    """Open the page, and wait until it greets."""
    await page.goto(address)
    await expect(page.locator("#welcome")).to_be_visible(timeout=PATIENCE)


async def say(page: Page, text: str) -> None:
    """Type a message and send it."""
    await page.fill("#text", text)
    await page.keyboard.press("Enter")


async def video(page: Page, number: int) -> bytes:
    """The bytes of the chat's `number`-th video, once it is there and can be played."""
    clip = page.locator("#log video").nth(number - 1)
    await expect(clip).to_be_attached(timeout=PATIENCE)
    await clip.evaluate(
        """clip => new Promise((done, failed) => {
            clip.muted = true;
            clip.addEventListener('timeupdate', () => clip.currentTime > 0 && done(), {});
            clip.addEventListener('error', () => failed(new Error('it does not play')));
            clip.play().catch(failed);
        })"""
    )
    source = await clip.evaluate("clip => clip.currentSrc")
    return await (await page.request.get(source)).body()


def facts(data: bytes) -> tuple[int, int, int]:
    """Width, height and number of frames of an MP4, by decoding all of it."""
    with av.open(io.BytesIO(data), "r") as opened:
        stream = opened.streams.video[0]
        return stream.width, stream.height, sum(1 for _ in opened.decode(stream))


def test_photos_dropped_on_the_page_come_back_as_a_video_that_can_be_changed(
    stage: Stage, samples: list[Path], tmp_path: Path, chromium: str
) -> None:
    program = stage.start("demo")

    async def play() -> None:
        async with browser() as opened:
            page = await opened.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            await visit(page, program.address())
            await page.set_input_files("#files", album(tmp_path, samples))
            await say(page, "turn these into a 2-second slideshow with music and the title Lisbon")
            assert facts(await video(page, 1)) == (1920, 1080, 60)
            log = page.locator("#log")
            await expect(log).to_contain_text("Lisbon · 2 s · 1920×1080")
            await say(page, "make it vertical")
            assert facts(await video(page, 2)) == (1080, 1920, 60)
            await say(page, "lower the music to 20%")
            assert facts(await video(page, 3)) == (1080, 1920, 60)
            await expect(log).to_contain_text("Music now at 20 %")
            await page.reload()
            await expect(page.locator("#log video")).to_have_count(3, timeout=PATIENCE)
            assert faults == []

    asyncio.run(play())


def test_the_chat_survives_a_restart_of_the_server(
    stage: Stage, samples: list[Path], chromium: str, unused_port: int
) -> None:
    program = stage.start("demo", PORT=str(unused_port))

    async def play() -> None:
        async with browser() as opened:
            page = await opened.new_page()
            address = program.address()
            await visit(page, address)
            await page.set_input_files("#files", samples[0])
            await say(page, "make a 1 second clip")
            await video(page, 1)
            await asyncio.to_thread(program.stop)
            again = stage.start("demo", PORT=str(unused_port))
            assert await asyncio.to_thread(again.address) == address
            await say(page, "make it square")
            assert facts(await video(page, 2)) == (1080, 1080, 30)

    asyncio.run(play())


@pytest.fixture
def unused_port() -> int:
    """A port that nothing listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
