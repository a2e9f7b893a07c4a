"""A headless Chromium for tests that look at a page: Debian's, or any that CHROMIUM names."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Where Chromium is. Without one the test is skipped, but never in CI: there it is a failure."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    reason = "no Chromium found: install the package `chromium`, or set CHROMIUM to its path"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser that is closed at the end."""
    path = executable()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            await chromium.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """A browser for many tests, and the event loop that it lives on."""

    chromium: Browser
    runner: asyncio.Runner

    def play(self, act: Coroutine[None, None, None]) -> None:
        """Run a test's coroutine on the browser's loop."""
        self.runner.run(act)


@contextmanager
def stage() -> Iterator[Stage]:
    """A browser that is started once, for a fixture of module scope."""
    with asyncio.Runner() as runner:
        house = browser()
        chromium = runner.run(house.__aenter__())
        try:
            yield Stage(chromium, runner)
        finally:
            runner.run(house.__aexit__(None, None, None))
