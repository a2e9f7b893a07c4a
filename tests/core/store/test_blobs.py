"""Blobs: the same promises, whether they are files in a folder or chunks in the store."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from core.errors import BlobGone, QuotaReached, StoreAway
from core.store import blobs as blobs_module
from core.store import ledger as ledger_module
from core.store.blobs import PIECE, ChunkBlobs, FolderBlobs
from core.store.connection import Connection
from tests.wire.valkey import Valkey

pytestmark = pytest.mark.anyio
QUOTA = 2_000_000
AnyBlobs = FolderBlobs | ChunkBlobs


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(blobs: AnyBlobs, blob: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in blobs.read(blob, start, stop)])


class Shared:
    """What both promise. A subclass says where the bytes are, by its fixture `blobs` and by `traces`."""

    async def traces(self, blobs: AnyBlobs, connection: Connection) -> int:
        """How many blobs, whole or in part, have left anything behind."""
        raise AssertionError

    @pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
    async def test_what_was_put_is_read(self, blobs: AnyBlobs, size: int) -> None:
        data = os.urandom(size)
        info = await blobs.put(stream(data), mime="video/mp4", name="ü.mp4", seconds=60)
        assert (info.size, info.mime, info.name) == (size, "video/mp4", "ü.mp4")
        assert await blobs.info(info.id) == info
        assert await whole(blobs, info.id) == data

    async def test_parts_of_any_size_become_one(self, blobs: AnyBlobs) -> None:
        data = os.urandom(700_000)
        parts = [data[:1], data[1:3], b"", data[3:600_000], data[600_000:]]
        info = await blobs.put(stream(*parts), mime="", seconds=60)
        assert await whole(blobs, info.id) == data

    async def test_a_range_is_read(self, blobs: AnyBlobs) -> None:
        data = os.urandom(3 * PIECE)
        blob = (await blobs.put(stream(data), mime="", seconds=60)).id
        edges = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE - 1, 3 * PIECE, 3 * PIECE + 5]
        for start in edges:
            for stop in [*edges, None]:
                assert await whole(blobs, blob, start, stop) == data[start:stop]

    async def test_pieces_are_small(self, blobs: AnyBlobs) -> None:
        blob = (await blobs.put(stream(bytes(5 * PIECE)), mime="", seconds=60)).id
        assert {len(piece) async for piece in blobs.read(blob, 1)} == {PIECE, PIECE - 1}

    @pytest.mark.parametrize("blob", ["0" * 32, "", "../key", "/etc/passwd", "a" * 31 + "\n", "A" * 32])
    async def test_what_never_was_is_gone(self, blobs: AnyBlobs, blob: str) -> None:
        assert await blobs.info(blob) is None
        for doing in (whole(blobs, blob), blobs.keep(blob, 60)):
            with pytest.raises(BlobGone):
                await doing
        await blobs.remove(blob)

    async def test_names_are_data(self, blobs: AnyBlobs, connection: Connection, tmp_path: Path) -> None:
        info = await blobs.put(stream(b"x"), mime='a"/\n', name="../../etc/passwd\x00", seconds=60)
        known = await blobs.info(info.id)
        assert known is not None
        assert known.name == "../../etc/passwd\x00"
        assert not list(tmp_path.parent.rglob("passwd*"))

    async def test_removed_is_gone(self, blobs: AnyBlobs, connection: Connection) -> None:
        blob = (await blobs.put(stream(b"x" * 1000), mime="", seconds=60)).id
        await blobs.remove(blob)
        assert await blobs.info(blob) is None
        with pytest.raises(BlobGone):
            await whole(blobs, blob)
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_its_time_over_it_is_gone(self, blobs: AnyBlobs, connection: Connection) -> None:
        blob = (await blobs.put(stream(b"x" * 1000), mime="", seconds=0.05)).id
        await asyncio.sleep(0.06)
        assert await blobs.info(blob) is None
        with pytest.raises(BlobGone):
            await whole(blobs, blob)
        with pytest.raises(BlobGone):
            await blobs.keep(blob, 60)
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_kept_longer_it_stays(self, blobs: AnyBlobs) -> None:
        blob = (await blobs.put(stream(b"x"), mime="", seconds=0.1)).id
        await blobs.keep(blob, 60)
        await asyncio.sleep(0.15)
        await blobs.sweep()
        assert await whole(blobs, blob) == b"x"

    async def test_a_read_in_progress_ends_well_although_the_time_is_over(self, blobs: AnyBlobs) -> None:
        blob = (await blobs.put(stream(b"x" * PIECE, b"y" * PIECE), mime="", seconds=0.1)).id
        async with aclosing(blobs.read(blob)) as reading:
            assert await anext(reading) == b"x" * PIECE
            await asyncio.sleep(0.15)
            assert await anext(reading) == b"y" * PIECE

    async def test_the_quota_holds_and_nothing_is_left_behind(self, blobs: AnyBlobs, connection: Connection) -> None:
        kept = await blobs.put(stream(b"x" * 1_500_000), mime="", seconds=60)
        with pytest.raises(QuotaReached):
            await blobs.put(stream(b"y" * 400_000, b"y" * 400_000), mime="", seconds=60)
        assert await blobs.used() == 1_500_000
        assert await self.traces(blobs, connection) == 1
        await blobs.put(stream(b"z" * 500_000), mime="", seconds=60)
        assert await whole(blobs, kept.id) == b"x" * 1_500_000

    async def test_what_has_expired_takes_no_room(self, blobs: AnyBlobs) -> None:
        for _ in range(5):
            await blobs.put(stream(b"x" * 1_500_000), mime="", seconds=0.02)
            await asyncio.sleep(0.03)
        await blobs.put(stream(b"x" * QUOTA), mime="", seconds=60)
        assert await blobs.used() == QUOTA

    async def test_many_at_once_keep_the_quota_together(self, blobs: AnyBlobs) -> None:
        async def put() -> bool:
            try:
                await blobs.put(stream(b"x" * 300_000, b"y" * 100_000), mime="", seconds=60)
            except QuotaReached:
                return False
            return True

        done = await asyncio.gather(*(put() for _ in range(12)))
        assert await blobs.used() == 400_000 * sum(done) <= QUOTA
        assert any(done)

    async def test_an_upload_that_breaks_off_leaves_nothing(self, blobs: AnyBlobs, connection: Connection) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"x" * 600_000
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await blobs.put(broken(), mime="", seconds=60)
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_an_upload_that_is_cancelled_leaves_nothing(self, blobs: AnyBlobs, connection: Connection) -> None:
        async def endless() -> AsyncIterator[bytes]:
            yield b"x" * 600_000
            await asyncio.sleep(60)

        uploading = asyncio.create_task(blobs.put(endless(), mime="", seconds=60))
        async with asyncio.timeout(30):
            while await blobs.used() < PIECE * 2:
                await asyncio.sleep(0.005)
        uploading.cancel()
        await asyncio.wait([uploading])
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_an_upload_whose_process_was_killed_vanishes(
        self, blobs: AnyBlobs, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ledger_module, "UNFINISHED_SECONDS", 0.05)
        monkeypatch.setattr(blobs_module, "UNFINISHED_SECONDS", 0.05)
        monkeypatch.setattr(blobs_module, "_LINGER", 0)
        blob = "ab" * 16
        await blobs._ledger.begin(blob)  # this far it came
        await blobs._ledger.grow(blob, PIECE)
        await blobs._add(blob, 0, b"x" * PIECE)
        assert await blobs.info(blob) is None
        await asyncio.sleep(0.1)
        await blobs.sweep()
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_an_upload_slower_than_is_waited_for_is_gone(
        self, blobs: AnyBlobs, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ledger_module, "UNFINISHED_SECONDS", 0.02)

        async def slow() -> AsyncIterator[bytes]:
            yield b"x" * PIECE
            await asyncio.sleep(0.1)
            yield b"y" * PIECE

        with pytest.raises(BlobGone):
            await blobs.put(slow(), mime="", seconds=60)
        assert await blobs.used() == 0
        assert await self.traces(blobs, connection) == 0

    async def test_another_process_sees_the_same(self, blobs: AnyBlobs, again: Callable[[], AnyBlobs]) -> None:
        info = await blobs.put(stream(b"x" * 500_000), mime="a/b", name="c", seconds=60)
        assert await again().info(info.id) == info
        assert await whole(again(), info.id, 1, 10) == b"x" * 9
        await again().remove(info.id)
        assert await blobs.info(info.id) is None


class TestFolderBlobs(Shared):
    @pytest.fixture
    def again(self, connection: Connection, tmp_path: Path) -> Callable[[], AnyBlobs]:
        return lambda: FolderBlobs(tmp_path, connection, QUOTA)

    @pytest.fixture
    def blobs(self, again: Callable[[], AnyBlobs]) -> AnyBlobs:
        return again()

    async def traces(self, blobs: AnyBlobs, connection: Connection) -> int:
        await blobs.sweep()
        assert isinstance(blobs, FolderBlobs)
        return len(list(blobs._folder.iterdir())) if blobs._folder.exists() else 0

    async def test_a_file_that_the_ledger_does_not_know_is_swept_and_others_are_not(
        self, blobs: AnyBlobs, connection: Connection, tmp_path: Path
    ) -> None:
        known = await blobs.put(stream(b"x"), mime="", seconds=60)
        folder = tmp_path / connection.keys.prefix
        (folder / ("cd" * 16)).write_bytes(b"lost")
        (folder / ("cd" * 16 + ".part")).write_bytes(b"lost")
        (folder / "notes.txt").write_bytes(b"not ours")
        await blobs.sweep()
        assert {path.name for path in folder.iterdir()} == {known.id, "notes.txt"}

    async def test_a_file_that_is_missing_is_gone(
        self, blobs: AnyBlobs, connection: Connection, tmp_path: Path
    ) -> None:
        info = await blobs.put(stream(b"x"), mime="", seconds=60)
        (tmp_path / connection.keys.prefix / info.id).unlink()
        with pytest.raises(BlobGone):
            await whole(blobs, info.id)

    @pytest.mark.parametrize(
        ("number", "expected"), [(errno.ENOSPC, QuotaReached), (errno.EDQUOT, QuotaReached), (errno.EIO, StoreAway)]
    )
    async def test_a_disk_that_takes_no_more(
        self, blobs: AnyBlobs, number: int, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(blobs_module, "_append", full)
        with pytest.raises(expected):
            await blobs.put(stream(b"x"), mime="", seconds=60)
        assert await blobs.used() == 0

    async def test_nobody_else_may_look_into_the_folder(
        self, blobs: AnyBlobs, connection: Connection, tmp_path: Path
    ) -> None:
        await blobs.put(stream(b"x"), mime="", seconds=60)
        assert (tmp_path / connection.keys.prefix).stat().st_mode & 0o777 == 0o700


class TestChunkBlobs(Shared):
    @pytest.fixture
    def again(self, connection: Connection) -> Callable[[], AnyBlobs]:
        return lambda: ChunkBlobs(connection, QUOTA)

    @pytest.fixture
    def blobs(self, again: Callable[[], AnyBlobs]) -> AnyBlobs:
        return again()

    async def traces(self, blobs: AnyBlobs, connection: Connection) -> int:
        await blobs.sweep()
        prefix = connection.keys.prefix
        return len([key async for key in connection.commands.scan_iter(f"{prefix}:*:blob:*")])

    async def test_only_the_chunks_of_the_range_are_read(self, blobs: AnyBlobs, connection: Connection) -> None:
        blob = (await blobs.put(stream(b"x" * 4 * PIECE), mime="", seconds=60)).id
        chunks = connection.keys.named("blob", blob)
        await connection.commands.hdel(chunks, "0", "3")
        assert await whole(blobs, blob, PIECE + 5, 3 * PIECE - 5) == b"x" * (2 * PIECE - 10)
        with pytest.raises(BlobGone):
            await whole(blobs, blob)

    async def test_chunks_that_nobody_sweeps_expire_by_themselves(
        self, blobs: AnyBlobs, connection: Connection
    ) -> None:
        info = await blobs.put(stream(b"x"), mime="", seconds=100)
        assert 100 < await connection.commands.ttl(connection.keys.named("blob", info.id)) <= 161


async def test_without_the_store_nothing_is_kept(
    own_server: Valkey, own_connection: Connection, tmp_path: Path
) -> None:
    own_server.kill()
    for blobs in (FolderBlobs(tmp_path, own_connection, QUOTA), ChunkBlobs(own_connection, QUOTA)):
        with pytest.raises(StoreAway):
            await blobs.put(stream(b"x"), mime="", seconds=60)
    assert not list(tmp_path.rglob("*.part"))


async def test_a_full_store_leaves_no_half_blob(own_server: Valkey, own_connection: Connection) -> None:
    blobs = ChunkBlobs(own_connection, QUOTA)
    kept = await blobs.put(stream(b"x" * PIECE), mime="", seconds=60)
    own_server.fill()
    with pytest.raises(StoreAway):
        await blobs.put(stream(b"y" * PIECE * 2), mime="", seconds=60)
    assert await whole(blobs, kept.id) == b"x" * PIECE
    own_server.empty()
    await blobs.sweep()
    assert await blobs.used() == PIECE


PROGRAM = """
import asyncio, resource, sys
from pathlib import Path
from core.store.blobs import ChunkBlobs, FolderBlobs
from core.store.connection import StoreSettings, open_store

async def data():
    for _ in range(800):
        yield bytes(64 * 1024)

async def main():
    async with open_store(StoreSettings(sys.argv[1], Path("."), sys.argv[2])) as store:
        blobs = ChunkBlobs(store, 10**9) if sys.argv[3] == "chunks" else FolderBlobs(Path(sys.argv[3]), store, 10**9)
        await store.probe()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        info = await blobs.put(data(), mime="", seconds=60)
        size = sum([len(piece) async for piece in blobs.read(info.id)])
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(size, (after - before) * (1 if sys.platform == "darwin" else 1024))
        await blobs.remove(info.id)

asyncio.run(main())
"""


@pytest.mark.parametrize("where", ["chunks", "folder"])
async def test_fifty_megabytes_go_through_a_small_process(
    connection: Connection, store_server: Valkey, tmp_path: Path, where: str
) -> None:
    place = str(tmp_path) if where == "folder" else "chunks"
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, store_server.url, connection.keys.prefix, place, stdout=PIPE
    )
    said, _ = await program.communicate()
    size, growth = (int(word) for word in said.split())
    assert size == 50 * 2**20
    assert growth < 16 * 2**20
