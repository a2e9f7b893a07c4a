"""The last step: the video comes into the chat, as it is, or smaller, or as a file, or as a link; once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from core.desk import Desk, beside, heading_of
from core.errors import NotPlayable, OutcomeUnknown, Refused, SlowDown, TooLarge, TooManyBytes
from core.exports import LENT
from core.messages import Activity, Clip, LocalClip, RemoteClip, SentClip, units_of
from core.ports import SentVideo
from core.records import Act, Button, Video

log = structlog.get_logger(__name__)

T = TypeVar("T")

OLDER = 20  # videos that a reply may still mean
ROOM = 0.97  # of the limit: what a platform adds around a file counts too


async def deliver(desk: Desk, path: Path, *, title: str, draft: str) -> None:
    """Post the video at `path`, and remember it. Raises `OutboundError` for what can be tried again (`SlowDown`), or
    not at all (`ChatGone`)."""
    await desk.posting.activity(Activity.UPLOADING_VIDEO)
    clip = await desk.shop.videos.clip_of(path, edge=desk.posting.limits.thumbnail_edge)
    if "as_file" in desk.notes:
        sent = await _as_file(desk, clip, desk.words.here_it_is())
    else:
        sent = await _post(desk, clip, title)
    if sent is None:
        return
    if "older" in desk.notes:  # the newest is still the newest
        await desk.save(notes={"delivered": "1"})
        return
    await _remember(desk, _video_of(desk, clip, sent, draft))


async def lend(desk: Desk, clip: RemoteClip, *, title: str, draft: str) -> bool:
    """Have the platform fetch the video by itself. False where it does not take it so."""
    facts = json.dumps([clip.width, clip.height, clip.seconds, clip.size])
    await desk.save(notes={"lent": facts})
    try:
        sent = await _once(desk, LENT, clip, caption_of(desk, clip, title))
    except TooLarge as error:
        log.info("link_not_taken", job=desk.job.id, error=str(error))
        await desk.save(notes={"posting": "", "unlent": "1"})
        return False
    if sent is not None:
        await _remember(desk, _video_of(desk, clip, sent, draft))
    return True


def _video_of(desk: Desk, clip: Clip, sent: SentVideo, draft: str) -> Video:
    return Video(
        render_id=desk.notes["render"],
        message_id=sent.ref.id,
        draft=draft,
        width=clip.width,
        height=clip.height,
        seconds=clip.seconds,
        size=clip.size,
        handle=sent.handle,
    )


async def repeat(desk: Desk, video: Video, title: str) -> bool:
    """Post a video again by its handle, without a byte of it. False where the platform cannot do so."""
    if "delivered" in desk.notes:  # a crash came in between
        return True
    if not video.handle or "as_file" in desk.notes:
        return False
    clip = SentClip(video.handle, video.width, video.height, video.seconds, video.size)
    await desk.save(notes={"render": video.render_id})
    try:
        sent = await _once(desk, "again", clip, caption_of(desk, clip, title))
    except TooLarge as error:
        log.info("handle_not_taken", job=desk.job.id, error=str(error))
        return False
    if sent is not None:
        await _remember(desk, replace(video, message_id=sent.ref.id, handle=sent.handle or video.handle))
    return True


async def _remember(desk: Desk, video: Video) -> None:
    """From now on it is the last one; a reply may still mean those before it."""
    last = desk.record.video
    older = (*desk.record.older, last)[-OLDER:] if last is not None else desk.record.older
    await desk.save(notes={"delivered": "1"}, video=video, older=older)


async def _post(desk: Desk, clip: LocalClip, title: str) -> SentVideo | None:
    """Down the ladder until something is posted."""
    caption = caption_of(desk, clip, title)
    most = desk.posting.limits.upload_bytes
    if clip.size <= most and desk.notes.get("posting") != "smaller":  # else it was not taken like this
        try:
            return await _once(desk, "video", clip, caption)
        except TooLarge as error:
            log.info("video_too_large", job=desk.job.id, size=clip.size, error=str(error))
            most = error.limit or most
    smaller = await _fitted(desk, clip, int(min(most, clip.size) * ROOM))
    if smaller is not None:
        try:
            return await _once(desk, "smaller", smaller, f"{caption}\n{desk.words.reduced()}")
        except TooLarge as error:
            log.info("fitted_video_too_large", job=desk.job.id, size=smaller.size, error=str(error))
    return await _as_file(desk, smaller or clip, caption)


async def _once(desk: Desk, kind: str, clip: Clip, caption: str) -> SentVideo | None:
    """Post it; where the answer was lost, now or before a restart, settle that by means that leave no second copy."""
    if desk.notes.get("posting") == kind and not desk.posting.limits.repeats_are_harmless:
        return await _settle(desk, clip, caption)
    await desk.save(notes={"posting": kind})
    try:
        return await desk.posting.video(kind, clip, caption, buttons(desk))
    except OutcomeUnknown:
        return await _settle(desk, clip, caption)
    except SlowDown:  # certainly not posted
        await desk.save(notes={"posting": ""})
        raise
    except Refused as error:
        log.warning("video_refused", job=desk.job.id, error=str(error))
        raise TooLarge(str(error)) from error  # what it does not take as a video, it may take otherwise


async def _settle(desk: Desk, clip: Clip, caption: str) -> SentVideo | None:
    """Nobody knows whether it was posted: say it again where a repeat is harmless, else put it in place of the status
    message, where a repeat is too; where neither can be, the person is told."""
    limits, status = desk.posting.limits, desk.progress.ref
    try:
        if limits.repeats_are_harmless:
            return await _insisting(lambda: desk.posting.video(desk.notes["posting"], clip, caption, buttons(desk)))
        if status is not None and limits.can_replace_text_by_video:
            marked = _marked(desk, caption)
            await _insisting(lambda: desk.posting.replace(status, clip, marked, buttons(desk)))
            await desk.posting.say("notify", desk.words.posted_above(), reply_to=status.id)
            return SentVideo(status)
    except (OutcomeUnknown, Refused, TooLarge) as error:
        log.warning("not_settled", job=desk.job.id, error=type(error).__name__)
    await desk.posting.say("unknown", desk.words.outcome_unknown(), (desk.button(Act.FILE, "again"),))
    return None


async def _insisting(send: Callable[[], Awaitable[T]]) -> T:
    """Once more where the outcome is unknown again."""
    try:
        return await send()
    except OutcomeUnknown:
        return await send()


def _marked(desk: Desk, caption: str) -> str:
    """The caption of a copy that could not be avoided, with what stood in the message before, if there is room."""
    marked = f"{caption}\n{desk.words.perhaps_again()}"
    whole = beside(desk.notes.get("text", ""), marked)
    return whole if units_of(whole) <= desk.posting.limits.caption_chars else marked


async def _fitted(desk: Desk, clip: LocalClip, most: int) -> LocalClip | None:
    try:
        path = await desk.shop.videos.fit(clip.path, clip.path.with_name("fitted.mp4"), most)
        return await desk.shop.videos.clip_of(path, edge=desk.posting.limits.thumbnail_edge)
    except (TooManyBytes, NotPlayable) as error:
        log.warning("video_not_fitted", job=desk.job.id, error=str(error))
        return None


async def _as_file(desk: Desk, clip: LocalClip, caption: str) -> SentVideo | None:
    try:
        return SentVideo(await desk.posting.file("file", clip, caption))
    except OutcomeUnknown:
        await desk.posting.say("unknown", desk.words.outcome_unknown(), (desk.button(Act.FILE, "again"),))
        return None
    except (TooLarge, Refused) as error:
        log.warning("file_not_posted", job=desk.job.id, error=str(error))
    link = link_of(desk)
    text = desk.words.as_link(link) if link else desk.words.too_large_to_post()
    await desk.posting.say("link", text)
    return None


def caption_of(desk: Desk, clip: Clip, title: str) -> str:
    """One line of what the video is, and the browser link where there is one."""
    caption = desk.words.caption(title, clip.seconds, clip.width, clip.height, link_of(desk))
    heading = heading_of(desk.job, desk.words)
    return f"{heading}\n{caption}" if heading else caption


def link_of(desk: Desk) -> str:
    """The project in the browser; shown in private chats only, since whoever opens it has the project."""
    project = desk.record.project
    return project.link if project and desk.job.message.private else ""


def buttons(desk: Desk) -> tuple[Button, ...]:
    """What can be done with a finished video."""
    revision = desk.record.revision
    person = desk.job.message.sender.id

    def ask(name: str) -> Button:
        words = desk.words
        return Button(Act.ASK, words.button(name), words.wish(name), words.ask(name), person, revision)

    ratios = tuple(
        Button(Act.SAY, ratio, desk.words.wish(ratio), "", person, revision)
        for ratio in ("9:16", "16:9", "1:1")
        if ratio != desk.notes.get("ratio")
    )
    return (
        ask("change"),
        *ratios,
        desk.button(Act.MUSIC, "music", revision=revision),
        ask("title"),
        desk.button(Act.TIMELINE, "timeline"),
        desk.button(Act.NEW, "new"),
        desk.button(Act.FILE, "file", desk.notes["render"]),
    )
