"""The page as a person has it open: a profile of their own, what they type, and what reached the core."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, expect

from adapters.web.app import PAGE
from adapters.web.translate import chat_of_cookie, key_of
from core.messages import ConversationKey, InboundMessage
from tests.adapters.web.site import Core, Site

SAMPLES = sorted((PAGE / "samples").glob("*.jpg"))


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
    """One more tab of a profile, once it is connected; what goes wrong in it is added to `trouble`."""
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda line: trouble.append(line.text) if "Content Security" in line.text else None)
    await page.goto(place.address)
    await expect(page.locator("#link")).to_have_attribute("data-state", "online")
    return page


async def here(page: Page) -> ConversationKey:
    """The conversation of the profile."""
    cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    return key_of(chat_of_cookie(cookies["photoreel_chat"]))


async def say(page: Page, text: str) -> None:
    """Type a message and send it."""
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


def messages(core: Core) -> list[InboundMessage]:
    """What was said."""
    return [message for message in core.received if isinstance(message, InboundMessage)]
