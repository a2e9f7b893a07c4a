"""A multipart body that is made while it is sent: files of any size pass through a few kilobytes of memory."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from core.errors import BrokenFile, TooManyBytes
from core.nemo.values import UploadPart

_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_LONGEST_NAME = 120
_PIECE = 64 * 1024


class Multipart:
    """The body of one upload: parts named `files`.

    Sending it raises `TooManyBytes` for a part of more than `limit` bytes and `BrokenFile` for one that is not as long
    as it said; what a part itself raises passes through.
    """

    def __init__(self, parts: Sequence[UploadPart], *, limit: int) -> None:
        self._parts = parts
        self._limit = limit
        self._boundary = secrets.token_hex(16)

    @property
    def headers(self) -> dict[str, str]:
        """Type, and length where all sizes are known (else the body goes out in chunks)."""
        headers = {"Content-Type": f"multipart/form-data; boundary={self._boundary}"}
        length = self._length()
        return headers if length is None else headers | {"Content-Length": str(length)}

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The bytes. To be closed by whoever iterates."""
        for part in self._parts:
            yield self._head(part)
            async with aclosing(self._content(part)) as content:
                async for chunk in content:
                    yield chunk
            yield b"\r\n"
        yield self._end

    def check(self) -> None:
        """Raise `TooManyBytes` for a part that says beforehand that it is too large."""
        for part in self._parts:
            if part.size is not None and part.size > self._limit:
                raise TooManyBytes(part.name, self._limit, part.size)

    @property
    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()

    def _head(self, part: UploadPart) -> bytes:
        mime = part.mime if _MIME.fullmatch(part.mime) else "application/octet-stream"
        head = (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="files"; filename="{safe_name(part.name)}"\r\n'
            f"Content-Type: {mime}\r\n\r\n"
        )
        return head.encode()

    def _length(self) -> int | None:
        total = len(self._end)
        for part in self._parts:
            if part.size is None:
                return None
            total += len(self._head(part)) + part.size + len(b"\r\n")
        return total

    async def _content(self, part: UploadPart) -> AsyncGenerator[bytes, None]:
        sent = 0
        async with part.open() as chunks:
            async for chunk in chunks:
                sent += len(chunk)
                self._check_size(part, sent)
                for start in range(0, len(chunk), _PIECE):
                    yield chunk[start : start + _PIECE]
        if part.size is not None and sent != part.size:
            raise BrokenFile(part.name, f"{sent} bytes came, {part.size} were promised")

    def _check_size(self, part: UploadPart, sent: int) -> None:
        if sent > self._limit:
            raise TooManyBytes(part.name, self._limit)
        if part.size is not None and sent > part.size:
            raise BrokenFile(part.name, f"more than the {part.size} bytes that were promised")


def safe_name(name: str) -> str:
    """A file name that no parser stumbles over: no control or format characters, quotes or path separators; short,
    with its ending kept. Any script stays: the agent speaks of files by their names."""
    kept = "".join("_" if c in '"\\/%;' or unicodedata.category(c).startswith("C") else c for c in name).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = kept, "", ""
    return (stem[: _LONGEST_NAME - len(ending)] + dot + ending) or "file"
