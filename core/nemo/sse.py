"""Server-sent events out of bytes, however the network cut them.

httpx-sse is not used here: its line decoder keeps a line that ends in CR until the next chunk comes, says nothing of
comments (our heartbeats), drops a last event without a blank line, knows no limit to what it buffers, and what it
raises is an `httpx.TransportError`, which invites retrying a call that charges.
"""

from __future__ import annotations

from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that begins with a colon."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event. `data` is None where no `data` line came at all. `whole` is False for a last event that the stream
    ended in without a blank line: it may have been cut."""

    event: str
    data: str | None
    whole: bool = True


class FrameTooLarge(ValueError):
    """An event exceeds the limit."""


class Lines:
    """Complete lines out of chunks. A line ends in LF, CRLF or CR; one that ends in CR is not kept waiting for an LF.

    Cutting is done on bytes: neither CR nor LF occurs inside a UTF-8 sequence, so no character is ever torn.
    """

    __slots__ = ("_after_cr", "_rest")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._after_cr = False

    @property
    def pending(self) -> int:
        """Bytes of the line that has not ended yet."""
        return len(self._rest)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that this chunk completes, without their ends."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        lines = chunk.splitlines()  # of bytes: at LF, CRLF and CR only
        open_end = b"" if chunk.endswith((b"\r", b"\n")) else lines.pop()
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        self._rest += open_end
        return lines

    def close(self) -> bytes:
        """The line that never ended, perhaps empty."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest


class Frames:
    """Events and comments out of chunks, by the rules of the HTML standard ("Interpreting an event stream").

    `limit` caps the bytes that are kept for one event.
    """

    __slots__ = ("_data", "_event", "_first", "_limit", "_lines", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines = Lines()
        self._first = True
        self._reset()

    def feed(self, chunk: bytes) -> list[Frame | Comment]:
        """What this chunk completes. Raises `FrameTooLarge`."""
        frames = [frame for line in self._lines.feed(chunk) if (frame := self._line(line)) is not None]
        self._check(self._lines.pending)
        return frames

    def close(self) -> list[Frame | Comment]:
        """What is left when the stream has ended without the blank line after its last event."""
        rest = self._lines.close()
        last = self._line(rest) if rest else None
        frame = self._dispatch(whole=False) or (Frame("", None, whole=False) if rest and last is None else None)
        return [item for item in (last, frame) if item is not None]

    def _reset(self) -> None:
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0

    def _check(self, more: int) -> None:
        if self._size + more > self._limit:
            raise FrameTooLarge(f"an event of more than {self._limit} bytes")

    def _line(self, line: bytes) -> Frame | Comment | None:
        if self._first:
            line, self._first = line.removeprefix(_BOM), False
        if not line:
            return self._dispatch(whole=True)
        if line.startswith(b":"):
            return Comment()
        name, _, value = line.partition(b":")
        self._field(name, value.removeprefix(b" "))
        return None

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._check(len(value))
            self._size += len(value) + 1
            self._data.append(value)
        elif name == b"event":
            self._event = value[:100].decode("utf-8", "replace")

    def _dispatch(self, *, whole: bool) -> Frame | None:
        frame = None
        if self._data:
            frame = Frame(self._event, b"\n".join(self._data).decode("utf-8", "replace"), whole)
        elif self._event:
            frame = Frame(self._event, None, whole)
        self._reset()
        return frame
