"""What the agent is told: the person's words, with what they leave unsaid: which photos, which version, what format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from core.desk import Desk
from core.records import StoredFile
from core.routing import wants_undo
from core.turns.gathering import Gathered
from core.turns.versions import steps_back

NAME_CHARS: Final = 60
_FORMAT: Final = re.compile(r"\d ?: ?\d|vertical|portrait|landscape|square|竖|横|方形", re.IGNORECASE)
_END_FRAME: Final = "image-to-video-end-frame"


def instruction_of(desk: Desk, gathered: Gathered) -> str:
    """What the person wants, put into the question that it answers, if one was asked. Empty: nobody said anything."""
    asked = desk.record.asked
    if gathered.text and asked and is_asked(desk) and not gathered.attachments:
        return asked.template.replace("{}", gathered.text)
    return _in_format(desk, gathered.text or desk.record.wish)


def is_asked(desk: Desk) -> bool:
    """Whether a question was put to this person."""
    return desk.record.asked is not None and desk.record.asked.person == desk.job.message.sender.id


def wants_back(desk: Desk, gathered: Gathered) -> bool:
    """Whether all that is wanted is the timeline as it was before."""
    return not gathered.attachments and not is_asked(desk) and wants_undo(gathered.text)


def steps_to_quoted(desk: Desk) -> int | None:
    """How many changes ago the video was made that the person replies to; 0 where they reply to none of ours, or to the
    newest; None where that is too long ago."""
    replied = desk.job.message.reply_to
    video = next((one for one in reversed(desk.record.older) if replied and one.message_id == replied), None)
    if video is None or (desk.record.video and desk.record.video.message_id == replied):
        return 0
    return steps_back(desk.record.past, video.draft)


def noted(desk: Desk, instruction: str) -> str:
    """The instruction, with a line about the photos where several are there and the agent was not told of all."""
    pictures = pictures_of(desk.record.files)
    new = desk.record.files[desk.record.told :]
    if len(pictures) < 2 or not new:
        return instruction
    words = desk.words
    told = [words.in_order(_listed(pictures, pictures))]
    if fresh := [one for one in pictures if one in new and len(new) < len(desk.record.files)]:
        told.append(words.new_ones(_listed(fresh, pictures)))
    if sounds := [one for one in new if one.kind == "audio"]:
        told.append(words.sounds("; ".join(map(name_of, sounds))))
    if desk.skill.name == _END_FRAME:
        told.append(words.end_frame(name_of(pictures[-1])))
    return f"{instruction}\n[{' '.join(told)}]"


def pictures_of(files: Sequence[StoredFile]) -> Sequence[StoredFile]:
    """What can be seen, in the order in which it was sent: the agent's "photo 2" is the second of these."""
    return [one for one in files if one.kind != "audio"]


def name_of(file: StoredFile) -> str:
    """The name by which the backend knows the file, as far as it fits into a line."""
    name = re.sub(r"[\s\[\]]+", " ", file.name or file.attachment.name).strip()
    return name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS // 2]}…{name[-NAME_CHARS // 2 :]}"


def _listed(some: Sequence[StoredFile], pictures: Sequence[StoredFile]) -> str:
    return "; ".join(f"{pictures.index(one) + 1}. {name_of(one)}" for one in some)


def _in_format(desk: Desk, instruction: str) -> str:
    """The first instruction of a project, with the format that is set for this chat, unless it names one itself."""
    ratio = desk.record.preferences.ratio
    if not instruction or not ratio or _FORMAT.search(instruction) or desk.record.video is not None:
        return instruction
    return f"{instruction}\n{desk.words.wish(ratio)}"
