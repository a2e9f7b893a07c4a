"""Files on their way: whole, whatever their size, and never at the cost of those who wait for the event loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core import uploads
from core.errors import TooManyBytes
from core.messages import Attachment, Kind
from core.uploads import BATCH_BYTES

pytestmark = pytest.mark.anyio

PHOTO = Attachment(Kind.PHOTO, "ref", "a.jpg")


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [1, BATCH_BYTES - 1, BATCH_BYTES, BATCH_BYTES + 1, 2 * BATCH_BYTES, 3_000_000])
@pytest.mark.parametrize("piece", [4096, 65536, 3 * BATCH_BYTES])
async def test_what_is_put_down_is_picked_up_again(tmp_path: Path, size: int, piece: int) -> None:
    data = bytes(number % 251 for number in range(size))
    path = await uploads._spool(PHOTO, pieces(data, piece), tmp_path / "new" / "source")
    read = [chunk async for chunk in uploads._read(path)]
    assert b"".join(read) == data
    assert all(read)
    assert max(map(len, read)) <= BATCH_BYTES


async def test_the_event_loop_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[threading.Thread] = []
    opening = Path.open

    def watched(path: Path, *args: Any, **more: Any) -> Any:
        opened.append(threading.current_thread())
        return opening(path, *args, **more)

    monkeypatch.setattr(Path, "open", watched)
    path = await uploads._spool(PHOTO, pieces(b"x" * 3_000_000, 65536), tmp_path / "source")
    assert [chunk async for chunk in uploads._read(path)]
    assert opened
    assert threading.main_thread() not in opened


async def test_what_is_too_large_is_noticed_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FILE_BYTES", 100_000)
    with pytest.raises(TooManyBytes):
        await uploads._spool(PHOTO, pieces(b"x" * 200_000, 4096), tmp_path / "source")
