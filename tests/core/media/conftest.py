"""Preflight and video work that live as long as a test module: starting processes for each test would take long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from core.media.pictures import PreparedPicture, open_pictures
from core.media.videos import Videos, open_videos
from tests.core.media.processes import Ours, children_of

Prepare = Callable[..., PreparedPicture]


@pytest.fixture
def ours() -> Ours:
    """The children of this process that were started during the test."""
    before = children_of()
    return lambda: children_of() - before


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def prepare(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepare]:
    """Prepares the bytes of a picture."""
    stack = AsyncExitStack()
    pictures = runner.run(stack.enter_async_context(open_pictures()))
    folder = tmp_path_factory.mktemp("pictures")

    def prepare_bytes(data: bytes, name: str = "IMG_1.jpg") -> PreparedPicture:
        source = folder / "source"
        source.write_bytes(data)
        return runner.run(pictures.prepare(source, folder, name))

    yield prepare_bytes
    runner.run(stack.aclose())


@pytest.fixture(scope="module")
def videos(runner: asyncio.Runner) -> Iterator[Videos]:
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(open_videos()))
    runner.run(stack.aclose())
