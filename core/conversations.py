"""Which project a conversation has at the backend: found, opened, or opened anew when it is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from core.desk import Desk
from core.drafts import digest
from core.errors import BackendError, OutOfCredits, SessionLost, TokenExpired
from core.nemo.values import Session, State
from core.records import Project

log = structlog.get_logger(__name__)


async def project_of(desk: Desk) -> Project:
    """The conversation's project; a new one where there is none, or it belongs to an account that is no longer used.
    Raises `BackendError`."""
    project = desk.record.project
    if project is not None and project.account == (await desk.account()).name:
        return project
    return await open_project(desk)


async def open_project(desk: Desk) -> Project:
    """A new project in place of whatever there was. The files that people sent belong to it from now on, but have yet
    to be uploaded again."""
    desk.progress.show(desk.words.connecting())
    language = desk.words.language
    session = await desk.call(lambda credential: desk.shop.nemo.open_session(credential, language))
    project = Project(
        session_id=session.session_id,
        task_id=session.task_id,
        account=(await desk.account()).name,
        skill=desk.skill.name,
        opened_at=desk.shop.now(),
        user_id=session.user_id,
        link=await _link(desk, session),
    )
    files = tuple(replace(file, session_id="") for file in desk.record.files)
    await desk.save(project=project, files=files, video=None, told=0, past=(), older=())
    return project


async def state_of(desk: Desk, project: Project) -> State:
    """The project's state now. Raises `SessionLost`."""
    await desk.act_for(project)
    return await desk.call(lambda credential: desk.shop.nemo.state(credential, project.session_id))


async def check_credits(desk: Desk) -> None:
    """Raise `OutOfCredits` before anything is sent that could not be paid. A balance that cannot be read stops nobody:
    the backend says so itself then."""
    try:
        balance = await desk.call(desk.shop.nemo.credits)
    except (OutOfCredits, TokenExpired):
        raise
    except BackendError as error:
        log.info("balance_unreadable", job=desk.job.id, error=type(error).__name__)
        return
    if balance.available <= 0:
        raise OutOfCredits("credits", user_id=await payer_of(desk))


async def payer_of(desk: Desk) -> str:
    """The account's own id, as far as it is known."""
    project = desk.record.project
    return (await desk.account()).user_id or (project.user_id if project else "")


async def register_link(desk: Desk, error: OutOfCredits) -> str:
    """Where the person can get more credits; empty where that is the operator's business."""
    return desk.shop.more_credits_at(await desk.account(), desk.record.project, error.user_id)


async def _link(desk: Desk, session: Session) -> str:
    try:
        link = await desk.call(lambda credential: desk.shop.nemo.claim_link(credential, session))
    except SessionLost:
        raise
    except BackendError as error:  # the link is a courtesy
        log.info("no_claim_link", job=desk.job.id, error=type(error).__name__)
        return ""
    return link.url if link else ""


def snapshot(state: State) -> str:
    """What a state is compared by: draft and canvas, as JSON."""
    return json.dumps({"draft": state.draft, "canvas": state.canvas}, ensure_ascii=False)


def signature(written: str) -> str:
    """The same for two snapshots that mean the same."""
    return digest(json.loads(written))


def differs(state: State, written: str) -> bool:
    """Whether the state is another than it was when the snapshot was taken."""
    return signature(snapshot(state)) != signature(written)


def ratio_of(canvas: Any) -> str:
    """The format of a canvas in words people use ("9:16"); empty where it is another."""
    width, height = canvas.get("width") or 0, canvas.get("height") or 0
    return next((f"{a}:{b}" for a, b in ((16, 9), (9, 16), (1, 1)) if width * b == height * a and width), "")
