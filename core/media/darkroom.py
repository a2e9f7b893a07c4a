"""What happens to a picture inside a child process: it is recognised, measured, decoded, set upright, written anew.

Nothing of the original file is copied: what comes out are its pixels and no metadata.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pi_heif
from PIL import GifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from core import errors
from core.media import boxes, sniff, wire
from core.media.child import Job

JPEG_QUALITY = 92

_PLUGINS = {
    sniff.JPEG: JpegImagePlugin.JpegImageFile.format,
    sniff.PNG: PngImagePlugin.PngImageFile.format,
    sniff.WEBP: WebPImagePlugin.WebPImageFile.format,
    sniff.GIF: GifImagePlugin.GifImageFile.format,
    sniff.HEIC: "HEIF",
}

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientations, and what sets each upright; 1 is upright."""


def set_up() -> None:
    """Teach Pillow HEIC; the pixel limits are ours, not Pillow's warning."""
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)
    Image.MAX_IMAGE_PIXELS = None


def prepare(
    name: str, source: str, target: str, *, source_bytes: int, pixels: int, jpeg_pixels: int, edge: int
) -> wire.Facts:
    """Write the picture in `source` to the file `target` as JPEG, or as PNG where something shines through.

    `source_bytes`, `pixels` and `jpeg_pixels` are checked before anything is decoded; a picture with a side longer than
    `edge` is scaled down. Returns mime, width, height and size of what was written.
    """
    form = recognise(Path(source), name, source_bytes)
    finished = decode(Path(source), name, form, jpeg_pixels if form is sniff.JPEG else pixels, edge)
    mime, data = encode(finished, fine=form in {sniff.PNG, sniff.GIF, sniff.WEBP})
    Path(target).write_bytes(data)
    return {"mime": mime, "width": finished.width, "height": finished.height, "size": len(data)}


def decode(source: Path, name: str, form: sniff.Format, pixels: int, edge: int) -> Image.Image:
    """The picture upright, in sRGB, no side longer than `edge`. `pixels` is checked before anything is decoded."""
    with opened(source, form) as picture:
        check_pixels(picture, name, pixels)
        size = fit(picture.size, edge)
        picture.draft(None, size)  # a JPEG can be decoded at 1/2, 1/4 or 1/8 of its size
        picture.load()  # before EXIF is read: of a PNG that decodes, and would hide that the pixels are damaged
        orientation = orientation_in_boxes(source, picture) if form is sniff.HEIC else orientation_of(picture)
        return develop(picture, size, orientation)


def recognise(source: Path, name: str, limit: int) -> sniff.Format:
    """The picture's format, by content."""
    size = source.stat().st_size
    if size == 0:
        raise errors.EmptyFile(name)
    if size > limit:
        raise errors.TooManyBytes(name, limit, size)
    with source.open("rb") as file:
        form = sniff.sniff(file.read(sniff.HEAD_BYTES))
    if form not in _PLUGINS:
        raise errors.UnknownFormat(name, "no picture" if form is None else form.mime)
    return form


@contextmanager
def opened(source: Path, form: sniff.Format) -> Iterator[Image.Image]:
    """The picture with its header read and its pixels not yet decoded. Only one decoder is ever asked."""
    with source.open("rb") as file, Image.open(file, formats=[_PLUGINS[form]]) as picture:
        yield picture


def check_pixels(picture: Image.Image, name: str, limit: int) -> None:
    """Refuse what is too large to be decoded."""
    pixels = picture.width * picture.height
    if pixels > limit:
        raise errors.TooManyPixels(name, pixels, limit)


def develop(picture: Image.Image, size: tuple[int, int], orientation: int) -> Image.Image:
    """The picture scaled to `size`, set upright, in sRGB: RGB, or RGBA where something shines through."""
    profile = picture.info.get("icc_profile")
    small = unify(picture)
    if small.size != size:
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if orientation in _UPRIGHT:
        small = small.transpose(_UPRIGHT[orientation])
    return to_srgb(small, profile)


def fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size with no side longer than `edge`, in the same proportions."""
    factor = min(1.0, edge / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


# --- colours ----------------------------------------------------------------------------------------------------------


def unify(picture: Image.Image) -> Image.Image:
    """The picture in one of the modes that can be scaled and colour-managed: L, LA, RGB, RGBA, CMYK; 8 bits each."""
    match picture.mode:
        case "I" | "I;16" | "I;16B" | "I;16L" | "I;16N":
            return sixteen_to_eight(picture)
        case "L" | "RGB" | "CMYK" if not picture.has_transparency_data:
            return picture
        case "LA" | "RGBA":
            return picture
        case _:
            return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def sixteen_to_eight(picture: Image.Image) -> Image.Image:
    """Keep the upper byte: Pillow's own conversion would clip everything above 255 to white."""
    return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, which is what files without a profile are taken for; alpha stays if it shows anything."""
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    opaque = picture.convert(picture.mode.removesuffix("A")) if alpha else picture
    colours = by_profile(opaque, profile) if profile else opaque.convert("RGB")
    if alpha and alpha.getextrema() != (255, 255):
        colours.putalpha(alpha)
    return colours


def by_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture converted from its embedded profile; a damaged or unfitting profile is as good as none."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return converted or picture.convert("RGB")


# --- which side is up -------------------------------------------------------------------------------------------------


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001  damaged EXIF raises whatever it likes and must not cost the picture
        return 1


def orientation_in_boxes(source: Path, picture: Image.Image) -> int:
    """The orientation that is left to apply to a HEIC.

    Its own rotation has been applied by the decoder, and EXIF only repeats it (then it must not turn the picture
    twice). But old encoders (heif-enc up to 1.15) wrote nothing except EXIF, and then EXIF is the truth.
    """
    if {b"irot", b"imir"} & properties_of(source):
        return 1
    return int(picture.info.get("original_orientation") or 1)


def properties_of(source: Path) -> set[bytes]:
    """The turns that a HEIC's own boxes name."""
    with source.open("rb") as file:
        meta = boxes.find(boxes.walk(file), b"meta")
        properties = boxes.read(file, meta) if meta else b""
    return {kind for kind in (b"irot", b"imir") if kind in properties}


# --- writing ----------------------------------------------------------------------------------------------------------


def encode(picture: Image.Image, *, fine: bool) -> tuple[str, bytes]:
    """Mime type and bytes: PNG where something shines through, else JPEG. `fine` keeps the full resolution of colour,
    which drawings and screenshots need and photographs, halved by their cameras already, do not."""
    picture.info.clear()  # Pillow writes comments and profiles that it finds here
    buffer = io.BytesIO()  # Pillow hides why a write failed; `write_bytes` tells of a full disk
    if picture.mode == "RGBA":
        picture.save(buffer, "PNG", compress_level=4)
        return "image/png", buffer.getvalue()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4" if fine else "4:2:0")
    return "image/jpeg", buffer.getvalue()


JOBS: Mapping[str, Job] = {"prepare": prepare}
