"""Which messages belong together: the parts of an album, photos sent one after the other, a sentence and its photos."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from core.desk import Desk
from core.jobs import Parked, Waiting
from core.messages import Attachment, InboundMessage, Kind
from core.routing import announces_files
from core.routing.separately import wish_for_each

LOOK = 0.2  # seconds between looks into the mailbox for further parts; they come as other messages do


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one person handed in together. `text` is empty when nobody said what to make of it."""

    text: str
    attachments: tuple[Attachment, ...]
    album: str = ""


async def gather(desk: Desk, bring: Callable[[Sequence[Attachment]], Awaitable[None]]) -> Gathered | Parked:
    """Wait for what belongs to the job in hand and make it part of it. Every part shows in the status at once, and is
    handed to `bring`, which uploads what it has not uploaded yet."""
    if awaits_photos(desk):
        parked = await _wait_for_photos(desk)
        if parked is not None:
            return parked
    while True:
        more = list(_followers(desk, await desk.lease.waiting()))
        if more:
            await desk.lease.absorb(more)
            await desk.lease.save(notes={"last_part": repr(more[-1].accepted_at)})
        gathered = gathered_of(desk)
        if meant_for_us(desk):
            _count(desk, gathered)
            if desk.progress.ref is None:  # nobody should wait for the session to hear that it has come
                await desk.progress.flush()
            await bring(gathered.attachments)
        if _complete(desk) or (not more and _silence(desk) <= 0):
            if not gathered.attachments:
                return gathered
            await desk.lease.reread()  # uploads take their time: a caption may have been corrected meanwhile
            return gathered_of(desk)
        await asyncio.sleep(max(0.0, min(LOOK, _silence(desk))))


def meant_for_us(desk: Desk) -> bool:
    """Whether any part was said to the bot. Of an album in a group, only one part carries the words that do so; parts
    that come late belong to the album that was."""
    parts = (desk.job.message, *desk.job.parts)
    album = _album(desk)
    late = bool(album) and album == desk.record.album
    return late or any(part.private or part.addressed or part.command is not None for part in parts)


def gathered_of(desk: Desk) -> Gathered:
    """What the job's parts add up to."""
    parts = (desk.job.message, *desk.job.parts)
    attachments = [one for part in parts for one in part.attachments] or list(desk.job.message.quoted)
    text = "\n".join(spoken for part in parts if (spoken := words_of(part)))
    album = next((part.album for part in parts if part.album), "")
    return Gathered(text, tuple(attachments), album)


def words_of(message: InboundMessage) -> str:
    """What somebody said, without the command that it was said with; options of a command are words too, but for the
    skill, which says how it is to be understood."""
    if message.command is None:
        return message.text.strip()
    options = (value for name, value in message.command.options.items() if value and name != "skill")
    return ", ".join(part for part in (message.command.text.strip(), *options) if part)


def added(pending: Sequence[Attachment], more: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Files that wait for a word of what to do with them, each once."""
    return tuple({one.ref: one for one in (*pending, *more)}.values())


def noun_of(attachments: Sequence[Attachment]) -> str:
    """ "photo" where all are photos, else "file"."""
    return "photo" if all(one.kind in (Kind.PHOTO, Kind.FILE) for one in attachments) else "file"


def awaits_photos(desk: Desk) -> bool:
    """Whether the sentence speaks of photos that are not there, nor any others."""
    message = desk.job.message
    empty = not (message.attachments or message.quoted or desk.job.parts or desk.record.files or desk.record.pending)
    said = words_of(message)
    announced = announces_files(said) or wish_for_each(said) is not None
    return empty and not desk.posting.limits.one_shot and announced


async def _wait_for_photos(desk: Desk) -> Parked | None:
    """Photos announced and not yet there: wait for them without holding anything."""
    waiting = await desk.lease.waiting()
    until = desk.job.accepted_at + desk.shop.times.announced
    if any(_follows(desk, one.message) and one.message.attachments for one in waiting) or desk.shop.now() >= until:
        return None
    desk.progress.show(desk.words.waiting_for_photos())
    await desk.progress.flush()
    return Parked(until, stirs=True, seen=len(waiting))


def _followers(desk: Desk, waiting: Sequence[Waiting]) -> Iterator[Waiting]:
    """The waiting messages, from the first on, that belong to the job in hand."""
    spoken, announced = bool(gathered_of(desk).text), awaits_photos(desk)
    last = _last_arrival(desk)
    for one in waiting:
        near = announced or one.accepted_at - last <= _patience(desk) or _same_album(desk, one.message)
        without_files = not one.message.attachments
        if announced and without_files:  # what else is said meanwhile waits for its own turn
            continue
        if not _follows(desk, one.message) or not near or (without_files and (spoken or not _has_files(desk))):
            return
        spoken, last = spoken or bool(one.message.text), one.accepted_at
        yield one


def _follows(desk: Desk, message: InboundMessage) -> bool:
    return message.sender.id == desk.job.message.sender.id and message.command is None


def _complete(desk: Desk) -> bool:
    message = desk.job.message
    alone = not _has_files(desk)
    return alone or (message.whole and bool(message.text)) or (message.whole and desk.posting.limits.one_shot)


def _has_files(desk: Desk) -> bool:
    return any(part.attachments for part in (desk.job.message, *desk.job.parts))


def _same_album(desk: Desk, message: InboundMessage) -> bool:
    return bool(message.album) and message.album == _album(desk)


def _album(desk: Desk) -> str:
    return next((part.album for part in (desk.job.message, *desk.job.parts) if part.album), "")


def _patience(desk: Desk) -> float:
    return desk.shop.times.album if _album(desk) else desk.shop.times.single


def _last_arrival(desk: Desk) -> float:
    return max(desk.job.accepted_at, float(desk.notes.get("last_part", "0")))


def _silence(desk: Desk) -> float:
    """Seconds until it has been quiet for long enough."""
    return _last_arrival(desk) + _patience(desk) - desk.shop.now()


def _count(desk: Desk, gathered: Gathered) -> None:
    if gathered.attachments:
        desk.progress.show(desk.words.got_files(len(gathered.attachments), noun_of(gathered.attachments)))
