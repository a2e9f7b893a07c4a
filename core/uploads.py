"""The way of people's files to the backend: checked, converted, streamed, each noted as soon as it is there."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import structlog

from core.desk import Desk
from core.errors import (
    AttachmentGone,
    BackendRefused,
    EmptyFile,
    FileError,
    FileTooLarge,
    ProtocolError,
    TooLarge,
    TooManyBytes,
    TooManyFiles,
    UnknownFormat,
    UnsupportedFile,
)
from core.media.sniff import HEAD_BYTES, OGG, Family, Format, sniff
from core.messages import Attachment, Kind
from core.nemo.values import Credential, UploadPart
from core.records import Project, StoredFile

log = structlog.get_logger(__name__)

FILE_BYTES = 200_000_000
FILES = 60
BATCH_BYTES = 512 * 1024


async def bring(desk: Desk, project: Project, attachments: Iterable[Attachment]) -> None:
    """Upload what the project has not got yet, in order. Files that were in the project before and got lost with its
    session come first. Raises `BackendError`; a file that cannot be used stops only itself (`Desk.refused`), but where
    nobody could say more afterwards, it is raised before anything is uploaded."""
    missing = [one for one in _wanted(desk, attachments) if not _there(desk, project, one) and _fits(desk, one)]
    ready = await _all_ready(desk, missing) if desk.posting.limits.one_shot else {}
    for number, attachment in enumerate(missing, 1):
        desk.progress.show(desk.words.uploading(number, len(missing)))
        try:
            stored = await _upload(desk, project, attachment, ready.get(attachment.ref))
        except (FileError, AttachmentGone, TooLarge, UnsupportedFile, FileTooLarge) as error:
            desk.refused[attachment.ref] = error
        else:
            others = tuple(file for file in desk.record.files if file.attachment.ref != attachment.ref)
            await desk.save(files=(*others, stored))


def _wanted(desk: Desk, attachments: Iterable[Attachment]) -> Sequence[Attachment]:
    earlier = [file.attachment for file in desk.record.files]
    wanted = {one.ref: one for one in (*earlier, *attachments) if one.ref not in desk.refused}
    for ref in list(wanted)[FILES:]:
        desk.refused[ref] = TooManyFiles(wanted[ref].name, FILES)
    return list(wanted.values())[:FILES]


def _there(desk: Desk, project: Project, attachment: Attachment) -> bool:
    return any(
        file.attachment.ref == attachment.ref and file.session_id == project.session_id for file in desk.record.files
    )


async def _all_ready(desk: Desk, attachments: Sequence[Attachment]) -> dict[str, UploadPart]:
    """Look at every file; what had to be converted for that is on the disk now, and need not be once more."""
    if refused := next(iter(desk.refused.values()), None):
        raise refused
    ready: dict[str, UploadPart] = {}
    for number, attachment in enumerate(attachments, 1):
        desk.progress.show(desk.words.checking(number, len(attachments)))
        async with _part(desk, attachment, desk.folder / "ready" / str(number)) as part:
            if part.size is not None:
                ready[attachment.ref] = part
    return ready


async def _upload(desk: Desk, project: Project, attachment: Attachment, ready: UploadPart | None) -> StoredFile:
    folder = desk.folder / "files"

    async def carry(credential: Credential) -> StoredFile:
        """All of the way: bytes that come from the platform can be had only once for each time it is opened."""
        if ready is None and (fetched := await _fetched(desk, project, attachment, credential)):
            return fetched
        async with _part(desk, attachment, folder) if ready is None else nullcontext(ready) as part:
            [uploaded, *_] = await desk.shop.nemo.upload(credential, project.session_id, [part])
        return StoredFile(attachment, project.session_id, uploaded.name or part.name, uploaded.kind)

    try:
        return await desk.call(carry)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _fetched(desk: Desk, project: Project, attachment: Attachment, credential: Credential) -> StoredFile | None:
    """Let the backend fetch a video or sound by itself, where the platform lends a link and the first bytes are what
    they should be. None where it must be carried after all."""
    if attachment.kind not in (Kind.VIDEO, Kind.AUDIO) or not (link := await desk.posting.link(attachment)):
        return None
    async with desk.posting.open(attachment) as chunks:
        head, _ = await _peek(chunks)
    known = _format(attachment, head)
    if known.family is Family.IMAGE or not known.native:
        return None
    try:
        [uploaded, *_] = await desk.shop.nemo.upload_urls(credential, project.session_id, [link])
    except (BackendRefused, UnsupportedFile, ProtocolError) as error:
        log.info("not_fetched", job=desk.job.id, error=type(error).__name__)
        return None
    return StoredFile(attachment, project.session_id, uploaded.name or attachment.name, uploaded.kind)


def _fits(desk: Desk, attachment: Attachment) -> bool:
    """Say no before a byte has moved, where the platform tells the size."""
    limits = desk.posting.limits
    limit = min(FILE_BYTES, limits.download_bytes or FILE_BYTES)
    if attachment.size == 0:
        desk.refused[attachment.ref] = EmptyFile(attachment.name)
    elif attachment.size is not None and attachment.size > limit:
        liftable = limits.download_liftable and limit < FILE_BYTES
        desk.refused[attachment.ref] = TooManyBytes(attachment.name, limit, attachment.size, liftable=liftable)
    return attachment.ref not in desk.refused


@asynccontextmanager
async def _part(desk: Desk, attachment: Attachment, folder: Path) -> AsyncIterator[UploadPart]:
    """What is uploaded for an attachment, decided by its bytes: pictures always pass through preflight, voice notes
    become M4A, video and audio stream through as they are."""
    async with desk.posting.open(attachment) as chunks:
        head, rest = await _peek(chunks)
        known = _format(attachment, head)
        if known.family is Family.IMAGE:
            source = await _spool(attachment, rest, folder / "source")
            picture = await desk.shop.pictures.prepare(source, folder, attachment.name)
            yield part_of(picture.path, picture.name, picture.mime)
        elif known is OGG:
            source = await _spool(attachment, rest, folder / "source")
            voice = await desk.shop.videos.to_m4a(source, folder / "voice.m4a")
            yield part_of(voice, "voice.m4a", "audio/mp4")
        else:
            yield UploadPart(_named(attachment, known), known.mime, None, lambda: _once(_capped(attachment, rest)))


def part_of(path: Path, name: str, mime: str) -> UploadPart:
    """A file on disk as something to upload."""
    return UploadPart(name, mime, path.stat().st_size, lambda: _once(_read(path)))


def _format(attachment: Attachment, head: bytes) -> Format:
    if not head:
        raise EmptyFile(attachment.name)
    known = sniff(head)
    if known is None:
        raise UnknownFormat(attachment.name)
    return known


def _named(attachment: Attachment, known: Format) -> str:
    stem = attachment.name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or known.family.value
    return stem + known.suffix


async def _peek(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes, and all bytes."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break

    async def everything() -> AsyncIterator[bytes]:
        if head:
            yield head
        async for chunk in chunks:
            yield chunk

    return head, everything()


async def _capped(attachment: Attachment, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > FILE_BYTES:
            raise TooManyBytes(attachment.name, FILE_BYTES)
        yield chunk


async def _spool(attachment: Attachment, chunks: AsyncIterator[bytes], path: Path) -> Path:
    """The bytes on the disk. They are written a batch at a time, beside the event loop, which waits for no disk: a
    photo takes one change of thread or a few."""
    mode = "wb"
    async for batch in _batches(_capped(attachment, chunks)):
        await asyncio.to_thread(_write, path, mode, batch)
        mode = "ab"
    return path


async def _batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    async for chunk in chunks:
        batch.append(chunk)
        size += len(chunk)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write(path: Path, mode: str, batch: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode) as file:
        file.writelines(batch)


@asynccontextmanager
async def _once(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    yield chunks


async def _read(path: Path) -> AsyncIterator[bytes]:
    start = 0
    while batch := await asyncio.to_thread(_batch_at, path, start):
        yield batch
        if len(batch) < BATCH_BYTES:
            return
        start += len(batch)


def _batch_at(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(BATCH_BYTES)
