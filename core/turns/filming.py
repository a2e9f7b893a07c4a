"""Rendering and delivering: looks at the render until it is done, then brings the video into the chat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog

from core import conversations, exports
from core.conversations import differs
from core.delivery import deliver, lend
from core.desk import Desk, beside
from core.errors import BackendError, NotPlayable, RenderFailed
from core.estimates import Stage
from core.jobs import Ended, Follower, Parked, Phase
from core.nemo.values import Render, State
from core.turns.asking import choices

log = structlog.get_logger(__name__)

LINGER: Final = 3600.0  # seconds that people's files are kept after a video: a lost session has them uploaded again


async def watch(desk: Desk) -> Parked | None:
    """One look at the render; None once it is done."""
    seen = await exports.look(desk)
    said = desk.notes.get("text", "")
    if isinstance(seen, Render):
        await desk.save(phase=Phase.DELIVERING)
        desk.progress.show(beside(said, desk.words.finishing()))
        return None
    percent = desk.notes.get("percent")
    rendering = desk.words.rendering(float(percent) if percent else None)
    desk.progress.show(beside(said, rendering), ends=exports.ends(desk))
    return seen


async def hand_over(desk: Desk) -> Ended:
    """Fetch the file, post it, and leave the agent's answer as the status message's last word."""
    if "delivered" in desk.notes:  # a crash came in between
        return await _look_after(desk)
    if (clip := await exports.lendable(desk)) is not None:
        await _tell(desk)
        if await lend(desk, clip, title=desk.notes.get("title", ""), draft=desk.notes.get("draft", "")):
            return await _look_after(desk)
    path = await exports.fetch(desk)
    await _tell(desk)
    try:
        await _deliver(desk, path)
    except NotPlayable:  # cut off on its way, without a word: fetched once more
        path.unlink()
        try:
            await _deliver(desk, await exports.fetch(desk))
        except NotPlayable as error:
            raise RenderFailed("render", "what came cannot be played") from error
    return await _look_after(desk)


async def _tell(desk: Desk) -> None:
    """The agent's answer, once."""
    if desk.notes.get("text") and "told" not in desk.notes:
        await desk.progress.finish(desk.notes["text"], choices(desk))
        await desk.save(notes={"told": "1"})


async def _look_after(desk: Desk) -> Ended:
    """What was handed in has served its turn. After the first video the agent may have gone on by itself, with music,
    with titles: then another one follows."""
    await desk.posting.let_go([file.attachment for file in desk.record.files], LINGER)
    if desk.notes.get("stage") == Stage.GENERATION.value and not desk.posting.limits.one_shot:
        try:
            state = await conversations.state_of(desk, await conversations.project_of(desk))
        except BackendError as error:  # the video itself is there
            log.info("not_looked_after", job=desk.job.id, error=type(error).__name__)
        else:
            await _follow_up(desk, state)
    return Ended(Phase.DONE)


async def _follow_up(desk: Desk, state: State) -> None:
    if not differs(state, desk.notes["made"]):
        return
    series = {name: desk.notes[name] for name in ("series", "number", "count", "ref", "name") if name in desk.notes}
    notes = series | {"before": desk.notes["made"], "answer": "", "since": "1"}
    message = replace(desk.job.message, text="", attachments=(), quoted=(), album="")
    await desk.lease.follow([Follower(message, Phase.ANSWERED, notes)], now=desk.shop.now())


async def _deliver(desk: Desk, path: Path) -> None:
    await deliver(desk, path, title=desk.notes.get("title", ""), draft=desk.notes.get("draft", ""))
