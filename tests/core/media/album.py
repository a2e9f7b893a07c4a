"""Pictures for tests: four quadrants whose places tell how a picture was turned, in every format there is."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

DATA = Path(__file__).parents[2] / "data" / "pictures"

RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 40), (40, 60, 220), (200, 200, 200)


def quadrants(width: int = 160, height: int = 120) -> Image.Image:
    """Red and green above blue and grey."""
    picture = Image.new("RGB", (width, height), GREY)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    """The picture as a file's bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def corners(picture: Image.Image) -> list[str]:
    """The names of the colours in the corners: top left, top right, bottom left, bottom right."""
    right, bottom = picture.width - 8, picture.height - 8
    rgb = picture.convert("RGB")
    return [name_of(rgb.getpixel(place)) for place in ((8, 8), (right, 8), (8, bottom), (right, bottom))]


def name_of(pixel: object) -> str:
    """The nearest of the four colours, or the pixel itself where none is near."""
    assert isinstance(pixel, tuple)
    names = {"red": RED, "green": GREEN, "blue": BLUE, "grey": GREY}
    for name, colour in names.items():
        if all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True)):
            return name
    return str(pixel)


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with an orientation, a maker and a place."""
    values = Image.Exif()
    values[0x0112] = orientation
    values[0x010F] = "CANARY-MAKER"
    values[0x8825] = {1: "N", 2: (38.0, 42.0, 49.75)}
    return values


def png(width: int, height: int, *, depth: int = 8, colour: int = 0, row: bytes | None = None) -> bytes:
    """A PNG of any size, written row by row: `colour` 0 is grey, 2 RGB."""
    channels = {0: 1, 2: 3}[colour]
    line = b"\0" + (row or bytes(width * channels * depth // 8))
    squeezed = zlib.compressobj(9)
    pixels = b"".join(squeezed.compress(line) for _ in range(height)) + squeezed.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def chunks(data: bytes) -> list[bytes]:
    """The kinds of the chunks that a PNG consists of."""
    kinds, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kinds.append(data[at + 4 : at + 8])
        at += 12 + length
    return kinds


def segments(data: bytes) -> list[int]:
    """The markers of a JPEG in front of its pixels."""
    markers, at = [], 2
    while data[at + 1] != 0xDA:
        markers.append(data[at + 1])
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return markers


def display_p3() -> bytes:
    """A colour profile like the one in every photo of an iPhone: Display P3, with a plain gamma of 2.2."""
    gamma = b"curv" + struct.pack(">IIHxx", 0, 1, round(2.2 * 256))
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, 11) + b"Display P3\0" + bytes(79),
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": _xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": _xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for kind, value in tags.items():
        table += struct.pack(">4sII", kind, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = start + len(body)
    header = struct.pack(">I4xI4s4s4s12x4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + struct.pack(">Iiii", 0, *(round(value * 65536) for value in values))
