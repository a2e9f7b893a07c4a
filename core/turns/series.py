"""A video of each photo: every one is a job of its own, which the first message leaves behind; one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core import conversations, uploads
from core.desk import Desk
from core.errors import AttachmentGone
from core.jobs import Ended, Follower, Parked, Phase
from core.messages import Attachment, Command
from core.records import StoredFile
from core.routing.separately import wish_for_each
from core.turns import queueing
from core.turns.instructing import name_of, pictures_of
from core.turns.talking import address

COMMAND: Final = "one"  # of a follower; nobody can type it


@dataclass(frozen=True, slots=True)
class Part:
    """One of a series: it is `number` of `count`, made of the photo with the handle `ref`, known as `name`."""

    series: str
    number: int
    count: int
    ref: str
    name: str


def part_of(desk: Desk) -> Part | None:
    """Which part of a series this job is, if it is one."""
    if "series" not in desk.notes:
        return None
    notes = desk.notes
    return Part(notes["series"], int(notes["number"]), int(notes["count"]), notes["ref"], notes["name"])


async def begin(desk: Desk, instruction: str, sent: Sequence[Attachment]) -> Ended | None:
    """Leave a job behind for each photo, if that is what is wanted, of the photos that were `sent` with the words or,
    where there were none, of all. None: it is not, or there are no two photos, or nobody is there to get several."""
    wish = None if desk.posting.limits.one_shot else wish_for_each(instruction)
    photos = _photos(desk, sent) if wish is not None else ()
    if wish is None or len(photos) < 2:
        return None
    if "followed" not in desk.notes:
        if not await desk.lease.follow(_followers(desk, photos, wish), now=desk.shop.now()):
            await desk.progress.finish(desk.words.stopped())
            return Ended(Phase.CANCELLED)
        followed = {"followed": str(len(photos))}
        await desk.save(notes=followed, pending=(), wish="", told=len(desk.record.files))
    await desk.progress.finish(desk.words.one_of_each(int(desk.notes["followed"])))
    return Ended(Phase.DONE)


async def make_one(desk: Desk, part: Part) -> Ended | Parked | None:
    """Address the agent about this photo alone."""
    if desk.record.halted == part.series:
        return Ended(Phase.CANCELLED)
    if wait := await queueing.enter(desk, since=desk.shop.now()):  # whoever came meanwhile goes first
        return wait
    await desk.save(phase=Phase.UPLOADING, notes={"instruction": _instruction(desk, part)})
    project = await conversations.project_of(desk)
    await uploads.bring(desk, project, ())  # nothing to do, unless the session was lost meanwhile
    if part.ref in desk.refused:
        raise desk.refused[part.ref]
    return await address(desk, project, _instruction(desk, part))


def _instruction(desk: Desk, part: Part) -> str:
    handles = [one.attachment.ref for one in pictures_of(desk.record.files)]
    if part.ref not in handles:
        raise AttachmentGone(part.ref)
    number = handles.index(part.ref) + 1
    lines = (desk.words.only_this(number), desk.notes["wish"], f"[{desk.words.this_one(number, part.name)}]")
    return "\n".join(line for line in lines if line)


def left_after(part: Part) -> int:
    """How many of the series come after this one."""
    return part.count - part.number


def _photos(desk: Desk, sent: Sequence[Attachment]) -> Sequence[StoredFile]:
    refs = {one.ref for one in (*sent, *desk.record.pending)}
    photos = [one for one in pictures_of(desk.record.files) if one.kind == "image"]
    return [one for one in photos if one.attachment.ref in refs] or photos


def _followers(desk: Desk, photos: Sequence[StoredFile], wish: str) -> Sequence[Follower]:
    message = replace(desk.job.message, text="", command=Command(COMMAND), attachments=(), quoted=(), album="")
    return [
        Follower(
            message,
            notes={
                "series": desk.job.id,
                "number": str(number),
                "count": str(len(photos)),
                "ref": photo.attachment.ref,
                "name": name_of(photo),
                "wish": wish,
            },
        )
        for number, photo in enumerate(photos, 1)
    ]
