"""The page when the connection goes, the server restarts or tabs are many: nothing is lost, nothing is sent twice."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from core.errors import StoreAway
from tests.adapters.web.browsing import SAMPLES, here, messages, opened, say, tab
from tests.adapters.web.memory import MemoryBlobs, MemoryFeed
from tests.adapters.web.site import Core, site, until
from tests.wire.browser import Stage
from tests.wire.films import clip_in


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
            await place.sender.send_video(key, clip_in(tmp_path), "done", key="v")
            await expect(two).to_have_title("● Photoreel")
            await two.evaluate(turn, False)
            await expect(two).to_have_title("Photoreel")

    theatre.play(run())
