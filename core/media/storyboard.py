"""The storyboard: a timeline as one picture, with the clips' real pictures in it, drawn in child processes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from core.drafts import Timeline
from core.errors import BackendError, FileError
from core.media import sniff, wire
from core.media.boards import lay_out
from core.media.children import ChildLost, Children, open_children
from core.media.marks import Board, encode
from core.media.pictures import PictureLimits
from core.nemo.downloads import Wanted

log = structlog.get_logger(__name__)

Fetch = Callable[[str, Path, Wanted], Awaitable[object]]
"""Saves the file at an address to a path, if it is what is wanted. Raises `BackendError`, `OSError` where it is not to
be had: `NemoClient.save_source` is one."""


@dataclass(frozen=True, slots=True)
class StoryboardLimits:
    """What a storyboard may cost.

    `sources`: files that are fetched for it, `at_once` of them at the same time, each of at most `source_bytes`, all of
    them in `fetch_seconds`; what has not come by then is left out. `edge`: longest side of a picture in it, in pixels.
    `bytes`: size of the result. `children` processes work on it, each with so much `memory`.
    """

    sources: int = 24
    at_once: int = 4
    source_bytes: int = 25_000_000
    fetch_seconds: float = 2.0
    edge: int = 420
    bytes: int = 300_000
    children: int = 2
    memory: int = 1_280 * 1024 * 1024
    cpu_seconds: int = 10
    seconds: float = 15.0
    pictures: PictureLimits = field(default_factory=PictureLimits)


@asynccontextmanager
async def open_storyboards(folder: Path, limits: StoryboardLimits | None = None) -> AsyncIterator[Storyboards]:
    """The drawing of storyboards, for as long as the block lasts. Files in the making lie in `folder`. No process is
    started before one is wanted."""
    limits = limits or StoryboardLimits()
    confinement = wire.Confinement(limits.memory, limits.cpu_seconds, limits.seconds)
    async with open_children("core.media.easel", confinement, at_once=limits.children, spare=1, warm=False) as children:
        yield Storyboards(children, folder, limits)


def is_visible(head: bytes) -> bool:
    """Whether a file that begins so can be shown in a storyboard: a picture or a video."""
    form = sniff.sniff(head)
    return form is not None and form.family in (sniff.Family.IMAGE, sniff.Family.VIDEO)


class Storyboards:
    """Draws timelines; made by `open_storyboards`."""

    def __init__(self, children: Children, folder: Path, limits: StoryboardLimits) -> None:
        self._children = children
        self._folder = folder
        self.limits = limits
        self._wanted = Wanted("picture or video", limits.source_bytes, is_visible)

    async def draw(self, timeline: Timeline, fetch: Fetch) -> bytes | None:
        """The timeline as a JPEG; None where it holds nothing, or where this machine cannot draw now.

        A clip whose picture `fetch` does not bring in time, or that cannot be decoded, is a plain tile.
        """
        board = lay_out(timeline)
        if board is None:
            return None
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix="storyboard-") as folder:
                pictures = await self._collect(timeline, board, fetch, Path(folder))
                return await self._paint(board, pictures, Path(folder) / "board.jpg")
        except (OSError, ChildLost, FileError) as error:
            log.warning("storyboard_not_drawn", error=type(error).__name__)
            return None

    async def _collect(self, timeline: Timeline, board: Board, fetch: Fetch, folder: Path) -> dict[str, str]:
        """The files with the clips' pictures, by source; those that are there in time."""
        addresses = {one.source: one.address for track in timeline.tracks for one in track.segments if one.address}
        found: dict[str, str] = {}
        places = asyncio.Semaphore(self.limits.at_once)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.fetch_seconds), asyncio.TaskGroup() as group:
                for number, source in enumerate(board.sources(self.limits.sources)):
                    file = folder / f"{number}"
                    group.create_task(self._obtain(source, addresses[source], fetch, file, places, found))
        return found

    async def _obtain(
        self, source: str, address: str, fetch: Fetch, file: Path, places: asyncio.Semaphore, found: dict[str, str]
    ) -> None:
        small = file.with_suffix(".bmp")
        async with places:
            try:
                await fetch(address, file, self._wanted)
                await self._shrink(file, small)
            except (BackendError, FileError, ChildLost, OSError) as error:
                log.info("clip_not_shown", error=type(error).__name__)
                return
        found[source] = str(small)

    async def _shrink(self, file: Path, target: Path) -> None:
        allowed = self.limits.pictures
        await self._children.do(
            "shrink",
            name="clip",
            source=str(file),
            target=str(target),
            edge=self.limits.edge,
            pixels=allowed.pixels,
            jpeg_pixels=allowed.jpeg_pixels,
        )

    async def _paint(self, board: Board, pictures: dict[str, str], target: Path) -> bytes:
        await self._children.do(
            "draw",
            name="storyboard",
            target=str(target),
            width=board.width,
            height=board.height,
            marks=[encode(mark) for mark in board.marks],
            pictures=pictures,
            most=self.limits.bytes,
        )
        return await asyncio.to_thread(target.read_bytes)
