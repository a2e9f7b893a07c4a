"""A visitor of the studio: an HTTP client that knows the contract's calls and nothing else."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from studio.serve import Studio
from tests.wire.studio import studio

ATTRIBUTION = {"X-Skill-Source": "image-video", "X-Skill-Version": "1.0.0", "X-Skill-Platform": "unknown"}
RECORDINGS = Path(__file__).parents[1] / "data" / "agent-events"
DEADLINE = 60.0
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loading those of the system takes longer than most tests."""


def recorded(name: str) -> list[dict[str, Any]]:
    """The events of a real agent server."""
    lines = (RECORDINGS / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def jpeg(width: int = 640, height: int = 480, colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue()


class Visitor:
    """One account in one studio."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.token = ""
        self.attribution = dict(ATTRIBUTION)
        self._renders = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **self.attribution}

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, headers=self.headers, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.post(path, headers=self.headers, **more)

    async def register(self, client: str = "c-1") -> httpx.Response:
        reply = await self.http.post("/api/auth/anonymous-token", headers={"X-Client-Id": client})
        if reply.status_code == 200:
            self.token = reply.json()["data"]["token"]
        return reply

    async def open(self) -> str:
        wish = {"task_name": "project", "language": "en"}
        reply = await self.post("/api/tasks/me/with-session/nemo_agent", json=wish)
        return str(reply.json()["data"]["session_id"])

    async def upload(self, session: str, *files: tuple[str, bytes]) -> httpx.Response:
        return await self.post(f"/api/upload-video/nemo_agent/me/{session}", files=[("files", file) for file in files])

    async def project(self, photos: int = 3) -> str:
        """A session with photos in it."""
        session = await self.open()
        colours = ("teal", "coral", "gold", "navy", "plum", "olive")
        await self.upload(session, *((f"{name}.jpg", jpeg(colour=name)) for name in colours[:photos]))
        return session

    async def say(self, session: str, text: str) -> httpx.Response:
        return await self.post("/run_sse", json=message(session, text))

    def saying(self, session: str, text: str) -> AbstractAsyncContextManager[httpx.Response]:
        """The answer as it comes."""
        return self.http.stream("POST", "/run_sse", json=message(session, text), headers=self.headers)

    async def state(self, session: str) -> dict[str, Any]:
        reply = await self.get(f"/api/state/nemo_agent/me/{session}/latest")
        data: dict[str, Any] = reply.json()["data"]
        return data

    async def draft(self, session: str) -> dict[str, Any]:
        draft: dict[str, Any] = (await self.state(session))["state"]["draft"]
        return draft

    async def credits(self) -> dict[str, int]:
        data: dict[str, int] = (await self.get("/api/credits/balance/simple")).json()["data"]
        return data

    async def export(self, session: str, id_: str = "", **changes: Any) -> httpx.Response:
        self._renders += 1
        order = {
            "id": id_ or f"render_{self._renders}",
            "sessionId": session,
            "draft": await self.draft(session),
            "output": {"format": "mp4", "quality": "high"},
        }
        return await self.post("/api/render/proxy/lambda", json={**order, **changes})

    async def look(self, id_: str) -> dict[str, Any]:
        reply: dict[str, Any] = (await self.get(f"/api/render/proxy/lambda/{id_}")).json()
        return reply

    async def finished(self, id_: str) -> dict[str, Any]:
        """The reply about a render that has ended."""
        async with asyncio.timeout(DEADLINE):
            while (reply := await self.look(id_)).get("status") in ("pending", "processing"):
                await asyncio.sleep(0.02)
        return reply

    async def settled(self, session: str, before: dict[str, Any]) -> dict[str, Any]:
        """The draft once it is another than before."""
        async with asyncio.timeout(DEADLINE):
            while (draft := await self.draft(session)) == before:
                await asyncio.sleep(0.01)
        return draft


def message(session: str, text: str) -> dict[str, Any]:
    return {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session,
        "new_message": {"parts": [{"text": text}]},
    }


def events(reply: httpx.Response) -> list[dict[str, Any]]:
    """The JSON events of a finished stream, heartbeats left out."""
    lines = [line.removeprefix("data:").strip() for line in reply.text.splitlines() if line.startswith("data:")]
    found = [json.loads(line) for line in lines if line]
    return [event for event in found if event.get("type") != "heartbeat"]


def words(reply: httpx.Response) -> str:
    """What a person would read of a stream in either dialect, once."""
    said = []
    for event in events(reply):
        if event.get("type") == "text":
            said.append(event["content"])
        if not event.get("partial") and "content" in event and isinstance(event["content"], dict):
            parts = event["content"]["parts"]
            said += [part["text"] for part in parts if "text" in part and not part.get("thought")]
    return "".join(said)


@asynccontextmanager
async def visit(folder: Path, **settings: Any) -> AsyncIterator[tuple[Visitor, Studio]]:
    """A registered visitor in a studio of their own."""
    async with (
        studio(folder, **settings) as running,
        httpx.AsyncClient(base_url=running.url, timeout=DEADLINE, verify=NO_CERTIFICATES, trust_env=False) as http,
    ):
        visitor = Visitor(http)
        await visitor.register()
        yield visitor, running
