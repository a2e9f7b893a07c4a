"""How values are written down in the store and read again, by an older or a newer version too."""

from __future__ import annotations

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

ADAPTERS: Final[dict[Any, TypeAdapter[Any]]] = {}  # costly to build, so each type's is built once


def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)
    return ADAPTERS[kind]


def write(value: Any, kind: Any = None) -> bytes:
    """A frozen dataclass, or a value of the `kind` named (``tuple[Attachment, ...]``), as JSON."""
    return _adapter_of(kind or type(value)).dump_json(value, exclude_defaults=True)


def read(kind: Any, data: bytes | str) -> Any:
    """The inverse of `write`. Raises `ValueError` for what is no such value."""
    return _adapter_of(kind).validate_json(data)


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
