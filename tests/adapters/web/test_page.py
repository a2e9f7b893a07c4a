"""The page in a real browser: what a person does and sees, with a core that only takes notes behind it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from adapters.web.access import WebSettings
from adapters.web.app import PAGE
from adapters.web.translate import chat_of_cookie, key_of
from core.errors import MailboxFull, StoreAway
from core.messages import Activity, Choice, ConversationKey, InboundMessage, LocalClip, Picture, Press
from tests.adapters.contract import PNG
from tests.adapters.web.memory import MemoryBlobs, MemoryFeed
from tests.adapters.web.site import Core, Site, site, until
from tests.wire.browser import Stage, stage

SAMPLES = sorted((PAGE / "samples").glob("*.jpg"))
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def theatre() -> Iterator[Stage]:
    """One browser for all tests of the page; each opens a profile of its own."""
    with stage() as one:
        yield one


@asynccontextmanager
async def opened(place: Site, chromium: Browser, **options: object) -> AsyncIterator[Page]:
    """The page in a fresh profile; a script error or a blocked resource fails the test."""
    context = await chromium.new_context(**options)  # type: ignore[arg-type]  # options are Playwright's own
    context.set_default_timeout(8000)
    trouble: list[str] = []
    page = await tab(context, place, trouble)
    yield page
    assert trouble == []
    await context.close()


async def tab(context: BrowserContext, place: Site, trouble: list[str]) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda line: trouble.append(line.text) if "Content Security" in line.text else None)
    await page.goto(place.address)
    await expect(page.locator("#link")).to_have_attribute("data-state", "online")
    return page


async def here(page: Page) -> ConversationKey:
    cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    return key_of(chat_of_cookie(cookies["photoreel_chat"]))


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


def messages(core: Core) -> list[InboundMessage]:
    return [message for message in core.received if isinstance(message, InboundMessage)]


def film(path: Path) -> LocalClip:
    """Half a second of real H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        for shade in range(15):
            frame = av.VideoFrame.from_ndarray(np.full((108, 192, 3), shade * 16, dtype=np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return LocalClip(path, 192, 108, 0.5, path.stat().st_size)


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

            await place.sender.send_video(key, film(tmp_path / "v.mp4"), "Slideshow", key="v")
            video = page.locator("video")
            assert (
                await video.evaluate(
                    "async video => { video.muted = true; await video.play(); return video.videoWidth }"
                )
                == 192
            )
            async with page.expect_download() as downloading:
                await page.get_by_role("link", name="Download").click()
            saved = await (await downloading.value).path()
            assert saved.read_bytes() == (tmp_path / "v.mp4").read_bytes()
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


def test_tabs_stay_in_step_and_a_reload_brings_all_back(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as one:
            two = await tab(one.context, place, [])
            await say(one, "hello from one")
            for page in (one, two):
                await expect(page.locator("article[data-by=you] .text")).to_have_text("hello from one")
            await say(two, "and from two")
            await place.sender.send_text(await here(one), "the answer", key="k")
            await one.reload()
            for page in (one, two):
                await expect(page.locator("article .text")).to_have_text(
                    ["hello from one", "and from two", "the answer"]
                )

    theatre.play(run())


def test_a_restart_of_the_server_loses_nothing(theatre: Stage) -> None:
    async def run() -> None:
        feed, blobs, core = MemoryFeed(), MemoryBlobs(), Core()
        async with site(feed=feed, blobs=blobs, core=core) as place:
            context = await theatre.chromium.new_context()
            page = await tab(context, place, [])
            await say(page, "before")
            await expect(page.locator("article .foot").first).not_to_contain_text("Sending")
        await expect(page.locator("#link")).to_have_text("Reconnecting…")
        await say(page, "while it was away")
        await expect(page.locator("article.pending .foot")).to_contain_text("trying again")
        key = await here(page)
        async with site(feed=feed, blobs=blobs, core=core, port=place.port) as place:
            await place.sender.send_text(key, "after", key="k")
            await until(lambda: len(core.received) == 2, 10)
            await expect(page.locator("#link")).to_have_text("")
            await expect(page.locator("article.pending")).to_have_count(0)
            texts = await page.locator("article .text").all_text_contents()
            assert sorted(texts) == ["after", "before", "while it was away"]

    theatre.play(run())


def test_what_was_not_sent_says_so_and_is_sent_once(theatre: Stage) -> None:
    async def run() -> None:
        core = Core(trouble=StoreAway("gone"))
        async with site(core=core) as place, opened(place, theatre.chromium) as page:
            await page.locator("#files").set_input_files(SAMPLES[0])
            await say(page, "keep me")
            await expect(page.locator("article.pending .foot")).to_contain_text("Not sent yet")
            await expect(page.get_by_text("keep me")).to_have_count(1)
            await page.reload()
            await expect(page.locator("article.pending")).to_contain_text("keep me")
            core.trouble = None
            await until(lambda: core.received, 10)
            await expect(page.locator("article.pending")).to_have_count(0)
            (message,) = messages(core)
            assert (message.text, len(message.attachments)) == ("keep me", 1)

    theatre.play(run())


def test_what_can_never_be_sent_can_be_discarded(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await page.locator("#files").set_input_files(SAMPLES[0])
            await expect(page.locator("#chips .chip[data-state=done]")).to_have_count(1)
            for name, _ in (await place.feed.snapshot((await here(page)).chat)).items:
                await place.feed.remove((await here(page)).chat, name)
            await say(page, "without its photo")
            pending = page.locator("article.pending")
            await expect(pending).to_contain_text("Not sent. A file is no longer there.")
            await pending.get_by_role("button", name="Discard").click()
            await expect(pending).to_have_count(0)
            await say(page, "the next one goes")
            await until(lambda: place.core.received)
            assert [message.text for message in messages(place.core)] == ["the next one goes"]

    theatre.play(run())


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
            await place.sender.send_video(key, film(tmp_path / "v.mp4"), "Y" * 200, choices, key="v")
            await expect(page.locator("video")).to_be_visible()
            assert await page.evaluate(wide) == 360
            assert await page.locator("#scroller").evaluate("node => node.scrollWidth") == 360
            small = "all => all.filter(node => node.offsetParent && node.getBoundingClientRect().height < 36).length"
            assert await page.locator(".choice, .composer > .row > button").evaluate_all(small) == 0

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


def test_a_link_from_another_site_leads_into_the_same_chat(theatre: Stage) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            await say(page, "hello")
            await expect(page.locator("article .text")).to_have_text("hello")
            before = await here(page)
            await page.goto(f"data:text/html,<a href='{place.address}'>open</a>")
            await page.get_by_role("link", name="open").click()
            await expect(page.locator("article .text")).to_have_text("hello")
            assert await here(page) == before

    theatre.play(run())


def test_a_reply_means_the_message_it_was_made_from(theatre: Stage, tmp_path: Path) -> None:
    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            sent = await place.sender.send_video(await here(page), film(tmp_path / "v.mp4"), "the first cut", key="v")
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


def test_a_hidden_tab_gives_its_connection_up_while_another_is_looked_at(theatre: Stage, tmp_path: Path) -> None:
    turn = """hidden => { Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event("visibilitychange")); }"""

    async def run() -> None:
        async with site() as place, opened(place, theatre.chromium) as one:
            two = await tab(one.context, place, [])
            key = await here(one)
            await until(lambda: place.feed.following == 2)
            await two.evaluate(turn, True)
            await one.evaluate(turn, True)
            await one.evaluate(turn, False)
            await until(lambda: place.feed.following == 1)
            await place.sender.send_text(key, "missed by two", key="k")
            await two.evaluate(turn, False)
            await expect(two.locator("article .text")).to_have_text("missed by two")
            await until(lambda: place.feed.following == 2)

            await one.evaluate(turn, True)
            await two.evaluate(turn, True)  # nobody looks: the last one still hears, and tells in its title
            await place.sender.send_video(key, film(tmp_path / "v.mp4"), "done", key="v")
            await expect(two).to_have_title("● Photoreel")
            await two.evaluate(turn, False)
            await expect(two).to_have_title("Photoreel")

    theatre.play(run())


# --- languages --------------------------------------------------------------------------------------------------------


def test_a_chinese_browser_gets_a_chinese_page(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium, locale="zh-CN") as page:
            assert await page.evaluate("document.documentElement.lang") == "zh-CN"
            await expect(page.get_by_role("heading", name="照片变视频")).to_be_visible()
            await expect(page.get_by_label("消息", exact=True)).to_have_attribute("placeholder", "说说你想要的视频")
            await page.get_by_label("菜单").click()
            await expect(page.locator("#menu")).to_contain_text("我能做什么")
            await page.keyboard.press("Escape")
            left = await page.evaluate("""() => [...document.querySelectorAll("body :not(noscript)")]
                .flatMap((node) => [node.ariaLabel, node.title, node.placeholder,
                    ...[...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data)])
                .filter((text) => text && /[A-Za-z]{3}/.test(text.replaceAll("Photoreel", "")))""")
            named = ("/help", *(path.stem for path in SAMPLES))
            assert [text for text in left if "示例照片" not in text and text not in named] == []

    theatre.play(act())


SAME_KEYS = r"""async () => {
  const { english } = await import("/static/english.js");
  const { chinese } = await import("/static/chinese.js");
  const kind = (value) => Array.isArray(value) ? `list of ${value.length}` : typeof value;
  const keys = (words) => Object.entries(words).flatMap(([key, value]) =>
    kind(value) === "object" ? keys(value).map((inner) => `${key}.${inner}`) : [`${key}: ${kind(value)}`]).sort();
  const html = await (await fetch("/")).text();
  const named = [...html.matchAll(/data-(?:say|label|tip|hint)="(\w+)"/g)].map((found) => found[1]);
  const { page, tag, ...others } = chinese;
  const inPage = Object.keys(page).sort();
  return { english: keys(english), chinese: keys(others), named: [...new Set(named)].sort(), inPage };
}"""


def test_both_languages_say_the_same_sentences(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            told = await page.evaluate(SAME_KEYS)
            assert told["english"] == told["chinese"]
            assert len(told["english"]) > 40
            assert told["named"] == told["inPage"]

    theatre.play(act())


STAGES = {
    "Rendering 40 %": 40,
    "Your video is ready.\n\nRendering 40 % · about 20 s left": 40,
    "正在渲染 7%": 7,
    "视频已生成。\n\n正在渲染 55% · 大约还要 20 秒": 55,
    "Music now at 20 %.": None,
    "Rendering…": None,
    "100% of the photos are there": None,
    "Lower the music to 20%\n\nDone.": None,
}
WORK = (
    "Connecting…",
    "Rendering… · about 2 min left",
    "Done.\n\n⏳ Still working... (2 min)",
    "⏳ 还在制作中…（2 分钟）",
)


def test_progress_is_told_from_sentences(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            look = 'async (texts) => { const { NAME } = await import("/static/messages.js"); return texts.map(NAME); }'
            told = await page.evaluate(look.replace("NAME", "percentIn"), list(STAGES))
            assert dict(zip(STAGES, told, strict=True)) == STAGES
            assert all(await page.evaluate(look.replace("NAME", "isWorking"), list(WORK)))
            assert not any(await page.evaluate(look.replace("NAME", "isWorking"), ["Done.", "Music now at 20 %."]))

    theatre.play(act())
