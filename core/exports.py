"""From a timeline to a file: the render's id is noted before it starts, and looked at when it is likely to be ready."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from core.conversations import project_of, ratio_of, signature, snapshot, state_of
from core.desk import Desk
from core.drafts import Lane, read
from core.errors import BackendError, RenderFailed
from core.estimates import Stage
from core.jobs import Parked, Phase
from core.messages import RemoteClip
from core.nemo.values import Render, RenderStatus, State

log = structlog.get_logger(__name__)

LENT: Final = "lent"  # how a video is posted that the platform fetches by itself
BEGINNING: Final = 1024 * 1024  # bytes of a video in which its index and a first picture are found
OTHERWISE: Final = ("as_file", "older", "posting", "unlent")  # notes of a video that goes another way

EARLY_LOOKS: Final = 10  # spent in the first two minutes, where completion is likely
EARLY: Final = 120.0
LIKELY: Final = 30.0  # seconds; a render takes 30 to 90
STRIDE: Final = 6.0  # between looks when nothing is known: ten of them span those 60 seconds
STEADY: Final = 60.0  # seconds between looks, beyond which nobody can tell when it was done
NEAR: Final = 12.0  # seconds over which a pace can be trusted to the end
TELLING: Final = 80.0  # percent from which a render's own pace tells more of its end than earlier renders do


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a render: after `elapsed` seconds it was at `percent` (None: not told)."""

    elapsed: float
    percent: float | None


def next_look(look: Look, looks: int, *, poll: float) -> float:
    """Seconds after its start at which the render is best looked at again, `looks` having been taken."""
    left = EARLY_LOOKS - looks
    if look.elapsed >= EARLY:
        return look.elapsed + poll
    if left <= 0:
        return EARLY
    if look.percent is None:
        return max(look.elapsed, LIKELY) + STRIDE
    return look.elapsed + _pause(look, share=(EARLY - look.elapsed) / left)


def _pause(look: Look, *, share: float) -> float:
    """By the pace so far: to the end if that is near, else a part of the way, since few keep their pace. `share` is a
    look's even share of the time left: never much less, should the render stall, and never more, should it speed up."""
    if not look.percent:
        return max(STRIDE, look.elapsed / 2)
    remaining = look.elapsed * (100 - look.percent) / look.percent
    by_pace = remaining + 0.5 if remaining <= NEAR else min(remaining * 0.6, max(share, NEAR))
    return max(by_pace, share / 5, 1.0)


async def begin(desk: Desk, state: State) -> Parked:
    """Choose a render id, note it, then start the render; returns the time of the first look. Raises `BackendError`."""
    render_id = f"render_{secrets.token_hex(12)}"
    attempt = int(desk.notes.get("renders", "0")) + 1
    began = repr(desk.shop.now())
    notes = {"render": render_id, "renders": str(attempt), "render_began": began, "render_looks": "0", "percent": ""}
    notes |= {"render_looked": began, "render_ends": repr(await desk.ends(Stage.RENDER))}
    await desk.save(phase=Phase.RENDERING, notes=notes | shown_by(state))
    return _due(desk, Look(0.0, (await _start(desk, state)).progress), 0)


def shown_by(state: State) -> dict[str, str]:
    """What a video of it shows: its title, its format, the digest of its timeline."""
    tracks = read(state.draft, state.canvas).tracks
    titles = [one.text for track in tracks if track.lane is Lane.TITLE for one in track.segments]
    return {"title": next(iter(titles), ""), "ratio": ratio_of(state.canvas), "draft": signature(snapshot(state))}


async def _start(desk: Desk, state: State) -> Render:
    project = await project_of(desk)
    render_id = desk.notes["render"]
    return await desk.call(
        lambda credential: desk.shop.nemo.start_render(credential, render_id, project.session_id, state.draft)
    )


async def look(desk: Desk) -> Render | Parked:
    """Look at the render that is noted. A finished one is returned; else the time of the next look. A start that never
    arrived is made up for, a failed render is tried once more under a new id. Raises `RenderFailed`."""
    render_id = desk.notes["render"]
    render = await desk.call(lambda credential: desk.shop.nemo.render(credential, render_id))
    if render is None:
        return await _later(desk, await _start(desk, await _state(desk)))
    match render.status:
        case RenderStatus.COMPLETED:
            await _learn(desk)
            return render
        case RenderStatus.FAILED:
            return await _once_more(desk)
        case RenderStatus.PENDING | RenderStatus.PROCESSING:
            return await _later(desk, render)


async def _learn(desk: Desk) -> None:
    """Remember how long it took, if it was looked at until it was done. Noting it twice after a crash does no harm."""
    now = desk.shop.now()
    if now - float(desk.notes.get("render_looked", "0")) <= STEADY:
        await desk.shop.durations.note(Stage.RENDER.value, now - float(desk.notes["render_began"]))


async def _once_more(desk: Desk) -> Parked:
    if int(desk.notes.get("renders", "1")) >= 2:
        raise RenderFailed("render", "failed twice")
    return await begin(desk, await _state(desk))


async def _state(desk: Desk) -> State:
    return await state_of(desk, await project_of(desk))


async def _later(desk: Desk, render: Render) -> Parked:
    began, now = float(desk.notes["render_began"]), desk.shop.now()
    looks = int(desk.notes["render_looks"]) + 1
    if now - began > desk.shop.times.render_deadline:
        raise RenderFailed("render", "not finished in time")
    notes = {"render_looks": str(looks), "render_looked": repr(now)}
    if render.progress is not None:
        notes["percent"] = f"{render.progress:g}"
    await desk.save(notes=notes)
    return _due(desk, Look(now - began, render.progress), looks)


def ends(desk: Desk) -> float:
    """When the render that is noted is likely to be over, in seconds since the epoch: as earlier ones tell, or sooner
    where it is so far that its own pace tells more. 0 where nobody knows."""
    notes = desk.notes
    usual, percent = float(notes.get("render_ends", "0")), float(notes.get("percent") or 0)
    if not usual or percent < TELLING:
        return usual
    began, looked = float(notes["render_began"]), float(notes["render_looked"])
    return min(usual, began + (looked - began) * 100 / percent)


def _due(desk: Desk, seen: Look, looks: int) -> Parked:
    """The time of the next look."""
    times = desk.shop.times
    pace = Look(seen.elapsed / times.render_tempo, seen.percent)
    after = next_look(pace, looks, poll=times.render_poll) * times.render_tempo
    return Parked(float(desk.notes["render_began"]) + after)


async def fetch(desk: Desk) -> Path:
    """The finished file, on this machine's disk; it may be there already."""
    path = desk.file("video.mp4")
    if path.exists():
        return path
    render = await _completed(desk)
    credential = await desk.credential()
    await desk.shop.nemo.download(credential, render, path)
    return path


async def lendable(desk: Desk) -> RemoteClip | None:
    """The finished video where the platform may fetch it by itself, as it lies there, so that no byte of it passes
    through us. What was offered before a restart is offered again: only so can it be settled whether it was taken."""
    limits, notes = desk.posting.limits, desk.notes
    offered = notes.get("posting") == LENT
    if not offered and (not limits.video_by_url or any(notes.get(name) for name in OTHERWISE)):
        return None
    render = await _completed(desk)
    url, beginning = render.url or "", desk.file("beginning.mp4")
    if not url.startswith("https://"):
        return None
    if offered:
        return RemoteClip(url, *json.loads(notes["lent"]))
    try:
        size = await desk.shop.nemo.peek(url, beginning, BEGINNING)
    except BackendError as error:
        log.info("not_lent", job=desk.job.id, error=type(error).__name__)
        return None
    if size > limits.video_by_url:
        return None
    return await desk.shop.videos.remote_clip_of(url, beginning, size, edge=limits.thumbnail_edge)


async def _completed(desk: Desk) -> Render:
    render = await desk.call(lambda credential: desk.shop.nemo.render(credential, desk.notes["render"]))
    if render is None or render.status is not RenderStatus.COMPLETED:
        raise RenderFailed("render", "gone after it was completed")
    return render


async def stop(desk: Desk) -> None:
    """Cancel the render that is noted, if the backend still listens."""
    if "render" in desk.notes and desk.job.phase is Phase.RENDERING:
        try:
            render_id = desk.notes["render"]
            await desk.call(lambda credential: desk.shop.nemo.cancel_render(credential, render_id))
        except BackendError as error:
            log.info("render_not_cancelled", job=desk.job.id, error=type(error).__name__)
