"""Small films and pictures that are what they are said to be; each film is made only once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from core.messages import LocalClip
from tests.core.media.album import quadrants, saved
from tests.core.media.reel import clip

SIZE = (320, 180)
SECONDS = 1.0


@cache
def film(*, fast: bool = True, sound: bool = True) -> bytes:
    """A film of this size and length."""
    with TemporaryDirectory() as folder:
        return clip(Path(folder) / "film.mp4", seconds=SECONDS, size=SIZE, fast=fast, sound=sound).read_bytes()


def jpeg(width: int = 320, height: int = 180) -> bytes:
    """A picture."""
    return saved(quadrants(width, height), "JPEG")


def clip_in(folder: Path, data: bytes = b"", *, thumbnail: bool = False) -> LocalClip:
    """A film in a folder: these bytes, or the usual ones. `thumbnail` lies beside it."""
    path, data = folder / "clip.mp4", data or film()
    path.write_bytes(data)
    if thumbnail:
        path.with_suffix(".jpg").write_bytes(jpeg())
    return LocalClip(path, *SIZE, SECONDS, len(data), path.with_suffix(".jpg") if thumbnail else None)
