"""Every error in the words of a person: what is the matter, and what to do about it."""

from __future__ import annotations

import errno
from typing import Final

from core import errors
from core.wording.languages import Language

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None})
PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif")
FORMATS: Final = "JPG, PNG, WEBP, HEIC, GIF · MP4, MOV, AVI, WEBM, MKV · MP3, WAV, M4A, AAC"


def trouble(error: Exception, _: Language, *, register: str = "") -> str:
    """The sentence for an error; `register` is where more credits can be had, empty where the person cannot get any."""
    if isinstance(error, errors.FileError):
        return _file(error, _)
    if isinstance(error, errors.OutOfCredits):
        return _credits(_, register)
    if isinstance(error, OSError) and error.errno not in NO_ROOM:
        return _("I can't read or write a file here. Whoever runs this bot must look into it.")
    for kind, sentence in _sentences(_):
        if isinstance(error, kind):
            return sentence
    return _("Something went wrong on my side. Nothing more happens with this message. Try again?")


def _sentences(_: Language) -> tuple[tuple[type[Exception], str], ...]:
    return (
        (
            errors.UnsupportedFile,
            _("The video service does not take this kind of file. It takes: {formats}.").format(formats=FORMATS),
        ),
        (
            errors.FileTooLarge,
            _("This file is too large for the video service: 200 MB is the limit. Compress or trim it."),
        ),
        (
            errors.ExportBlocked,
            _("This account's plan does not allow exports. Whoever runs this bot can register or upgrade it."),
        ),
        (errors.RateLimited, _("The video service has too much to do right now. Please try again in a few minutes.")),
        (
            errors.LinkRefused,
            _("The video service does not accept your token any more. /link a fresh one, or /unlink to do without."),
        ),
        (
            errors.AccountGone,
            _("This project belongs to an account that you have unlinked. /link it again, or /new begins another."),
        ),
        (
            errors.TokenExpired,
            _("The video service does not accept this bot's access. Whoever runs this bot must renew it."),
        ),
        (
            errors.SessionLost,
            _("The project is no longer there. Say it again, and I start a new one with your photos."),
        ),
        (
            errors.RenderFailed,
            _("The video could not be rendered, twice. Say “export” to try again, or change something first."),
        ),
        (errors.ProtocolError, _("The video service gave an answer that I don't understand. Please try again later.")),
        (errors.StreamLost, _("The connection to the video service broke. Try again?")),
        (errors.BackendAway, _("The video service does not answer. Please try again in a few minutes.")),
        (
            errors.ClientIdMissing,
            _("The video service does not know this bot. Whoever runs this bot must check its settings."),
        ),
        (errors.BackendRefused, _("The video service refused this without saying why. Please try again later.")),
        (errors.BackendError, _("The video service refused this. Try saying it in other words.")),
        (errors.ChatGone, _("I can't write into this chat any more. Let me in again, then go on here.")),
        (errors.SlowDown, _("This chat limits how often I may write. I'll post it as soon as I can.")),
        (errors.Refused, _("This chat did not take what I wanted to post. Please try again in another chat.")),
        (
            errors.OutcomeUnknown,
            _("I can't tell whether it arrived. If you don't see it above, please ask again."),
        ),
        (errors.AttachmentGone, _("This file is no longer there. Please send it again.")),
        (errors.TooLarge, _("This file is too large to be handed over here. Send it smaller, or as a photo.")),
        (
            errors.NoRoom,
            _("There is no room left to keep this here. Whoever runs this bot can make some; then try again."),
        ),
        (errors.OutboundError, _("This chat had a problem with my answer. Please try again.")),
        (errors.QuotaReached, _("There is no room for more files right now. Please try again in a few minutes.")),
        (errors.MailboxFull, _("Too many messages are waiting here already. Let me finish some first.")),
        (errors.BlobGone, _("This file has expired. Please send it again.")),
        (errors.CursorLost, _("This page was away for too long. Please reload it.")),
        (errors.LeaseLost, _("I'm already working on this. You don't have to do anything.")),
        (
            errors.SecretUnreadable,
            _("I can't read my own records: the key was changed. Whoever runs this bot must restore it."),
        ),
        (errors.KeyRefused, _("This bot's key can't be used. Whoever runs this bot must set another one.")),
        (errors.StoreAway, _("I can't reach my records, so nothing was started. Please try again in a minute.")),
        (errors.StoreError, _("I can't keep notes right now, so nothing was started. Please try again in a minute.")),
        (OSError, _("I have no room left to prepare the video. Whoever runs this bot must free some disk space.")),
    )


def _file(error: errors.FileError, _: Language) -> str:
    name = error.name or _("This file")
    match error:
        case errors.EmptyFile():
            return _("{name} is empty. Please send it again.").format(name=name)
        case errors.UnknownFormat():
            return _("{name} is not a format that I can use. I take: {formats}.").format(name=name, formats=FORMATS)
        case errors.TooManyPixels(pixels=pixels, limit=limit):
            sentence = _("{name} is too large: {pixels} megapixels, {limit} are the limit. Send a smaller version.")
            return sentence.format(name=name, pixels=round(pixels / 1e6), limit=round(limit / 1e6))
        case errors.TooManyBytes(limit=limit):
            sentence = _("{name} is too large: {limit} MB is the limit. Compress or trim it.")
            if name.lower().endswith(PICTURES):
                sentence = _("{name} is too large: {limit} MB is the limit. Send it smaller, or as a photo.")
            told = sentence.format(name=name, limit=int(limit / 1e6))  # 20.97 are told as 20
            return f"{told}\n{_ways_out(_)}" if error.liftable else told
        case errors.TooManyFiles(limit=limit):
            sentence = _.ngettext(
                "{name} is left out: a project holds {limit} file. /new begins another.",
                "{name} is left out: a project holds {limit} files. /new begins another.",
                limit,
            )
            return sentence.format(name=name, limit=limit)
        case errors.NotPlayable():
            return _("{name} cannot be played. Please send another version of it.").format(name=name)
        case _:
            return _("{name} is damaged and cannot be read. Please send it again.").format(name=name)


def _ways_out(_: Language) -> str:
    return _("Whoever runs this bot can allow larger files by setting up a local server.")


def _credits(_: Language, register: str) -> str:
    if register:
        return _("The credits are used up. Get more here, then try again: {link}").format(link=register)
    return _("The credits are used up. Whoever runs this bot must top them up; then try again.")
