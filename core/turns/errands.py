"""Commands that change the project, or need it to themselves: they wait for their turn like any message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog

from core.desk import Desk
from core.errors import Refused
from core.jobs import Ended, Parked, Phase
from core.messages import Command, SentClip
from core.nemo.values import RenderStatus
from core.records import Video
from core.turns.settling import export

log = structlog.get_logger(__name__)

NOTHING: Final[Mapping[str, Any]] = {"files": (), "pending": (), "past": (), "older": (), "album": "", "wish": ""}


async def run(desk: Desk, command: Command) -> Ended | Parked | None:
    """Do what the command says. None: what follows the command is an instruction for the agent."""
    match command.name:
        case "new":
            return await _begin_anew(desk)
        case "export":
            return await export(desk)
        case "file":
            return await _send_file(desk, command.text)
        case _:
            return None


async def _begin_anew(desk: Desk) -> Ended:
    await desk.save(project=None, video=None, asked=None, revision=0, told=0, answered_at=0.0, **NOTHING)
    await desk.posting.say("answer", desk.words.new_project())
    return Ended(Phase.DONE)


async def _send_file(desk: Desk, render_id: str) -> Ended | Parked:
    """A video again, as a file: that of the render, else the last. Where the platform cannot repeat it by its handle,
    it is fetched again; the last is rendered again where it is gone."""
    older = next((one for one in desk.record.older if render_id and one.render_id == render_id), None)
    video = older or desk.record.video
    if video is not None and video.handle and "as_file" not in desk.notes:
        clip = SentClip(video.handle, video.width, video.height, video.seconds, video.size)
        try:
            await desk.posting.file("file", clip, desk.words.here_it_is())
            return Ended(Phase.DONE)
        except Refused as error:  # there are platforms whose handles of videos open no files
            log.info("handle_not_taken", job=desk.job.id, error=str(error))
    if video is None or (older is None and not await _is_there(desk, video)):
        await desk.save(notes={"as_file": "1"})
        return await export(desk)
    notes = {"render": video.render_id, "older": "1", "as_file": "1", "text": desk.words.here_it_is()}
    await desk.save(phase=Phase.DELIVERING, notes=notes)
    return Parked(0.0)


async def _is_there(desk: Desk, video: Video) -> bool:
    render = await desk.call(lambda credential: desk.shop.nemo.render(credential, video.render_id))
    return render is not None and render.status is RenderStatus.COMPLETED
