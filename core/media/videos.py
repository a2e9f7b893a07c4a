"""Videos and voice notes: looked at, made to start fast, given a thumbnail, made to fit; all in child processes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import errors
from core.media import sniff, wire
from core.media.children import ChildLost, Children, open_children
from core.media.clips import Probe
from core.messages import LocalClip, RemoteClip


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What work on one video may cost: `memory` in bytes of address space, and time in seconds.

    Encoding anew gets `fit_seconds` by the clock, everything else `seconds`.
    """

    memory: int = 2 * 1024 * 1024 * 1024
    cpu_seconds: int = 1_800
    seconds: float = 60.0
    fit_seconds: float = 900.0


@asynccontextmanager
async def open_videos(
    limits: VideoLimits | None = None, *, at_once: int = 2, warm: bool = False
) -> AsyncIterator[Videos]:
    """The work on videos, for as long as the block lasts; at most `at_once` of them at the same time."""
    limits = limits or VideoLimits()
    confinement = wire.Confinement(limits.memory, limits.cpu_seconds, limits.seconds)
    async with open_children("core.media.cutting_room", confinement, at_once=at_once, spare=1, warm=warm) as children:
        yield Videos(children, limits)


def looks_like_mp4(head: bytes) -> bool:
    """Whether a file that begins so is an MP4 and not, say, an error page."""
    return sniff.sniff(head) is sniff.MP4


class Videos:
    """Looks at videos and makes them fit for a platform; made by `open_videos`.

    Every method raises `NotPlayable` about the file, and `OSError` where this machine is to blame (a full disk).
    A `target` appears whole or not at all. `name` in errors is the file's own.
    """

    def __init__(self, children: Children, limits: VideoLimits) -> None:
        self._children = children
        self._limits = limits

    async def probe(self, path: Path) -> Probe:
        """Its facts."""
        return Probe(**await self._do("probe", path))

    async def fast_start(self, path: Path, target: Path) -> Path:
        """A file with the same content whose index stands in front, so that it plays while it loads.

        `target`, or `path` itself where nothing need be (or can be) done. Nothing is encoded anew.
        """
        with _appearing(target) as part:
            moved = (await self._do("fast_start", path, target=str(part)))["moved"]
        return target if moved else path

    async def thumbnail(self, path: Path, target: Path, *, max_edge: int = 320, max_bytes: int = 200_000) -> Path:
        """A JPEG of a telling frame, as it is shown, no side longer than `max_edge`; returns `target`."""
        with _appearing(target) as part:
            await self._do("thumbnail", path, target=str(part), max_edge=max_edge, max_bytes=max_bytes)
        return target

    async def fit(self, path: Path, target: Path, max_bytes: int) -> Path:
        """An H.264/AAC MP4 of at most `max_bytes`: `target`, encoded anew, or `path` where that is small enough.

        Raises `TooManyBytes` where so few bytes cannot show anything.
        """
        seconds = self._limits.fit_seconds
        with _appearing(target) as part:
            written = (await self._do("fit", path, seconds, target=str(part), max_bytes=max_bytes))["written"]
        return target if written else path

    async def to_m4a(self, path: Path, target: Path) -> Path:
        """The sound of a voice note (Ogg), or of any audio or video, as AAC in an M4A; returns `target`."""
        with _appearing(target) as part:
            await self._do("to_m4a", path, target=str(part))
        return target

    async def clip_of(self, path: Path, *, edge: int = 320) -> LocalClip:
        """The video ready to be sent: index in front, with a thumbnail no side of which is longer than `edge`, if one
        can be made. New files lie beside it, named after it."""
        probe = await self.probe(path)
        ready = path if probe.fast_start else await self.fast_start(path, path.with_name(f"{path.stem}.fast.mp4"))
        thumbnail = await self._thumbnail_beside(path, ready, edge)
        return LocalClip(ready, probe.width, probe.height, probe.seconds, probe.size, thumbnail)

    async def remote_clip_of(self, url: str, beginning: Path, size: int, *, edge: int = 320) -> RemoteClip | None:
        """The video of `size` bytes at `url`, of which `beginning` is there; None where not every platform could play
        it as it lies there, or that cannot be told."""
        try:
            probe = Probe(**await self._do("peek", beginning, length=size))
        except errors.NotPlayable:
            return None
        if (probe.video_codec, probe.audio_codec) != ("h264", "aac"):
            return None
        thumbnail = await self._thumbnail_beside(beginning, beginning, edge)
        return RemoteClip(url, probe.width, probe.height, probe.seconds, size, thumbnail)

    async def _thumbnail_beside(self, path: Path, source: Path, edge: int) -> Path | None:
        try:
            return await self.thumbnail(source, path.with_name(f"{path.stem}.thumb.jpg"), max_edge=edge)
        except errors.FileError:  # it plays nevertheless
            return None

    async def _do(self, job: str, path: Path, seconds: float | None = None, **arguments: object) -> wire.Facts:
        try:
            return await self._children.do(job, name=path.name, seconds=seconds, source=str(path), **arguments)
        except errors.BrokenFile as error:
            raise errors.NotPlayable(path.name, error.detail) from error
        except ChildLost as error:
            raise errors.NotPlayable(path.name, str(error)) from error


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A name to write to; what is there in the end becomes `target`, and nothing stays behind after a failure."""
    part = target.with_name(f"{secrets.token_hex(8)}.part")
    try:
        yield part
        if part.exists():
            part.replace(target)
    finally:
        for leftover in target.parent.glob(f"{part.stem}.*"):
            leftover.unlink(missing_ok=True)
