"""Rendering and delivering: looks at the render until it is done, then brings the video into the chat."""

from __future__ import annotations

import shutil
from pathlib import Path

from core import exports
from core.delivery import deliver
from core.desk import Desk, beside
from core.errors import NotPlayable, RenderFailed
from core.jobs import Ended, Parked, Phase
from core.nemo.values import Render
from core.turns.asking import choices


async def watch(desk: Desk) -> Parked | None:
    """One look at the render; None once it is done."""
    seen = await exports.look(desk)
    said = desk.notes.get("text", "")
    if isinstance(seen, Render):
        await desk.save(phase=Phase.DELIVERING)
        desk.progress.show(beside(said, desk.words.finishing()))
        return None
    percent = desk.notes.get("percent")
    desk.progress.show(beside(said, desk.words.rendering(float(percent) if percent else None)))
    await desk.progress.flush()
    return seen


async def hand_over(desk: Desk) -> Ended:
    """Fetch the file, post it, and leave the agent's answer as the status message's last word."""
    path = await exports.fetch(desk)
    if desk.notes.get("text") and "told" not in desk.notes:
        await desk.progress.finish(desk.notes["text"], choices(desk))
        await desk.save(notes={"told": "1"})
    try:
        await _deliver(desk, path)
    except NotPlayable:  # cut off on its way, without a word: fetched once more
        path.unlink()
        try:
            await _deliver(desk, await exports.fetch(desk))
        except NotPlayable as error:
            raise RenderFailed("render", "what came cannot be played") from error
    return Ended(Phase.DONE)


async def _deliver(desk: Desk, path: Path) -> None:
    await deliver(desk, path, title=desk.notes.get("title", ""), draft=desk.notes.get("draft", ""))


def clean_up(desk: Desk) -> None:
    """Remove the job's files in the making."""
    shutil.rmtree(desk.folder, ignore_errors=True)
