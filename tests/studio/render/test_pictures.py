"""Pictures read for a render: upright, in RGB, and no larger than needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.render import SourceUnreadable
from studio.render.framing import Box
from studio.render.pictures import MOST_PIXELS, read, read_size
from tests.studio.render.reels import photo, psnr

ALL = Box(0, 0, 1, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_read_upright(tmp_path: Path, orientation: int) -> None:
    photo(tmp_path / "a.png", (200, 120))
    with Image.open(tmp_path / "a.png") as upright:
        turns = {
            1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
        }  # fmt: skip
        turn = turns[orientation]
        stored = upright if turn is None else upright.transpose(turn)
        exif = Image.Exif()
        exif[0x112] = orientation
        stored.save(tmp_path / "turned.jpg", exif=exif, quality=98)
        assert read_size(tmp_path / "turned.jpg") == (200, 120)
        picture = read(tmp_path / "turned.jpg", (200, 120))
        assert psnr(picture.pixels, np.asarray(upright.convert("RGB"))) > 30


def test_a_large_jpeg_is_decoded_no_larger_than_needed(tmp_path: Path) -> None:
    picture = read(photo(tmp_path / "a.jpg", (1600, 1200)), (300, 225))
    assert 300 <= picture.size[0] <= 800


def test_a_large_png_is_reduced_too(tmp_path: Path) -> None:
    assert read(photo(tmp_path / "a.png", (1600, 1200)), (300, 225)).size == (320, 240)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Image.fromarray(np.full((40, 60), 40_000, np.uint16)).save(path)
    else:
        Image.new("RGB", (60, 40), (120, 120, 120)).convert(mode).save(path)
    assert read(path, (60, 40)).pixels.shape == (40, 60, 3)
    assert read(path, (15, 10)).pixels.shape in {(10, 15, 3), (40, 60, 3)}


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png", (40, 40)).pixels.min() == 255


def test_the_first_picture_of_an_animation_is_taken(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (40, 40), (shade, shade, shade)) for shade in (10, 200)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    assert read(tmp_path / "a.gif", (40, 40)).pixels.max() < 20


def test_a_colour_profile_is_applied_and_a_broken_one_ignored(tmp_path: Path) -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    Image.new("RGB", (40, 40), (200, 40, 40)).save(tmp_path / "odd.jpg", icc_profile=swapped.tobytes(), quality=95)
    Image.new("RGB", (40, 40), (200, 40, 40)).save(tmp_path / "bad.jpg", icc_profile=b"nonsense", quality=95)
    for name in ("odd.jpg", "bad.jpg"):
        assert np.abs(read(tmp_path / name, (40, 40)).pixels[20, 20].astype(int) - (200, 40, 40)).max() < 6


def test_more_pixels_than_memory_is_refused_before_decoding(tmp_path: Path) -> None:
    side = int(MOST_PIXELS**0.5) + 1000
    Image.new("L", (side, side)).save(tmp_path / "huge.png")
    with pytest.raises(SourceUnreadable):
        read(tmp_path / "huge.png", (100, 100))


def test_an_exact_cut_is_what_a_good_filter_gives(tmp_path: Path) -> None:
    photo(tmp_path / "a.png", (400, 300))
    picture = read(tmp_path / "a.png", (400, 300))
    with Image.open(tmp_path / "a.png") as image:
        wanted = np.asarray(image.convert("RGB").resize((160, 120), Image.Resampling.LANCZOS))
    assert np.array_equal(picture.cut_exactly(ALL, (160, 120)), wanted)
    assert psnr(picture.cut(ALL, (160, 120)), wanted) > 30
