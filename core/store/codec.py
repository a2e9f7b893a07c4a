"""How values are written down in the store and read again, by an older or a newer version too."""

from __future__ import annotations

import zlib
from typing import Any, Final

from pydantic import TypeAdapter

from core.messages import Edited, Gone, Inbound, InboundMessage, Moved, Press

KINDS: dict[str, type[Inbound]] = {
    "message": InboundMessage,
    "press": Press,
    "edited": Edited,
    "moved": Moved,
    "gone": Gone,
}


SCHEMA: Final = 1
"""The number under which records are written down. Fields may be added under the same number: who does not know them
leaves them as they are. A number more means that older versions must keep their hands off a job they cannot read."""

PACKED_FROM: Final = 100  # bytes
MOST: Final = 16 * 1024 * 1024  # bytes that unpacking may give
_PACKED: Final = b"\x02"  # begins neither JSON nor what is sealed; another dictionary gets another number
_COMMON: Final = (
    b'"mime":"image/png""mime":"video/mp4","roles":[],"locale":"de""locale":"zh-CN""kind":"voice","ref":"'
    b'"asks":"","options":{}"command":{"name":""reply_to":"","quoted":[],"album":"","private":false,"addressed":false'
    b'{"act":"ask","label":"Change\xe2\x80\xa6","text":"{}","asks":"What should I change?","person":"","revision":'
    b'{"act":"say","label":"9:16","text":"Make it vertical (9:16)","asks":"","person":"","revision":1},'
    b'{"act":"music","label":"Music"},{"act":"timeline","label":"Timeline"},{"act":"new","label":"New project"},'
    b'{"act":"file","label":"As file","person":""}]{"message_id":"","draft":"","width":1920,"height":1080,"seconds":'
    b'15.0,"size":,"handle":""}{"render_id":"render_"{"session_id":"","task_id":"","account":"anonymous@mega-api-'
    b'prod.nemovideo.ai","skill":"image-video","opened_at":1,"user_id":"anon_","link":"https://nemovideo.com/workspace/claim?ct=clm_"}'
    b'{"key":{"platform":"web","chat":""},"id":"","sender":{"id":"","locale":"en"},"sent_at":"2026-01-01T00:00:00Z",'
    b'"text":"make a video of these photos with music","attachments":[{"kind":"photo","ref":"","name":"photo.jpg",'
    b'"mime":"image/jpeg","size":300000},"session_id":"","name":"photo1.jpg","kind":"image"},{"attachment":{"kind":"photo'
    b'","ref":"AgACAgIAAxkBAAI","size":"whole":true}'
)
"""What our JSON is likely to hold, the likeliest last."""

ADAPTERS: Final[dict[Any, TypeAdapter[Any]]] = {}  # costly to build, so each type's is built once


def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)
    return ADAPTERS[kind]


def write(value: Any, kind: Any = None) -> bytes:
    """A frozen dataclass, or a value of the `kind` named (``tuple[Attachment, ...]``), as JSON, packed where long."""
    return pack(_adapter_of(kind or type(value)).dump_json(value, exclude_defaults=True))


def read(kind: Any, data: bytes | str) -> Any:
    """The inverse of `write`. Raises `ValueError` for what is no such value."""
    return _adapter_of(kind).validate_json(unpack(data) if isinstance(data, bytes) else data)


def pack(plain: bytes) -> bytes:
    """The same in less room, where that is worth it. A conversation at rest costs nothing but room."""
    if len(plain) < PACKED_FROM and not plain.startswith(_PACKED):
        return plain
    squeezer = zlib.compressobj(level=6, wbits=-15, zdict=_COMMON)
    return _PACKED + squeezer.compress(plain) + squeezer.flush()


def unpack(data: bytes) -> bytes:
    """The inverse of `pack`. Raises `ValueError`."""
    if data[:1] != _PACKED:
        return data
    try:
        plain = zlib.decompressobj(wbits=-15, zdict=_COMMON).decompress(data[1:], MOST + 1)
    except zlib.error as error:
        raise ValueError("packed badly") from error
    if len(plain) > MOST:
        raise ValueError("too much is packed in it")
    return plain


def write_inbound(inbound: Inbound) -> bytes:
    """An inbound value of any kind, with the name of its kind in front."""
    kind = next(name for name, known in KINDS.items() if isinstance(inbound, known))
    return kind.encode() + b" " + write(inbound)


def read_inbound(data: bytes) -> Inbound:
    """The inverse of `write_inbound`. Raises `ValueError` for what it does not know."""
    kind, _, body = data.partition(b" ")
    known = KINDS.get(kind.decode(errors="replace"))
    if known is None:
        raise ValueError(f"unknown kind of inbound: {kind[:20]!r}")
    inbound: Inbound = read(known, body)
    return inbound
