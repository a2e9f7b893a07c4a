"""The boxes that MP4, MOV and HEIC files are made of: walking them, and moving an MP4's index to the front."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_BOXES = 100_000
MAX_INDEX_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})


class BadBoxes(ValueError):
    """The file does not consist of whole boxes: it is cut off, or is something else."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a file: `start` and `size` in bytes, both with its header of `header` bytes."""

    kind: bytes
    start: int
    size: int
    header: int

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.start + self.size


def walk(file: BinaryIO) -> list[Box]:
    """The boxes of a file, in their order. Raises `BadBoxes`."""
    length = file.seek(0, 2)
    found: list[Box] = []
    at = 0
    while at < length:
        file.seek(at)
        box = _parse(file.read(16), at, length)
        found.append(box)
        at = box.end
        if len(found) > MAX_BOXES:
            raise BadBoxes("too many boxes")
    return found


def find(boxes: list[Box], kind: bytes) -> Box | None:
    """The first box of a kind."""
    return next((box for box in boxes if box.kind == kind), None)


def read(file: BinaryIO, box: Box) -> bytes:
    """A whole box, header included; it must be an index, not the pictures."""
    if box.size > MAX_INDEX_BYTES:
        raise BadBoxes("the index is too large")
    file.seek(box.start)
    return file.read(box.size)


def index_is_first(boxes: list[Box]) -> bool:
    """Whether a player can begin before it has the whole file. Raises `BadBoxes` where there is no index at all."""
    index, pictures = find(boxes, b"moov"), find(boxes, b"mdat")
    if index is None:
        raise BadBoxes("no index")
    return pictures is None or index.start < pictures.start


def begins_with_index(file: BinaryIO, length: int) -> bool:
    """Whether the index stands in front of the pictures, and whole in this beginning of a file of `length` bytes.
    Raises `BadBoxes`."""
    there, at = file.seek(0, 2), 0
    while at < there:
        file.seek(at)
        box = _parse(file.read(16), at, length)
        if box.kind in (b"moov", b"mdat"):
            return box.kind == b"moov" and box.end <= there
        at = box.end
    return False


def move_index_first(source: Path, target: Path) -> bool:
    """Write a copy of an MP4 whose index stands in front; everything in it stays as it is, byte for byte.

    False, and nothing written, where it stands there already or cannot be moved (a compressed index, or one that
    addresses by 32 bits what would lie behind 4 GiB). Raises `BadBoxes`.
    """
    with source.open("rb") as file:
        boxes = walk(file)
        if index_is_first(boxes):
            return False
        index = next(box for box in boxes if box.kind == b"moov")
        first = boxes[0].end if boxes[0].kind == b"ftyp" else 0
        moved = _readdress(read(file, index), first, index)
        if moved is None:
            return False
        with target.open("wb") as out:
            _copy(file, out, 0, first)
            out.write(moved)
            _copy(file, out, first, index.start)
            _copy(file, out, index.end, boxes[-1].end)
    return True


def _parse(head: bytes, at: int, length: int) -> Box:
    if len(head) < 8:
        raise BadBoxes("cut off")
    size, kind = struct.unpack_from(">I4s", head)
    header = 8
    if size == 1 and len(head) == 16:
        size, header = struct.unpack_from(">Q", head, 8)[0], 16
    elif size == 0:
        size = length - at
    if size < header or at + size > length:
        raise BadBoxes("cut off")
    return Box(kind, at, size, header)


def _readdress(index: bytes, first: int, old: Box) -> bytes | None:
    """The index with all addresses of what moves back to make room for it; None where that cannot be done."""
    moved = bytearray(index)
    try:
        for table in _address_tables(index, 0, len(index)):
            _shift(moved, table, range(first, old.start), old.size)
    except struct.error:  # compressed (`cmov`), or an address beyond 32 bits
        return None
    return bytes(moved)


def _address_tables(index: bytes, start: int, end: int) -> Iterator[Box]:
    at = start
    while at < end:
        box = _parse(index[at : at + 16], at, end)
        if box.kind == b"cmov":
            raise struct.error("compressed")
        if box.kind in {b"stco", b"co64"}:
            yield box
        elif box.kind in _CONTAINERS:
            yield from _address_tables(index, box.start + box.header, box.end)
        at = box.end


def _shift(index: bytearray, table: Box, moving: range, distance: int) -> None:
    letter, width = ("I", 4) if table.kind == b"stco" else ("Q", 8)
    at = table.start + table.header + 4  # version and flags
    (count,) = struct.unpack_from(">I", index, at)
    if at + 4 + count * width > table.end:
        raise BadBoxes("a table of addresses is longer than its box")
    layout = f">{count}{letter}"
    addresses = struct.unpack_from(layout, index, at + 4)
    shifted = (address + distance if address in moving else address for address in addresses)
    struct.pack_into(layout, index, at + 4, *shifted)


def _copy(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise BadBoxes("cut off")
        out.write(block)
        left -= len(block)
