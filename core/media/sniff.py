"""What a file is, told by its first bytes: the formats that are taken, and nothing else. Names never matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 512
"""So many first bytes are enough for `sniff`."""


class Family(StrEnum):
    """What can be done with a file."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken. `name` is short and stable ("jpeg"), `suffix` the usual one with its dot.

    `native` tells whether the backend takes it as it is; what is not native is converted first (HEIC pictures to JPEG,
    Ogg voice notes to M4A).
    """

    name: str
    family: Family
    mime: str
    suffix: str
    native: bool = True


JPEG = Format("jpeg", Family.IMAGE, "image/jpeg", ".jpg")
PNG = Format("png", Family.IMAGE, "image/png", ".png")
WEBP = Format("webp", Family.IMAGE, "image/webp", ".webp")
GIF = Format("gif", Family.IMAGE, "image/gif", ".gif")
HEIC = Format("heic", Family.IMAGE, "image/heic", ".heic", native=False)
MP4 = Format("mp4", Family.VIDEO, "video/mp4", ".mp4")
MOV = Format("mov", Family.VIDEO, "video/quicktime", ".mov")
AVI = Format("avi", Family.VIDEO, "video/x-msvideo", ".avi")
WEBM = Format("webm", Family.VIDEO, "video/webm", ".webm")
MKV = Format("mkv", Family.VIDEO, "video/x-matroska", ".mkv")
MP3 = Format("mp3", Family.AUDIO, "audio/mpeg", ".mp3")
WAV = Format("wav", Family.AUDIO, "audio/wav", ".wav")
M4A = Format("m4a", Family.AUDIO, "audio/mp4", ".m4a")
AAC = Format("aac", Family.AUDIO, "audio/aac", ".aac")
OGG = Format("ogg", Family.AUDIO, "audio/ogg", ".ogg", native=False)

FORMATS = (JPEG, PNG, WEBP, GIF, HEIC, MP4, MOV, AVI, WEBM, MKV, MP3, WAV, M4A, AAC, OGG)


def sniff(head: bytes) -> Format | None:
    """The format of a file that begins with `head` (`HEAD_BYTES` are enough), None if it is of none that is taken."""
    for tell in _TELLERS:
        if form := tell(head):
            return form
    return None


def _by_signature(head: bytes) -> Format | None:
    for signature, form in _SIGNATURES:
        if head.startswith(signature):
            return form
    return None


_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"ID3", MP3),
)


def _in_riff(head: bytes) -> Format | None:
    if not head.startswith(b"RIFF"):
        return None
    return {b"WEBP": WEBP, b"AVI ": AVI, b"WAVE": WAV}.get(head[8:12])


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS = frozenset({b"mif1", b"msf1"})  # any codec: HEVC only with one of the brands above beside it
_M4A_BRANDS = frozenset({b"M4A ", b"M4B "})
_MP4_BRANDS = frozenset(
    {b"avc1", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC", b"dash", b"cmfc", b"f4v ", b"mmp4", b"hvc1"}
)
_MP4_COMPATIBLE = frozenset({b"mp41", b"mp42"})


def _in_iso_boxes(head: bytes) -> Format | None:
    if head[4:8] in {b"moov", b"mdat", b"wide"}:  # QuickTime files of before 2001 have no `ftyp`
        return MOV
    if head[4:8] != b"ftyp":
        return None
    major, compatible = head[8:12], _compatible_brands(head)
    if major in _HEIC_BRANDS or (major in _HEIF_BRANDS and compatible & _HEIC_BRANDS):
        return HEIC
    if major == b"qt  ":
        return MOV
    if major in _M4A_BRANDS:
        return M4A
    is_mp4 = major in _MP4_BRANDS or major.startswith((b"iso", b"mp4")) or bool(compatible & _MP4_COMPATIBLE)
    return MP4 if is_mp4 else None


def _compatible_brands(head: bytes) -> set[bytes]:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[at : at + 4] for at in range(16, end - 3, 4)}


def _in_matroska(head: bytes) -> Format | None:
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    at = head.find(b"\x42\x82", 4, 64)  # DocType
    if at < 0 or at + 3 > len(head):
        return None
    length = head[at + 2] & 0x7F
    return {b"webm": WEBM, b"matroska": MKV}.get(head[at + 3 : at + 3 + length].rstrip(b"\0"))


def _in_ogg(head: bytes) -> Format | None:
    is_audio = head[28:36] == b"OpusHead" or head[28:35] == b"\x01vorbis"
    return OGG if head.startswith(b"OggS") and is_audio else None


def _in_frames(head: bytes) -> Format | None:
    """MPEG audio without a container begins with a frame's twelve set bits and a header that must make sense."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS: layer bits are 00; 13 sampling rates exist
        return AAC if (head[2] >> 2) & 0x0F < 13 else None
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return MP3 if is_layer_3 and head[2] >> 4 not in {0, 15} and head[2] & 0x0C != 0x0C else None


_TELLERS: tuple[Callable[[bytes], Format | None], ...] = (
    _by_signature,
    _in_riff,
    _in_iso_boxes,
    _in_matroska,
    _in_ogg,
    _in_frames,
)
