"""What the studio answers, in the contract's shapes."""

from __future__ import annotations

import secrets
from typing import Any, assert_never

from studio.accounts import Token
from studio.media import Kind, Media
from studio.renders import Render, Status
from studio.sessions import Session
from studio.settings import WEEK, RenderShape
from studio.timeline import absolute

Json = dict[str, Any]


def token(fresh: Token) -> Json:
    """The `data` of a new token."""
    return {
        "token": fresh.secret,
        "user_id": fresh.user_id,
        "expires_at": fresh.expires_at,
        "credits": fresh.credits,
    }


def claim() -> Json:
    """The `data` of a claim token."""
    return {"claim_token": f"clm_{secrets.token_urlsafe(24)}", "expires_in": int(WEEK)}


def medium(item: Media, session: str, base: str) -> Json:
    """One uploaded file, with the measures that its kind has."""
    facts: Json = {
        "filename": item.name,
        "file_type": str(item.kind),
        "cdn_url": f"{base}/cdn/{session}/{item.stored_as}",
        "hash": item.hash,
    }
    if item.kind is not Kind.AUDIO:
        facts |= {"width": item.width, "height": item.height}
    if item.kind is not Kind.IMAGE:
        facts |= {"duration": item.seconds}
    if item.kind is Kind.VIDEO:
        facts |= {"fps": item.fps}
    return facts


def state(session: Session, base: str) -> Json:
    """The `data` of a session's state."""
    draft = absolute(session.draft, base) if session.draft else {}
    canvas = draft.get("canvas", {})
    inside = {
        "draft": draft,
        "video_infos": [medium(item, session.id, base) for item in session.media],
        "canvas_config": {key: canvas[key] for key in ("width", "height")} if canvas else {},
        "generated_media": [],
        "video_analyses": {},
    }
    return {
        "session_id": session.id,
        "task_id": session.task_id,
        "task_name": session.task_name,
        "user_id": session.user_id,
        "state": inside,
    }


def render(item: Render, shape: RenderShape, base: str) -> Json:
    """A reply about a render."""
    match shape:
        case RenderShape.BARE:
            return _bare(item, base)
        case RenderShape.SUCCESS:
            return {"success": True, "data": _long(item, base)}
        case RenderShape.CODE_BARE:
            return {"code": 0, "data": _bare(item, base)}
        case RenderShape.CODE_SUCCESS:
            return {"code": 0, "data": _long(item, base)}
        case never:
            assert_never(never)


def _bare(item: Render, base: str) -> Json:
    reply: Json = {"taskId": item.id, "status": str(item.status), "progress": item.progress}
    if item.status is Status.COMPLETED:
        reply["output"] = {"url": _url(item, base), "duration": item.seconds, "size": item.size}
    return reply | _error(item)


def _long(item: Render, base: str) -> Json:
    reply: Json = {
        "id": item.id,
        "status": str(item.status),
        "progress": item.progress,
        "createdAt": int(item.created * 1000),
    }
    if item.status is Status.COMPLETED:
        reply |= {"outputUrl": _url(item, base), "completedAt": int(item.completed * 1000)}
    return reply | _error(item)


def _error(item: Render) -> Json:
    return {"error": item.error} if item.error else {}


def _url(item: Render, base: str) -> str:
    return f"{base}/cdn/renders/{item.key}.mp4"
