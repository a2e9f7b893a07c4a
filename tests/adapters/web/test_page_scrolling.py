"""What a person reads stays where it is; what is new is in sight of whoever is at the end."""

from __future__ import annotations

from playwright.async_api import Page, expect

from core.messages import Picture
from tests.adapters.contract import PNG
from tests.adapters.web.browsing import here, opened, say
from tests.adapters.web.site import Site, site
from tests.wire.browser import Stage

LINES = 40
LATEST = "Newest messages ↓"


async def long_chat(place: Site, page: Page) -> None:
    """More than fits, with its end in sight."""
    key = await here(page)
    for number in range(LINES):
        await place.sender.send_text(key, f"Line {number}", key=f"line{number}")
    await expect(page.get_by_text(f"Line {LINES - 1}", exact=True)).to_be_in_viewport()


async def read_up(page: Page) -> float:
    """Go up to an older message with the wheel. Returns where it stands then."""
    await page.locator("#log").hover()
    await page.mouse.wheel(0, -1500)
    older = page.get_by_text("Line 20", exact=True)
    await expect(older).to_be_in_viewport()
    return await standing(page)


async def standing(page: Page) -> float:
    box = await page.get_by_text("Line 20", exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_whoever_reads_further_up_is_not_carried_away(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await long_chat(place, page)
            before = await read_up(page)
            status = await place.sender.send_text(await here(page), "Connecting…", key="status")
            await place.sender.edit_text(status, "What the editor says.\n" * 12)
            await expect(page.get_by_text("What the editor says.")).to_be_attached()
            assert await standing(page) == before

            await page.get_by_role("button", name=LATEST).click()
            await expect(page.get_by_text("What the editor says.")).to_be_in_viewport()
            await expect(page.get_by_role("button", name=LATEST)).to_be_hidden()

    theatre.play(run())


def test_whoever_is_at_the_end_or_says_something_sees_what_is_new(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await long_chat(place, page)
            await read_up(page)
            await say(page, "slower")
            await expect(page.get_by_text("slower", exact=True)).to_be_in_viewport()

            key = await here(page)
            status = await place.sender.send_text(key, "Connecting…", key="status")
            await place.sender.edit_text(status, "What the editor says.\n" * 60 + "\nThe end of it")
            await expect(page.get_by_text("The end of it")).to_be_in_viewport()
            await place.sender.send_picture(key, Picture(PNG, "image/png", "a dot"), "The timeline", key="picture")
            await expect(page.get_by_text("The timeline", exact=True)).to_be_in_viewport()

    theatre.play(run())
