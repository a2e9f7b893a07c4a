"""Pictures that people hand in: checked by content, decoded in child processes, and made fit for the backend."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core import errors
from core.media import wire
from core.media.children import ChildLost, Children, open_children


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What is taken, and what preparing one picture may cost.

    `source_bytes`: size of the file, in bytes; the backend takes no more either.
    `jpeg_pixels`: a JPEG can be decoded at a fraction of its size, so that phones of 200 megapixels (16320 × 12240)
    are welcome.
    `pixels`: every other format is decoded whole, at up to 16 bytes a pixel (WEBP); 52 million let the largest HEIC of
    a phone through (8192 × 6144) and stay below `memory`. A PNG of 177 megapixels, 0.5 MB in a file, does not pass.
    `edge`: longest side of what is uploaded, in pixels: that of a 12-megapixel phone photo, which passes as it is, half
    that of one of 48, and twice what a 1080p video shows, which leaves room for a zoom.
    `memory`: bytes of address space of a child; `cpu_seconds` and `seconds`: its time for one picture.
    """

    source_bytes: int = 200_000_000
    jpeg_pixels: int = 210_000_000
    pixels: int = 52_000_000
    edge: int = 4032
    memory: int = 1_280 * 1024 * 1024
    cpu_seconds: int = 30
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture that the backend takes: JPEG, or PNG where something shines through.

    It stands upright, is in sRGB, has no metadata. `size` is in bytes, `name` is fit for an upload: the person's own
    name for it with the right suffix, never a path.
    """

    path: Path
    mime: str
    width: int
    height: int
    size: int
    name: str


MOST_AT_ONCE = 4
"""Small hosted machines show many processors and have little memory."""

_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}


@asynccontextmanager
async def open_pictures(
    limits: PictureLimits | None = None, *, at_once: int | None = None, warm: bool = True
) -> AsyncIterator[Pictures]:
    """The preflight of pictures, for as long as the block lasts.

    `at_once` pictures are worked on at the same time (default: one for each processor, at most `MOST_AT_ONCE`).
    With `warm` a first child process is started right away, in the background.
    """
    limits = limits or PictureLimits()
    confinement = wire.Confinement(limits.memory, limits.cpu_seconds, limits.seconds)
    places = at_once or min(os.cpu_count() or 1, MOST_AT_ONCE)
    async with open_children(
        "core.media.darkroom", confinement, at_once=places, spare=min(places, 2), warm=warm
    ) as children:
        yield Pictures(children, limits)


class Pictures:
    """Makes pictures fit for the backend; made by `open_pictures`."""

    def __init__(self, children: Children, limits: PictureLimits) -> None:
        self._children = children
        self._limits = limits

    async def prepare(self, source: Path, target_dir: Path, name: str) -> PreparedPicture:
        """Turn the file `source` (JPEG, PNG, WEBP, HEIC or GIF by content; of an animation the first frame) into a
        picture for upload, in a new file in `target_dir`.

        `name` is what the person calls it. Raises `EmptyFile`, `UnknownFormat`, `TooManyBytes`, `TooManyPixels`,
        `BrokenFile` about the file, and `OSError` where this machine is to blame (a full disk). Nothing is left behind
        then, nor when cancelled.
        """
        part = target_dir / f"{secrets.token_hex(8)}.part"
        try:
            facts = await self._develop(source, part, name)
            path = part.rename(part.with_suffix(_SUFFIXES[facts["mime"]]))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return PreparedPicture(path=path, name=upload_name(name, path.suffix), **facts)

    async def _develop(self, source: Path, target: Path, name: str) -> wire.Facts:
        try:
            return await self._children.do(
                "prepare",
                name=name,
                source=str(source),
                target=str(target),
                source_bytes=self._limits.source_bytes,
                jpeg_pixels=self._limits.jpeg_pixels,
                pixels=self._limits.pixels,
                edge=self._limits.edge,
            )
        except ChildLost as error:
            raise errors.BrokenFile(name, str(error)) from error


def upload_name(name: str, suffix: str) -> str:
    """A file name made of what the person calls the file: no folders, no control characters, at most 64 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    clean = "".join(char if char.isprintable() and char not in '"<>|:*?' else "_" for char in stem)
    return (clean.strip(" .")[: 64 - len(suffix)] or "picture") + suffix
