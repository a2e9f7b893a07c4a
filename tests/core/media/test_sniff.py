"""Formats are told by first bytes, whatever a name says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.media import sniff
from tests.core.media import album, reel


def box(*brands: bytes) -> bytes:
    body = brands[0] + bytes(4) + b"".join(brands[1:])
    return (len(body) + 8).to_bytes(4, "big") + b"ftyp" + body + b"\0\0\0\x08free"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (album.saved(album.quadrants(), "JPEG"), sniff.JPEG),
        (album.saved(album.quadrants(), "PNG"), sniff.PNG),
        (album.saved(album.quadrants(), "WEBP"), sniff.WEBP),
        (album.saved(album.quadrants(), "GIF"), sniff.GIF),
        ((album.DATA / "plain.heic").read_bytes(), sniff.HEIC),
        (box(b"mif1", b"mif1", b"heic", b"miaf"), sniff.HEIC),
        (box(b"isom", b"isom", b"iso2", b"avc1", b"mp41"), sniff.MP4),
        (box(b"mp42", b"isom"), sniff.MP4),
        (box(b"SONY", b"mp42"), sniff.MP4),
        (box(b"qt  "), sniff.MOV),
        (b"\0\0\0\x08wide\0\0\1\0mdat", sniff.MOV),
        (box(b"M4A ", b"isom"), sniff.M4A),
        (b"ID3\4\0\0\0\0\0\0", sniff.MP3),
        (b"\xff\xf1\x4c\x80\1\0", sniff.AAC),
    ],
)
def test_a_format_is_told_by_its_first_bytes(data: bytes, form: sniff.Format) -> None:
    assert sniff.sniff(data[: sniff.HEAD_BYTES]) is form


@pytest.mark.parametrize(
    ("muxer", "codec", "form"),
    [
        ("mov", "mpeg4", sniff.MOV),
        ("avi", "mpeg4", sniff.AVI),
        ("webm", "libvpx", sniff.WEBM),
        ("matroska", "mpeg4", sniff.MKV),
    ],
)
def test_videos_out_of_a_real_muxer_are_recognised(tmp_path: Path, muxer: str, codec: str, form: sniff.Format) -> None:
    clip = reel.clip(tmp_path / "clip", form=muxer, codec=codec, seconds=0.2, sound=False)
    assert sniff.sniff(clip.read_bytes()[: sniff.HEAD_BYTES]) is form


@pytest.mark.parametrize(
    ("muxer", "codec", "form"),
    [
        ("ogg", "libopus", sniff.OGG),
        ("wav", "pcm_s16le", sniff.WAV),
        ("mp3", "libmp3lame", sniff.MP3),
        ("adts", "aac", sniff.AAC),
        ("ipod", "aac", sniff.M4A),
    ],
)
def test_sounds_out_of_a_real_muxer_are_recognised(tmp_path: Path, muxer: str, codec: str, form: sniff.Format) -> None:
    assert sniff.sniff(reel.tone(tmp_path / "tone", muxer, codec).read_bytes()[: sniff.HEAD_BYTES]) is form


def test_an_mp3_without_a_tag_is_told_by_its_first_frame(tmp_path: Path) -> None:
    data = reel.tone(tmp_path / "tone", "mp3", "libmp3lame").read_bytes()
    assert sniff.sniff(data[data.index(b"\xff\xfb") :]) is sniff.MP3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"hello, I am a text",
        "\ufeffhello in UTF-16".encode("utf-16-le"),
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<!doctype html>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        album.saved(Image.new("RGB", (8, 8)), "TIFF"),
        album.saved(Image.new("RGB", (8, 8)), "BMP"),
        box(b"avif", b"mif1", b"miaf"),
        box(b"mif1", b"avif"),
        box(b"crx ", b"isom"),
        b"OggS" + bytes(24) + b"\x80theora",
        b"RIFF\0\0\0\0RMID",
        b"\x1aE\xdf\xa3\x42\x82",
    ],
)
def test_what_is_not_on_the_list_is_nothing(data: bytes) -> None:
    assert sniff.sniff(data) is None


def test_only_heic_and_ogg_are_converted_before_the_backend_gets_them() -> None:
    assert {form for form in sniff.FORMATS if not form.native} == {sniff.HEIC, sniff.OGG}
