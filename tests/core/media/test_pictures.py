"""Pictures made ready for the backend: upright, small enough, in plain colours, without a word on who took them."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from core.media.pictures import PreparedPicture, upload_name
from tests.core.media import album
from tests.core.media.conftest import Prepare


def look_at(prepared: PreparedPicture) -> Image.Image:
    """The prepared file, decoded; what was said of it must be true."""
    picture = Image.open(prepared.path)
    picture.load()
    assert picture.get_format_mimetype() == prepared.mime
    assert picture.size == (prepared.width, prepared.height)
    assert prepared.path.stat().st_size == prepared.size
    assert prepared.path.suffix == {"image/jpeg": ".jpg", "image/png": ".png"}[prepared.mime]
    return picture


def middle(picture: Image.Image) -> tuple[int, ...]:
    pixel = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


def near(pixel: tuple[int, ...], wanted: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


def averages(picture: Image.Image) -> list[tuple[int, ...]]:
    """The mean colour of each quadrant."""
    small = picture.convert("RGB").resize((2, 2), Image.Resampling.BOX)
    return [small.crop((x, y, x + 1, y + 1)).getcolors()[0][1] for y in (0, 1) for x in (0, 1)]  # type: ignore[index, misc]


TURNED = {
    1: ["red", "green", "blue", "grey"],
    2: ["green", "red", "grey", "blue"],
    3: ["grey", "blue", "green", "red"],
    4: ["blue", "grey", "red", "green"],
    5: ["red", "blue", "green", "grey"],
    6: ["blue", "red", "grey", "green"],
    7: ["grey", "green", "blue", "red"],
    8: ["green", "grey", "red", "blue"],
}
"""What the corners show once a picture with this EXIF orientation stands upright."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_set_upright(prepare: Prepare, form: str, orientation: int) -> None:
    data = album.saved(album.quadrants(), form, exif=album.exif(orientation))
    upright = look_at(prepare(data))
    assert album.corners(upright) == TURNED[orientation]
    assert upright.size == ((120, 160) if orientation >= 5 else (160, 120))
    assert album.corners(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))) == TURNED[orientation]


@pytest.mark.parametrize(
    ("file", "corners"),
    [
        ("plain.heic", TURNED[1]),
        ("turned.heic", TURNED[6]),
        ("turned-and-exif.heic", TURNED[6]),
        ("exif-only.heic", TURNED[6]),
    ],
)
def test_a_heic_becomes_a_jpeg_and_is_turned_exactly_once(prepare: Prepare, file: str, corners: list[str]) -> None:
    prepared = prepare((album.DATA / file).read_bytes(), "IMG_0001.HEIC")
    assert prepared.name == "IMG_0001.jpg"
    assert prepared.mime == "image/jpeg"
    assert album.corners(look_at(prepared)) == corners


def test_the_name_says_nothing_about_the_format(prepare: Prepare) -> None:
    prepared = prepare((album.DATA / "plain.heic").read_bytes(), "holiday.png")
    assert (prepared.mime, prepared.name) == ("image/jpeg", "holiday.jpg")


def test_nothing_of_the_metadata_of_a_jpeg_is_left(prepare: Prepare) -> None:
    data = album.saved(
        album.quadrants(),
        "JPEG",
        exif=album.exif(6),
        comment=b"CANARY-COMMENT",
        xmp=b"<x:xmpmeta>CANARY-XMP</x:xmpmeta>",
        icc_profile=album.display_p3(),
    )
    assert data.count(b"CANARY") == 3
    written = prepare(data).path.read_bytes()
    assert set(album.segments(written)) <= {0xE0, 0xDB, 0xC0, 0xC4}
    assert all(word not in written for word in (b"CANARY", b"Exif", b"GPS", b"ICC_PROFILE", b"ns.adobe.com"))


def test_nothing_of_the_metadata_of_a_png_is_left(prepare: Prepare) -> None:
    picture = album.quadrants().convert("RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "CANARY")
    data = album.saved(picture, "PNG", pnginfo=text, exif=album.exif(), icc_profile=album.display_p3(), dpi=(300, 300))
    assert set(album.chunks(data)) == {b"IHDR", b"iCCP", b"tEXt", b"pHYs", b"eXIf", b"IDAT", b"IEND"}
    assert set(album.chunks(prepare(data).path.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}


def test_the_place_in_a_heic_is_gone(prepare: Prepare) -> None:
    data = (album.DATA / "turned-and-exif.heic").read_bytes()
    assert b"Photoreel" in data
    written = prepare(data).path.read_bytes()
    assert b"Photoreel" not in written
    assert not Image.open(io.BytesIO(written)).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_opaque_drawings_become_jpegs_that_look_the_same(prepare: Prepare, form: str, mode: str) -> None:
    picture = album.quadrants().convert(mode)
    shown = look_at(prepare(album.saved(picture, form)))
    assert shown.mode == "RGB"
    assert all(near(*pair) for pair in zip(averages(shown), averages(picture), strict=True))


def test_16_bits_of_grey_become_8_without_clipping(prepare: Prepare) -> None:
    row = b"".join((column * 256).to_bytes(2, "big") for column in range(256))
    shown = look_at(prepare(album.png(256, 16, depth=16, row=row)))
    assert [near(shown.getpixel((x, 8)), (x, x, x), 3) for x in (0, 64, 128, 200, 255)] == [True] * 5  # type: ignore[arg-type]


def test_16_bits_of_colour_become_8(prepare: Prepare) -> None:
    pixel = b"".join((value * 257).to_bytes(2, "big") for value in (200, 100, 50))
    assert near(middle(look_at(prepare(album.png(32, 32, depth=16, colour=2, row=pixel * 32)))), (200, 100, 50))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_shines_through_stays_so_in_a_png(prepare: Prepare, form: str) -> None:
    picture = album.quadrants().convert("RGBA")
    picture.paste((0, 0, 0, 0), (60, 40, 100, 80))
    prepared = prepare(album.saved(picture, form), "logo.webp")
    shown = look_at(prepared)
    assert (prepared.name, shown.mode) == ("logo.png", "RGBA")
    assert middle(shown)[3] == 0
    assert album.corners(shown) == TURNED[1]


def test_a_palette_with_a_transparent_colour_stays_transparent(prepare: Prepare) -> None:
    picture = Image.new("P", (40, 40), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(0, (0, 0, 20, 40))
    shown = look_at(prepare(album.saved(picture, "GIF", transparency=0)))
    assert shown.getpixel((5, 5)) == (255, 0, 0, 0)
    assert shown.getpixel((35, 5)) == (0, 0, 255, 255)


def test_alpha_that_hides_nothing_is_dropped(prepare: Prepare) -> None:
    assert prepare(album.saved(album.quadrants().convert("RGBA"), "PNG")).mime == "image/jpeg"


def test_the_wide_colours_of_a_phone_become_the_same_colours_in_srgb(prepare: Prepare) -> None:
    srgb_red_in_p3 = (234, 51, 35)
    data = album.saved(Image.new("RGB", (64, 64), srgb_red_in_p3), "JPEG", quality=100, icc_profile=album.display_p3())
    assert near(middle(look_at(prepare(data))), (255, 0, 0), 12)


def test_wide_colours_keep_their_alpha(prepare: Prepare) -> None:
    data = album.saved(Image.new("RGBA", (64, 64), (234, 51, 35, 100)), "PNG", icc_profile=album.display_p3())
    assert near(middle(look_at(prepare(data))), (255, 0, 0, 100), 12)


def test_grey_stays_grey_through_a_profile(prepare: Prepare) -> None:
    data = album.saved(Image.new("RGB", (64, 64), (128, 128, 128)), "JPEG", icc_profile=album.display_p3())
    assert near(middle(look_at(prepare(data))), (128, 128, 128), 3)


@pytest.mark.parametrize("profile", [b"no profile at all", album.display_p3()[:200], bytes(128)])
def test_a_damaged_profile_costs_the_colours_nothing(prepare: Prepare, profile: bytes) -> None:
    data = album.saved(album.quadrants(), "JPEG", icc_profile=profile)
    assert album.corners(look_at(prepare(data))) == TURNED[1]


def test_a_profile_for_other_colours_than_the_picture_has_is_left_aside(prepare: Prepare) -> None:
    data = album.saved(album.quadrants().convert("L"), "JPEG", icc_profile=album.display_p3())
    assert look_at(prepare(data)).mode == "RGB"


def test_colours_for_print_become_colours_for_a_screen(prepare: Prepare) -> None:
    data = album.saved(album.quadrants().convert("CMYK"), "JPEG", quality=95)
    assert album.corners(look_at(prepare(data))) == TURNED[1]


def test_of_ten_thousand_frames_the_first_is_taken(prepare: Prepare) -> None:
    data = album.saved(album.quadrants().quantize(8), "GIF")
    frame = data[data.index(b"\x2c\0\0\0\0") : -1]
    assert album.corners(look_at(prepare(data[:-1] + frame * 9_999 + b"\x3b", "party.gif"))) == TURNED[1]


def test_an_animation_in_webp_is_its_first_frame(prepare: Prepare) -> None:
    others = [Image.new("RGB", (160, 120), (shade, 0, 0)) for shade in range(0, 200, 20)]
    data = album.saved(album.quadrants(), "WEBP", save_all=True, append_images=others)
    assert album.corners(look_at(prepare(data))) == TURNED[1]


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((4000, 3000), (4000, 3000)),
        ((6000, 4000), (4032, 2688)),
        ((12_000, 9_000), (4032, 3024)),
        ((20_000, 100), (4032, 20)),
        ((1, 1), (1, 1)),
    ],
)
def test_photos_of_every_phone_pass_and_are_scaled_for_upload(
    prepare: Prepare, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    prepared = prepare(album.saved(Image.new("L", size, 90), "JPEG"))
    assert (prepared.width, prepared.height) == wanted


def test_scaling_keeps_places_and_colours(prepare: Prepare) -> None:
    data = album.saved(album.quadrants(9_000, 6_000), "JPEG", exif=album.exif(6))
    prepared = prepare(data)
    assert (prepared.width, prepared.height) == (2688, 4032)
    assert album.corners(look_at(prepared)) == TURNED[6]


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<HII", 2, 9, 26),  # the word "sideways"
        struct.pack("<HIHxx", 3, 1, 0),
        struct.pack("<HIHxx", 3, 1, 9),
        struct.pack("<HII", 4, 1, 4_000_000_000),
        struct.pack("<HII", 5, 1, 26),  # a fraction
        struct.pack("<HII", 3, 4_000_000_000, 26),
    ],
)
def test_damaged_exif_does_not_cost_the_picture(prepare: Prepare, value: bytes) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HH", 1, 0x0112) + value + bytes(4) + b"sideways\0"
    data = album.saved(album.quadrants(), "JPEG", exif=exif)
    assert album.corners(look_at(prepare(data))) == TURNED[1]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("IMG_1234.HEIC", "IMG_1234.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\photo.png", "photo.jpg"),
        ("", "picture.jpg"),
        ("...", "picture.jpg"),
        (".jpg", "jpg.jpg"),
        ("a\r\nb: c.jpg", "a__b_ c.jpg"),
        ("invoice\u202egpj.exe", "invoice_gpj.jpg"),
        ("Größe 写真 🎉.jpeg", "Größe 写真 🎉.jpg"),
        ("x" * 300 + ".jpg", "x" * 60 + ".jpg"),
    ],
)
def test_an_upload_name_is_harmless_and_still_the_persons_own(name: str, wanted: str) -> None:
    assert upload_name(name, ".jpg") == wanted


def test_the_test_profile_is_a_real_one() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(album.display_p3()))
    assert "Display P3" in ImageCms.getProfileDescription(profile)
