"""The page in a real browser: what a person does and sees, with a core that only takes notes behind it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from adapters.web.access import WebSettings
from core.errors import MailboxFull
from core.messages import Activity, Choice, Picture, Press
from tests.adapters.contract import PNG
from tests.adapters.web.browsing import SAMPLES, here, messages, opened, say
from tests.adapters.web.site import Core, site, until
from tests.wire.browser import Stage
from tests.wire.films import SIZE, clip_in, film


def test_photos_in_a_changing_status_and_a_video_that_plays(theatre: Stage, tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await page.locator("#files").set_input_files([SAMPLES[0], SAMPLES[1]])
            await expect(page.locator("#chips .chip[data-state=done]")).to_have_count(2)
            await say(page, "make a slideshow")
            await until(lambda: place.core.received)
            (message,) = messages(place.core)
            assert (message.text, message.whole) == ("make a slideshow", True)
            assert [file.size for file in message.attachments] == [path.stat().st_size for path in SAMPLES[:2]]
            await expect(page.locator("article[data-by=you] img")).to_have_count(2)

            key = await here(page)
            status = await place.sender.send_text(key, "Connecting…", key="s")
            await expect(page.get_by_text("Connecting…")).to_be_visible()
            await place.sender.edit_text(status, "Rendering 40 %")
            await expect(page.locator("article[data-by=bot] progress")).to_have_js_property("value", 40)
            await place.sender.edit_text(status, "I lowered the music to 20% and added a title.")
            await expect(page.locator("article[data-by=bot] progress")).to_be_hidden()
            await expect(page.locator("article[data-by=bot]")).to_have_count(1)

            await place.sender.send_video(key, clip_in(tmp_path), "Slideshow", key="v")
            video = page.locator("video")
            assert (
                await video.evaluate(
                    "async video => { video.muted = true; await video.play(); return video.videoWidth }"
                )
                == SIZE[0]
            )
            async with page.expect_download() as downloading:
                await page.get_by_role("link", name="Download").click()
            saved = await (await downloading.value).path()
            assert saved.read_bytes() == film()
            assert (await downloading.value).suggested_filename == "photoreel.mp4"

    theatre.play(run())


def test_files_can_be_dropped_and_pasted_and_taken_back(theatre: Stage) -> None:
    hand_over = """([kind, target]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(50)], kind + ".HEIC", {type: "image/heic"}));
        const fire = (name) => document.querySelector(target).dispatchEvent(name === "paste"
            ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
            : new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true}));
        if (kind === "paste") fire("paste");
        else { fire("dragenter"); if (document.getElementById("drop").hidden) throw "no drop zone"; fire("drop"); }
    }"""

    async def run() -> None:
        async with (
            site(WebSettings(upload_bytes=1000)) as place,
            opened(place, theatre.chromium) as page,
        ):
            await page.evaluate(hand_over, ["drop", "h1"])
            await page.evaluate(hand_over, ["paste", "#text"])
            await expect(page.locator("#drop")).to_be_hidden()
            await expect(page.locator("#chips .chip[data-state=done] .tile b")).to_have_text(["HEIC", "HEIC"])
            await page.get_by_role("button", name="Remove drop.HEIC").click()
            await expect(page.locator("#chips .chip")).to_have_count(1)
            await until(lambda: place.blobs.held == 50)
            await page.locator("#files").set_input_files(SAMPLES[0])  # more than this server takes
            await expect(page.locator("#chips .chip[data-state=failed]")).to_contain_text("larger than 1.0 kB")
            await say(page, "go")
            await until(lambda: place.core.received)
            assert [file.name for file in messages(place.core)[0].attachments] == ["paste.HEIC"]
            await expect(page.locator("#chips .chip[data-state=failed]")).to_have_count(1)

    theatre.play(run())


def test_sample_photos_are_one_click_away(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await page.get_by_role("button", name="Add the sample photo “cat”").click()
            await expect(page.locator("#chips .chip[data-state=done]")).to_have_count(1)
            await page.get_by_role("button", name="Add all of them").click()
            await expect(page.locator("#chips .chip[data-state=done]")).to_have_count(1 + len(SAMPLES))
            await page.get_by_role("button", name="Send").click()
            await until(lambda: place.core.received)
            assert len(messages(place.core)[0].attachments) == 1 + len(SAMPLES)
            await expect(page.locator("#welcome")).to_be_hidden()

    theatre.play(run())


def test_nothing_that_anybody_wrote_is_read_as_markup(theatre: Stage) -> None:
    async def run() -> None:
        text = "<img src=x onerror=alert(1)> <b>x</b> javascript:alert(1) http://a.example https://b.example/x?y=1)."
        async with site() as place, opened(place, theatre.chromium) as page:
            key = await here(page)
            await place.sender.send_text(key, text, [Choice("<i>label</i>", "t")], key="k")
            await place.sender.send_picture(key, Picture(PNG, "image/png", '"><b>alt'), "<u>caption", key="p")
            message = page.locator("article").first
            await expect(message.locator(".text")).to_have_text(text)
            assert await message.locator("a").evaluate_all("links => links.map(link => [link.href, link.rel])") == [
                ["https://b.example/x?y=1", "noopener noreferrer"]
            ]
            await expect(page.get_by_role("button", name="<i>label</i>")).to_be_visible()
            await expect(page.get_by_role("img", name='"><b>alt')).to_be_visible()
            await expect(page.locator("article b:not(.unseen), article i, article u")).to_have_count(0)

    theatre.play(run())


def test_buttons_press_ask_and_are_answered(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            key = await here(page)
            choices = [Choice("9:16", "tall"), Choice("Title", "title", asks="What should it say?")]
            await place.sender.send_text(key, "Done", choices, key="k")
            button = page.get_by_role("button", name="9:16")
            await button.click()
            await until(lambda: place.core.received)
            await expect(button).to_have_attribute("aria-busy", "true")
            press = place.core.received[0]
            assert isinstance(press, Press)
            await place.sender.answer(press, "The project has moved on")
            await expect(page.get_by_role("status").filter(has_text="The project has moved on")).to_be_visible()
            await expect(button).not_to_have_attribute("aria-busy", "true")

            title = page.get_by_role("button", name="Title")
            await title.click()
            await expect(page.get_by_role("dialog", name="What should it say?")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await expect(title).to_be_focused()
            await page.keyboard.press("Enter")
            await page.keyboard.type("Lisbon")
            await page.keyboard.press("Enter")
            await until(lambda: len(place.core.received) == 2)
            press = place.core.received[1]
            assert isinstance(press, Press)
            assert (press.token, press.text) == ("title", "Lisbon")

    theatre.play(run())


def test_a_private_page_asks_for_its_token(theatre: Stage) -> None:
    async def run() -> None:
        async with site(WebSettings(access_token="canary-7f3a")) as place:
            page = await (await theatre.chromium.new_context()).new_page()
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(place.address)
            dialog = page.get_by_role("dialog", name="Access token")
            await expect(dialog).to_be_visible()
            await page.keyboard.press("Escape")
            await page.keyboard.type("wrong")
            await page.keyboard.press("Enter")
            await expect(dialog.get_by_role("alert")).to_have_text("That is not the access token.")
            await page.keyboard.type("canary-7f3a")
            await page.keyboard.press("Enter")
            await expect(dialog).to_have_count(0)
            await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
            await expect(page.locator("#link")).to_have_attribute("data-state", "online")
            await page.keyboard.type("I am in")
            await page.keyboard.press("Enter")
            await until(lambda: place.core.received)
            assert not [url for url in asked if "canary" in url]

    theatre.play(run())


def test_a_reply_means_the_message_it_was_made_from(theatre: Stage, tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            sent = await place.sender.send_video(await here(page), clip_in(tmp_path), "the first cut", key="v")
            await page.get_by_role("button", name="Reply").click()
            await expect(page.locator("#reply")).to_contain_text("the first cut")
            await say(page, "this one, but slower")
            await until(lambda: place.core.received)
            assert messages(place.core)[0].reply_to == sent.ref.id
            await expect(page.locator("article .quote").last).to_have_text("the first cut")
            await expect(page.locator("#reply")).to_be_hidden()

    theatre.play(run())


def test_dots_show_that_something_goes_on_and_a_busy_place_says_so(theatre: Stage) -> None:
    async def run() -> None:
        core = Core(trouble=MailboxFull("full"))
        async with site(core=core) as place, opened(place, theatre.chromium) as page:
            await place.sender.activity(await here(page), Activity.TYPING)
            await expect(page.locator("#typing")).to_be_visible()
            ref = await place.sender.send_text(await here(page), "x", [Choice("Stop", "s")], key="k")
            await page.get_by_role("button", name="Stop").click()
            await expect(page.get_by_role("status").filter(has_text=re.compile("Too many messages"))).to_be_visible()
            await place.sender.delete(ref)
            await expect(page.locator("article")).to_have_count(0)

    theatre.play(run())
