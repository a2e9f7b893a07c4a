"""Reading photographs: formats by allowlist, upright, in sRGB, no larger than needed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps

from studio.render.faults import SourceUnreadable
from studio.render.framing import Box
from studio.render.planes import Rgb

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 60_000_000
"""What is decoded at once takes four bytes a pixel. Larger JPEGs come through, since they are decoded smaller."""

_REDUCIBLE = {"L", "LA", "RGB", "RGBA", "CMYK"}
_SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, upright."""

    pixels: Rgb

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def cut(self, part: Box, size: tuple[int, int]) -> Rgb:
        """A part of the picture (as shares of its width and height), scaled to `size`: quick, for what will move."""
        left, right = _edges(part.x, part.width, self.size[0])
        top, bottom = _edges(part.y, part.height, self.size[1])
        piece = self.pixels[top:bottom, left:right]
        shrinks = piece.shape[1] > size[0]
        return _rgb(cv2.resize(piece, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))

    def cut_exactly(self, part: Box, size: tuple[int, int]) -> Rgb:
        """The same with the best filter and to fractions of a pixel, for what will stand still."""
        width, height = self.size
        box = (part.x * width, part.y * height, (part.x + part.width) * width, (part.y + part.height) * height)
        box = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        return np.asarray(Image.fromarray(self.pixels).resize(size, Image.Resampling.LANCZOS, box))


def read_size(source: Path) -> tuple[int, int]:
    """Width and height of the upright picture, without decoding it. Raises `SourceUnreadable`."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            return _upright_size(image)
    except Exception as error:  # decoders of strange files raise anything
        raise SourceUnreadable(source, type(error).__name__) from error


def read(source: Path, wanted: tuple[float, float]) -> Picture:
    """Decode a picture. Where that is cheaper, it comes smaller, but not below `wanted` pixels wide and high.
    Raises `SourceUnreadable`."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            return Picture(_decode(image, wanted))
    except Exception as error:  # decoders of strange files raise anything
        raise SourceUnreadable(source, type(error).__name__) from error


def _decode(image: Image.Image, wanted: tuple[float, float]) -> Rgb:
    sideways = _upright_size(image) != image.size
    width, height = (wanted[1], wanted[0]) if sideways else wanted
    image.draft("RGB", (max(1, int(width)), max(1, int(height))))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError(f"{image.width}x{image.height} pixels")
    factor = _factor(image.size, (width, height)) if image.mode in _REDUCIBLE else 1
    reduced = image.reduce(factor) if factor > 1 else image
    ImageOps.exif_transpose(reduced, in_place=True)
    return np.asarray(_standard_colours(_opaque(reduced)))


def _factor(size: tuple[int, int], wanted: tuple[float, float]) -> int:
    return int(min(size[0] / max(1.0, wanted[0]), size[1] / max(1.0, wanted[1])))


def _upright_size(image: Image.Image) -> tuple[int, int]:
    if image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS:
        return image.height, image.width
    return image.size


def _opaque(image: Image.Image) -> Image.Image:
    """What is transparent is paper white; 16 bits of grey become eight."""
    if image.mode.startswith("I"):
        grey = np.asarray(image, np.float32)
        return Image.fromarray((grey * (255 / max(255.0, float(grey.max())))).astype(np.uint8))
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA"))
    return image


def _standard_colours(image: Image.Image) -> Image.Image:
    """In sRGB: phones write wider spaces, which look pale when taken for it."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return _in_rgb(image)
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return _in_rgb(image)
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a broken profile does not spoil a good picture
        return _in_rgb(image)
    return changed if changed is not None else _in_rgb(image)


def _in_rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")  # converting to the same would copy it


def _edges(start: float, length: float, pixels: int) -> tuple[int, int]:
    first = min(pixels - 1, max(0, round(start * pixels)))
    return first, min(pixels, max(first + 1, round((start + length) * pixels)))


def _rgb(array: cv2.typing.MatLike) -> Rgb:
    return np.asarray(array, np.uint8)
