"""The jobs around a storyboard that are done in a child process: clips made small, and the picture drawn."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, assert_never

import av
from PIL import Image, ImageDraw, ImageOps

from core import errors
from core.media import darkroom, footage, lettering, posters, sniff, wire
from core.media.child import Job
from core.media.marks import Align, Box, Label, Mark, Outline, Still, Tone, decode

_GROUND: Final = "#161b27"  # dark enough for white type, light enough to stand out from a dark chat's black
_EDGE: Final = "#3b455c"
_COLOURS: Final = {
    Tone.TEXT: "#f4f6fb",
    Tone.MUTED: "#aab4c8",
    Tone.FAINT: "#272f40",
    Tone.ACCENT: "#7cc4ff",
    Tone.STILL: "#2b3447",
    Tone.TITLE: "#6a4be0",
    Tone.AUDIO: "#0e7468",
    Tone.OTHER: "#55607a",
}
_BADGE: Final = "#10141d"
_RADIUS: Final = 12
_SYMBOL: Final = 72
_BADGE_SIZE, _BADGE_TYPE = 56, 38
_QUALITIES: Final = (88, 78, 66, 50, 35, 20)
_SMOOTH: Final = 4  # how much finer corners are drawn before they are scaled down
_FORM: Final = "BMP"  # written and read in no time


def set_up() -> None:
    """Teach Pillow HEIC, as for the pictures that people hand in."""
    darkroom.set_up()


# --- a clip made small ------------------------------------------------------------------------------------------------


def shrink(name: str, source: str, target: str, *, edge: int, pixels: int, jpeg_pixels: int) -> wire.Facts:
    """Write what stands for the picture or video in `source`, no side longer than `edge`, to the file `target`."""
    with Path(source).open("rb") as file:
        form = sniff.sniff(file.read(sniff.HEAD_BYTES))
    if form and form.family is sniff.Family.VIDEO:
        picture = frame_of(Path(source), name, edge)
    else:
        picture = picture_of(Path(source), name, edge, pixels, jpeg_pixels)
    picture.save(target, _FORM)
    return {}


def picture_of(source: Path, name: str, edge: int, pixels: int, jpeg_pixels: int) -> Image.Image:
    """A picture, on the colour of an empty tile where something shines through."""
    form = darkroom.recognise(source, name, source.stat().st_size)
    small = darkroom.decode(source, name, form, jpeg_pixels if form is sniff.JPEG else pixels, edge)
    if small.mode != "RGBA":
        return small
    ground = Image.new("RGBA", small.size, _COLOURS[Tone.STILL])
    return Image.alpha_composite(ground, small).convert("RGB")


def frame_of(source: Path, name: str, edge: int) -> Image.Image:
    """A frame of a video: the key frame before its first quarter is over, which costs one frame to decode."""
    with footage.playable(name), footage.opened(source, name) as container:
        video = footage.video_of(container, name)
        if container.duration and container.duration > av.time_base:
            container.seek((container.start_time or 0) + container.duration // 4)
        return posters.picture_of(footage.first_frame(container, video, name), video, edge).convert("RGB")


# --- the picture ------------------------------------------------------------------------------------------------------


def draw(
    name: str, target: str, *, width: int, height: int, marks: list[Any], pictures: dict[str, str], most: int
) -> wire.Facts:
    """Write the board as a JPEG of at most `most` bytes. `pictures` names the file that `shrink` wrote for a source."""
    canvas = Canvas(Image.new("RGB", (width, height), _GROUND), pictures)
    ImageDraw.Draw(canvas.image).rectangle((0, 0, width - 1, height - 1), outline=_EDGE, width=4)
    for facts in marks:
        canvas.draw(decode(facts))
    Path(target).write_bytes(encode(canvas.image, name, most))
    return {}


def encode(image: Image.Image, name: str, most: int) -> bytes:
    """The best JPEG that is small enough; colours in full resolution, for the sake of small type on colours."""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, subsampling="4:4:4")
        if buffer.tell() <= most:
            return buffer.getvalue()
    raise errors.TooManyBytes(name, most, buffer.tell())


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture in the making. `pictures` names the file for a source."""

    image: Image.Image
    pictures: Mapping[str, str]
    opened: dict[str, Image.Image] = field(default_factory=dict)

    def draw(self, mark: Mark) -> None:
        """Add a mark."""
        match mark:
            case Box():
                fill = Image.new("RGB", (mark.width, mark.height), _COLOURS[mark.tone])
                self.image.paste(fill, (mark.x, mark.y), rounded(mark.width, mark.height, mark.radius))
            case Outline():
                self._outline(mark)
            case Label():
                self._write(mark)
            case Still():
                self._show(mark)
            case _:
                assert_never(mark)

    def _outline(self, mark: Outline) -> None:
        solid = Image.new("RGB", (mark.width, mark.height), _COLOURS[Tone.ACCENT])
        self.image.paste(solid, (mark.x, mark.y), rounded(mark.width, mark.height, 10))
        inner = (mark.width - 10, mark.height - 10)
        if min(inner) > 0:
            self.image.paste(Image.new("RGB", inner, _GROUND), (mark.x + 5, mark.y + 5), rounded(*inner, 6))

    def _write(self, mark: Label) -> None:
        text = lettering.shorten(mark.text, mark.size, mark.room)
        left = mark.x - (lettering.width_of(text, mark.size) if mark.align == Align.RIGHT else 0)
        lettering.write(ImageDraw.Draw(self.image), text, mark.size, (left, mark.y), _COLOURS[Tone(mark.tone)])

    def _show(self, mark: Still) -> None:
        picture = self._picture(mark.source)
        tile = strip(picture, mark.width, mark.height) if picture else stand_in(mark)
        pen = ImageDraw.Draw(tile)
        if mark.number:
            badge(tile, pen, mark.number)
        if mark.film and picture and mark.width >= _SYMBOL:
            play(tile, pen)
        self.image.paste(tile, (mark.x, mark.y), rounded(mark.width, mark.height, min(_RADIUS, mark.width // 4)))

    def _picture(self, source: str) -> Image.Image | None:
        path = self.pictures.get(source)
        if path is None:
            return None
        if source not in self.opened:
            with Image.open(path, formats=[_FORM]) as picture:
                self.opened[source] = picture.convert("RGB")
        return self.opened[source]


def strip(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture filling a tile; in a wide one it is repeated, as on a strip of film, rather than cut to a slit."""
    natural = min(max(round(picture.width * height / picture.height), height // 2), 2 * height)
    if width <= natural * 1.3:
        return ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
    frame = ImageOps.fit(picture, (natural, height), Image.Resampling.BILINEAR)
    tile = Image.new("RGB", (width, height), _GROUND)
    for x in range(0, width, natural + 3):
        tile.paste(frame, (x, 0))
    return tile


def stand_in(mark: Still) -> Image.Image:
    """A plain tile that says what kind of thing is missing."""
    tile = Image.new("RGB", (mark.width, mark.height), _COLOURS[Tone.STILL])
    if mark.width >= _SYMBOL + 12:
        left = (mark.width - lettering.width_of(mark.stand_in, _SYMBOL)) / 2
        place = (left, mark.height / 2 + _SYMBOL * 0.35)
        lettering.write(ImageDraw.Draw(tile), mark.stand_in, _SYMBOL, place, _COLOURS[Tone.MUTED])
    return tile


def badge(tile: Image.Image, pen: ImageDraw.ImageDraw, text: str) -> None:
    """A clip's number in the corner of its tile."""
    letters = lettering.width_of(text, _BADGE_TYPE)
    width = max(_BADGE_SIZE, round(letters) + 30)
    tile.paste(Image.new("RGB", (width, _BADGE_SIZE), _BADGE), (8, 8), rounded(width, _BADGE_SIZE, _BADGE_SIZE // 2))
    place = (8 + (width - letters) / 2, 8 + _BADGE_SIZE * 0.75)
    lettering.write(pen, text, _BADGE_TYPE, place, _COLOURS[Tone.TEXT])


def play(tile: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    """The sign of what moves, in the corner of its tile."""
    x, y = tile.width - _BADGE_SIZE - 8, tile.height - _BADGE_SIZE - 8
    tile.paste(
        Image.new("RGB", (_BADGE_SIZE,) * 2, _BADGE), (x, y), rounded(_BADGE_SIZE, _BADGE_SIZE, _BADGE_SIZE // 2)
    )
    pen.polygon(((x + 21, y + 15), (x + 21, y + 41), (x + 43, y + 28)), fill=_COLOURS[Tone.TEXT])


@lru_cache(maxsize=256)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask with smooth round corners."""
    mask = Image.new("L", (width, height), 255)
    radius = min(radius, width // 2, height // 2)
    if radius < 2:
        return mask
    disc = Image.new("L", (2 * radius * _SMOOTH,) * 2)
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    disc = disc.reduce(_SMOOTH)
    for right in (False, True):
        for low in (False, True):
            left, top = radius * right, radius * low
            corner = disc.crop((left, top, left + radius, top + radius))
            mask.paste(corner, ((width - radius) * right, (height - radius) * low))
    return mask


JOBS: Mapping[str, Job] = {"shrink": shrink, "draw": draw}
