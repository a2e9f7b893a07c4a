"""Files that people hand in, as handles: which of them a message carries, and what is known of each. Pure."""

from __future__ import annotations

import re
from typing import Final

from telegram import ExternalReplyInfo, Message, PhotoSize

from core.messages import Attachment, Kind

MIME: Final = re.compile(r"[a-z0-9][\w.+-]{0,63}/[a-z0-9][\w.+-]{0,63}", re.IGNORECASE)
NAME_CHARS: Final = 200


def attachments_of(message: Message | ExternalReplyInfo) -> tuple[Attachment, ...]:
    """The file of a message, if it carries one that can go into a video. Stickers, polls, places and the like are
    none."""
    found = _photo(message) or _moving(message) or _sound(message) or _document(message)
    return (found,) if found is not None else ()


def _photo(message: Message | ExternalReplyInfo) -> Attachment | None:
    if not message.photo:
        return None
    best = max(message.photo, key=_area)
    return Attachment(Kind.PHOTO, best.file_id, "photo.jpg", "image/jpeg", size_of(best.file_size))


def _area(photo: PhotoSize) -> tuple[int, int]:
    return photo.width * photo.height, photo.file_size or 0


def _moving(message: Message | ExternalReplyInfo) -> Attachment | None:
    """An animation comes as a document too: it is looked for first."""
    clip = message.animation or message.video
    if clip is not None:
        name = name_of(clip.file_name, "video.mp4")
        return Attachment(Kind.VIDEO, clip.file_id, name, mime_of(clip.mime_type), size_of(clip.file_size))
    note = message.video_note
    if note is not None:
        return Attachment(Kind.VIDEO, note.file_id, "video.mp4", "video/mp4", size_of(note.file_size))
    return None


def _sound(message: Message | ExternalReplyInfo) -> Attachment | None:
    audio, voice = message.audio, message.voice
    if audio is not None:
        name = name_of(audio.file_name, "audio")
        return Attachment(Kind.AUDIO, audio.file_id, name, mime_of(audio.mime_type), size_of(audio.file_size))
    if voice is not None:
        return Attachment(Kind.VOICE, voice.file_id, "voice.ogg", mime_of(voice.mime_type), size_of(voice.file_size))
    return None


def _document(message: Message | ExternalReplyInfo) -> Attachment | None:
    file = message.document
    if file is None:
        return None
    name = name_of(file.file_name, "file")
    return Attachment(Kind.FILE, file.file_id, name, mime_of(file.mime_type), size_of(file.file_size))


def name_of(name: object, otherwise: str) -> str:
    """A file's name for people: of one line and readable length, whatever somebody has put there."""
    if not isinstance(name, str):
        return otherwise
    plain = "".join(letter for letter in name if letter.isprintable()).strip()
    return plain[:NAME_CHARS] or otherwise


def mime_of(mime: object) -> str:
    """A type as it should look, or none: it is a hint only."""
    return mime.lower() if isinstance(mime, str) and MIME.fullmatch(mime) else ""


def size_of(size: object) -> int | None:
    """A size in bytes, or None where there is none that makes sense."""
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
