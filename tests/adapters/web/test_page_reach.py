"""The page by keyboard alone, by ear and on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from core.messages import Choice
from tests.adapters.web.browsing import SAMPLES, here, messages, opened, say
from tests.adapters.web.site import site, until
from tests.wire.browser import Stage
from tests.wire.films import clip_in

PHONE = {"width": 360, "height": 740}


def test_the_keyboard_is_enough(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await page.keyboard.press("Tab")
            await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
            await page.keyboard.press("Enter")
            await page.keyboard.type("first line")
            await page.keyboard.press("Shift+Enter")
            await page.keyboard.type("second line")
            await page.keyboard.press("Enter")
            await until(lambda: place.core.received)
            assert messages(place.core)[0].text == "first line\nsecond line"
            await page.keyboard.type("/vi")
            await expect(page.get_by_role("option")).to_have_text(["/videomake a video"])
            await page.keyboard.press("Enter")
            await page.keyboard.type("slowly")
            await page.keyboard.press("Enter")
            await until(lambda: len(place.core.received) == 2)
            assert messages(place.core)[1].command is not None
            assert messages(place.core)[1].text == "/video slowly"
            await page.keyboard.type("/")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("listbox")).to_be_hidden()
            await page.get_by_role("button", name="Menu").press("Enter")
            await page.keyboard.press("ArrowUp")
            await expect(page.locator("#menu button").last).to_be_focused()
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("button", name="Menu")).to_be_focused()

    theatre.play(run())


def test_a_screen_reader_hears_messages_but_not_every_change(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            heard = """() => { window.heard = []; new MutationObserver(() => window.heard.push(
                document.getElementById("whisper").textContent)).observe(document.getElementById("whisper"),
                {childList: true, characterData: true, subtree: true}); }"""
            await page.evaluate(heard)
            log = page.get_by_role("log", name="Conversation")
            await expect(log).to_have_attribute("aria-live", "polite")
            ref = await place.sender.send_text(await here(page), "Rendering 0 %", key="k")
            await expect(log.get_by_text("Rendering 0 %")).to_be_visible()
            for percent in range(1, 21):
                await place.sender.edit_text(ref, f"Rendering {percent} %")
            await expect(page.locator("#whisper")).to_have_text("Rendering 20 %")
            assert await page.evaluate("window.heard") == ["Rendering 20 %"]
            await expect(log.locator(".text")).to_have_attribute("aria-live", "off")
            named = "node.innerText.trim() || node.getAttribute('aria-label') || !node.offsetParent"
            nameless = f"all => all.filter(node => !({named})).length"
            assert await page.locator("button, a, input:not(.unseen), textarea").evaluate_all(nameless) == 0

    theatre.play(run())


def test_a_phone_of_360_pixels_has_room(theatre: Stage, tmp_path: Path) -> None:
    async def run() -> None:
        options = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
        async with site() as place, opened(place, theatre.chromium, **options) as page:
            wide = "() => document.documentElement.scrollWidth"
            assert await page.evaluate(wide) == 360
            await expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
            await expect(page.locator("#shot")).to_have_attribute("capture", "environment")
            await page.locator("#files").set_input_files(SAMPLES)
            await say(page, "W" * 300 + " https://example.org/" + "x" * 200)
            key = await here(page)
            labels = ("Change…", "9:16", "16:9", "1:1", "Music", "Title", "Timeline", "New project", "x" * 80)
            choices = [Choice(label, f"{place}") for place, label in enumerate(labels)]
            await place.sender.send_video(key, clip_in(tmp_path), "Y" * 200, choices, key="v")
            await expect(page.locator("video")).to_be_visible()
            assert await page.evaluate(wide) == 360
            assert await page.locator("#scroller").evaluate("node => node.scrollWidth") == 360
            small = "all => all.filter(node => node.offsetParent && node.getBoundingClientRect().height < 36).length"
            assert await page.locator(".choice, .composer > .row > button").evaluate_all(small) == 0

    theatre.play(run())
